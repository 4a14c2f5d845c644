"""The oracle: what was sent and what is known decide which answers are right, and why.

Pure. Generated requests and the token state machine are judged by `answer`; a check that names a status itself is held
to it: a status that the oracle calls wrong is an error of the suite.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from conformance.contract.durations import BEYOND_LEEWAY_S
from conformance.contract.respelled import is_respelled
from conformance.http.message import Request, path_of

ACCEPTED = frozenset(range(200, 300))
UNAUTHORIZED = frozenset({401})
FORBIDDEN = frozenset({403})
REFUSED_BY_PARSER = frozenset({400, 413, 414, 431})
"""What HTTP stacks answer by themselves to illegal octets and to sizes beyond their limits."""
NO_SUCH_THING = frozenset({301, 302, 307, 308, 404, 405, 410, 501})
"""What servers answer if a path or a method has no handler, before or after they authenticate."""

SERVER_ERROR = frozenset(range(500, 600))
"""What a server answers that broke on a request that no client sends: judged by a rule of its own."""

SPELLED = {"authorization": "Authorization", "x-tenant-id": "X-Tenant-ID", "x-org-id": "X-Org-ID"}
"""The three field names as the guide writes them."""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known of a token that Synq issued. Times in seconds since the epoch."""

    tenant_id: str | None
    org_ids: frozenset[str]
    expires_at: float
    writes: bool | None = None
    """Whether its role may write; None if that is not known."""
    not_before: float = 0
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the target when the request arrives."""

    now: float
    tokens: Mapping[str, TokenFacts] = field(default_factory=dict)
    """Every token that Synq issued, as text. Any other text is no genuine token."""
    reads: frozenset[str] = frozenset()
    """Request targets that GET answers for every caller in scope."""
    writes: frozenset[tuple[str, str]] = frozenset()
    """Methods and targets that only a writing role may use."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The right statuses. `statuses` is what the guide allows, `preferred` what the RFCs narrow it to."""

    statuses: frozenset[int]
    preferred: frozenset[int]
    why: str
    may_close: bool = False
    """Whether closing the connection instead of answering is right as well."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which a server may take the three headers; None is a header that is not there."""

    authorization: str | None
    tenant: str | None
    org: str | None


def answer(request: Request, known: Known) -> Answer:
    """The right answers to this request under any reading that HTTP allows (RFC 9110 §5.3, §5.5)."""
    answers = [_answer(reading, request, known) for reading in readings(request, known)]
    statuses = frozenset[int]().union(*(one.statuses for one in answers))
    preferred = frozenset[int]().union(*(one.preferred for one in answers))
    why = "; or: ".join(dict.fromkeys(one.why for one in answers))
    if not _documented(request, known):
        # A server may refuse whatever it does not know, with or without a look at who asks.
        unknown = NO_SUCH_THING | {400} | (frozenset() if _known_path(request, known) else UNAUTHORIZED | FORBIDDEN)
        statuses, preferred = statuses | unknown, preferred | unknown
        why += "; or nothing answers to this method and path"
    if any(loosely(value, known.tokens) or ungrammatical(value) for value in request.values("Authorization")):
        # RFC 6750 §3.1: a request that is malformed may be answered 400. Whether one without a genuine token is
        # answered 401, as the guide has it, is for the rules on malformed credentials, and for no other.
        statuses, preferred = statuses | {400}, preferred | {400}
        why += "; a credential that is not well formed may be called a bad request"
    if _repeats(request):
        return Answer(statuses | {400}, preferred | {400}, why + "; a repeated field may be refused")
    if illegal(request) or oversize(request):
        allowed = REFUSED_BY_PARSER | SERVER_ERROR
        return Answer(statuses | allowed, preferred | allowed, why + "; the HTTP parser may refuse it", True)
    return Answer(statuses, preferred, why)


def readings(request: Request, known: Known) -> tuple[Reading, ...]:
    """Every way to read the three headers.

    Of a repeated field the first, the last or all of them; a field whose name is not spelled as the guide spells
    it may be overlooked; a loose credential may be read as the genuine token that stands in it, or as
    no token. Rules of their own judge what a server makes of names, spellings and repetition; no other rule
    depends on it.
    """
    credentials = dict.fromkeys(
        reading for value in _values(request, "Authorization") for reading in _credentials(value, known)
    )
    return tuple(
        Reading(*values)
        for values in product(credentials, _values(request, "X-Tenant-ID"), _values(request, "X-Org-ID"))
    )


