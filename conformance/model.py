"""The oracle: what was sent and what is known decide which answers are right, and why.

Pure. Every judgment of a server rests on `answer`: the parametrized cases, the generated requests and the
lifecycle all ask it, and none has an opinion of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from conformance.message import Request

ACCEPTED = frozenset(range(200, 300))
UNAUTHORIZED = frozenset({401})
FORBIDDEN = frozenset({403})
REFUSED_BY_PARSER = frozenset({400, 413, 414, 431})
"""What HTTP stacks answer by themselves to illegal octets and to sizes beyond their limits."""
NO_SUCH_THING = frozenset({301, 302, 307, 308, 404, 405, 410, 501})
"""What servers answer where a path or a method has no handler, before or after they authenticate."""

USUAL_LEEWAY_S = 60
GREATEST_LEEWAY_S = 300
"""RFC 7519 §4.1.4: usually no more than a few minutes."""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known of a token that Synq issued. Times in seconds since the epoch."""

    tenant_id: str | None
    org_ids: frozenset[str]
    expires_at: float
    writes: bool | None = None
    """Whether its role may write; None where that is not known."""
    not_before: float = 0
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the target when the request arrives."""

    now: float
    tokens: Mapping[str, TokenFacts] = field(default_factory=dict)
    """Every token that Synq issued, as text. Any other text is no genuine token."""
    reads: frozenset[str] = frozenset()
    """Request targets that GET answers for whoever is in scope."""
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
    answers = [_answer(reading, request, known) for reading in readings(request)]
    statuses = frozenset[int]().union(*(one.statuses for one in answers))
    preferred = frozenset[int]().union(*(one.preferred for one in answers))
    why = "; or: ".join(dict.fromkeys(one.why for one in answers))
    if not _documented(request, known):
        statuses, preferred = statuses | NO_SUCH_THING | {400}, preferred | NO_SUCH_THING | {400}
        why += "; or nothing answers to this method and path"
    if _repeats(request):
        return Answer(statuses | {400}, preferred | {400}, why + "; a repeated field may be refused")
    if illegal(request) or oversize(request):
        allowed = REFUSED_BY_PARSER
        return Answer(statuses | allowed, preferred | allowed, why + "; the HTTP parser may refuse it", True)
    return Answer(statuses, preferred, why)


def readings(request: Request) -> tuple[Reading, ...]:
    """Every way to read the three headers: the first, the last or all of a repeated field."""
    return tuple(
        Reading(*values)
        for values in product(
            _values(request, "Authorization"), _values(request, "X-Tenant-ID"), _values(request, "X-Org-ID")
        )
    )


def _values(request: Request, name: str) -> tuple[str | None, ...]:
    values = [value.strip(" \t") for value in request.values(name)]
    if not values:
        return (None,)
    joined = ", ".join(values)
    stripped_by_unicode = (value.strip() for value in (values[0], values[-1]))
    return tuple(dict.fromkeys((values[0], values[-1], joined, *stripped_by_unicode)))


def _documented(request: Request, known: Known) -> bool:
    return (request.method == "GET" and request.target in known.reads) or (
        (request.method, request.target) in known.writes
    )


def _repeats(request: Request) -> bool:
    return any(len(request.values(name)) > 1 for name in ("Authorization", "X-Tenant-ID", "X-Org-ID"))


def illegal(request: Request) -> bool:
    """Whether a field value holds octets that RFC 9110 §5.5 forbids or leaves obsolete."""
    return any(re.search(r"[^\t\x20-\x7e]", value) for _, value in request.headers)


def oversize(request: Request) -> bool:
    """Whether the header section is beyond what common servers take (8 kB)."""
    return sum(len(name) + len(value) for name, value in request.headers) > 7_500


def bearer(authorization: str | None) -> str | None:
    """The token of a well-formed Bearer credential, None where there is none (RFC 6750 §2.1)."""
    match = re.fullmatch(r"bearer ([^\s,]+)", authorization or "", re.IGNORECASE)
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
    if known.now >= facts.expires_at + GREATEST_LEEWAY_S:
        return _unauthorized("the token is past its hour", scope_is_wrong=not in_scope)
    if facts.not_before - known.now > GREATEST_LEEWAY_S:
        return _unauthorized("the token is not valid yet", scope_is_wrong=not in_scope)
    in_doubt = known.now >= facts.expires_at or known.now < facts.not_before
    judged = _authorized(reading, request, known, facts)
    if in_doubt:
        statuses = judged.statuses | UNAUTHORIZED
        return Answer(statuses, statuses, judged.why + "; or 401, the token being at the edge of its time")
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
            return Answer(ACCEPTED | FORBIDDEN, ACCEPTED | FORBIDDEN, "all is right, its role apart")
        if not facts.writes:
            return Answer(FORBIDDEN, FORBIDDEN, "the role may not write")
        return Answer(ACCEPTED, ACCEPTED, "token, scope and role are right")
    if request.method == "GET" and request.target in known.reads:
        return Answer(ACCEPTED, ACCEPTED, "token, tenant and organization are right")
    statuses = ACCEPTED | NO_SUCH_THING | {400, 415, 422}
    return Answer(statuses, statuses, "the credentials are right, and nothing is said of this resource")


def _why_scope(name: str, value: str | None) -> str:
    if value is None:
        return f"there is no {name}"
    return f"{name} is empty" if not value else f"{name} is not in the token's scope"