def _values(request: Request, name: str) -> tuple[str | None, ...]:
    sent = [field for field in request.headers if field[0].lower() == name.lower()]
    values = [value.strip(" \t") for _, value in sent]
    if not values:
        return (None,)
    joined = ", ".join(values)
    stripped_by_unicode = (value.strip() for value in (values[0], values[-1]))
    overlooked = [None] if any(written != name for written, _ in sent) else []
    return tuple(dict.fromkeys((values[0], values[-1], joined, *stripped_by_unicode, *overlooked)))


def _credentials(value: str | None, known: Known) -> Iterator[str | None]:
    """The field as it stands, and the credential of every genuine token that it holds in a loose spelling."""
    yield value
    for token in loosely(value or "", known.tokens):
        yield f"Bearer {token}"


BEHIND_SCHEME = re.compile(r"(?:bearer(?![A-Za-z0-9-])|b(?:e(?:a(?:re?)?)?)?(?=[ \t]))(.*)", re.IGNORECASE | re.DOTALL)
"""`BearereyJ…` and `Bearer-Token eyJ…` are other schemes. `Bear eyJ…` is Bearer cut short: HAProxy compares as many
characters as there are."""


def loosely(value: str, tokens: Collection[str]) -> tuple[str, ...]:
    """The genuine tokens that a lenient server may find in this field value; none if it is spelled as documented.

    Either the token stands in it whole, with something before or behind it, or what stands in it becomes the token
    once it is read as lenient decoders read base64: without padding and foreign characters, in either alphabet. To some
    of them the characters of the other alphabet are foreign as well. Or it says the same as the token, or differs in
    upper and lower case alone: Jetty takes a field for one that came on the connection before, whatever its case.
    """
    rest = BEHIND_SCHEME.fullmatch(value)
    if rest is None or value.removeprefix("Bearer ") in tokens:
        return ()
    either = rest[1].replace("+", "-").replace("/", "_")
    plain = {re.sub(r"[^A-Za-z0-9._-]", "", text) for text in (either, rest[1])}
    return tuple(
        token
        for token in tokens
        if token in plain
        or _stands_alone(token, rest[1])
        or token.lower() == rest[1].strip().lower()
        or is_respelled(rest[1].strip(), token)
    )


_WORD = r"[A-Za-z][A-Za-z0-9._+-]*"
_PARAMETER = rf'{_WORD}[ \t]*=[ \t]*(?:{_WORD}|"(?:[^"\\]|\\.)*")'
_PARAMETERS = rf"(?:{_PARAMETER})?(?:[ \t]*,[ \t]*(?:{_PARAMETER})?)*"
_CREDENTIALS = re.compile(rf"{_WORD}(?: +(?:[A-Za-z0-9._~+/-]+=*|{_PARAMETERS}))?")


def ungrammatical(authorization: str) -> bool:
    """Whether this field value is no credentials by RFC 9110 §11.4: a scheme, and one token68 or a list of parameters.

    Of its words those alone count that have no odd marks: Ktor takes no other. An empty one is a credential left out.
    """
    value = authorization.strip(" \t")
    return bool(value) and not _CREDENTIALS.fullmatch(value)


_BASE64URL = frozenset(string.ascii_letters + string.digits + "-_")


def _stands_alone(token: str, text: str) -> bool:
    """Whether the token stands in the text, and no letter of another token directly before or behind it."""
    at = text.find(token)
    while at >= 0:
        around = {*text[max(at - 1, 0) : at], *text[at + len(token) : at + len(token) + 1]}
        if not around & _BASE64URL:
            return True
        at = text.find(token, at + 1)
    return False


def _documented(request: Request, known: Known) -> bool:
    return (request.method == "GET" and request.target in known.reads) or (
        (request.method, request.target) in known.writes
    )


def _known_path(request: Request, known: Known) -> bool:
    path = path_of(request.target)
    return path in known.reads or any(path == target for _, target in known.writes)


def _repeats(request: Request) -> bool:
    return any(len(request.values(name)) > 1 for name in ("Authorization", "X-Tenant-ID", "X-Org-ID"))


def illegal(request: Request) -> bool:
    """Whether a field value holds octets that RFC 9110 §5.5 forbids or leaves obsolete."""
    return any(re.search(r"[^\t\x20-\x7e]", value) for _, value in request.headers)


def oversize(request: Request) -> bool:
    """Whether the header section is beyond what common servers take: fasthttp stops at 4 kB, request line included."""
    return sum(len(name) + len(value) for name, value in request.headers) > 3_500


def bearer(authorization: str | None) -> str | None:
    """The token of a Bearer credential as the guide spells it, or None for anything else (RFC 6750 §2.1)."""
    match = re.fullmatch(r"Bearer ([^\s,]+)", authorization or "")
    return match[1] if match else None


def _answer(reading: Reading, request: Request, known: Known) -> Answer:
    token = bearer(reading.authorization)
    facts = known.tokens.get(token) if token is not None else None
    in_scope = facts is not None and _in_scope(facts, reading)
    if facts is None:
        why = _why_no_token(reading.authorization, token)
        plausible = any(_in_scope(other, reading) for other in known.tokens.values())
        return _unauthorized(why, scope_is_wrong=not plausible)
    if facts.revoked:
        return _unauthorized("the token was revoked", scope_is_wrong=not in_scope)
    if known.now >= facts.expires_at + BEYOND_LEEWAY_S:
        return _unauthorized("the token is past its hour", scope_is_wrong=not in_scope)
    if facts.not_before - known.now > BEYOND_LEEWAY_S:
        return _unauthorized("the token is not valid yet", scope_is_wrong=not in_scope)
    in_doubt = known.now >= facts.expires_at or known.now < facts.not_before
    judged = _authorized(reading, request, known, facts)
    if in_doubt:
        statuses = judged.statuses | UNAUTHORIZED
        return Answer(statuses, statuses, judged.why + "; or 401, since the token is at the edge of its time")
    return judged


def _why_no_token(authorization: str | None, token: str | None) -> str:
    if authorization is None:
        return "there is no Authorization"
    return (
        "Authorization is no Bearer credential" if token is None else "the token is not one that Synq issued"
    )


def _unauthorized(why: str, *, scope_is_wrong: bool) -> Answer:
    if scope_is_wrong:
        return Answer(UNAUTHORIZED | FORBIDDEN, UNAUTHORIZED, why + ", and the scope is wrong as well")
    return Answer(UNAUTHORIZED, UNAUTHORIZED, why)


def _in_scope(facts: TokenFacts, reading: Reading) -> bool:
    return (
        facts.tenant_id is not None
        and reading.tenant == facts.tenant_id
        and reading.org is not None
        and reading.org in facts.org_ids
    )


def _authorized(reading: Reading, request: Request, known: Known, facts: TokenFacts) -> Answer:
    if facts.tenant_id is None or not facts.org_ids:
        return Answer(FORBIDDEN, FORBIDDEN, "the token carries no tenant or organization")
    if reading.tenant != facts.tenant_id:
        return Answer(FORBIDDEN, FORBIDDEN, _why_scope("X-Tenant-ID", reading.tenant))
    if reading.org is None or reading.org not in facts.org_ids:
        return Answer(FORBIDDEN, FORBIDDEN, _why_scope("X-Org-ID", reading.org))
    if (request.method, request.target) in known.writes:
        if facts.writes is None:
            return Answer(ACCEPTED | FORBIDDEN, ACCEPTED | FORBIDDEN, "all is right, but the role is not known")
        if not facts.writes:
            return Answer(FORBIDDEN, FORBIDDEN, "the role may not write")
        return Answer(ACCEPTED, ACCEPTED, "token, scope and role are right")
    if request.method == "GET" and request.target in known.reads:
        return Answer(ACCEPTED, ACCEPTED, "token, tenant and organization are right")
    statuses = ACCEPTED | NO_SUCH_THING | {400, 415, 422}
    return Answer(statuses, statuses, "the credentials are right, and this resource is not known")


def _why_scope(name: str, value: str | None) -> str:
    if value is None:
        return f"there is no {name}"
    return f"{name} is empty" if not value else f"{name} is not in the token's scope"
