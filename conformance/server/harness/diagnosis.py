"""One likely cause of many openings: a few requests that differ in one thing, asked once, after the first opening.

A server that answers from a cache before it looks at the token breaks half of the rules, and none of them says so.
Each opening is then asked for once more without the cause: only one that is shut then comes from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import SAFE_METHODS, Request, with_query
from conformance.http.raw import RawRequest
from conformance.server.harness.documented import AUTHORIZATION, THREE_HEADERS
from conformance.tokens import decode, same_token
from conformance.tokens.compact import decoded

TAIL = 24
"""Characters at either end of a token by which a careless cache may know it."""
MADE_UP = "A" * 342
"""A signature as long as one of RSA with 2048 bits."""

READ_AND_REFUSED = 403
"""What says of a token that should not have been read (401) that its claims were, and are not enough."""


class AskedOf(Protocol):
    """The part of the target API that a diagnosis needs."""

    def documented(self) -> Request: ...

    def step(self, request: Request) -> Exchange: ...


HEALTH_CHECKS = ("", "kube-probe/1.31", "ELB-HealthChecker/2.0", "GoogleHC/1.0")


@dataclass(frozen=True, slots=True)
class Opening:
    """A request that was believed although it is wrong."""

    request: Request
    accepted: bool
    """Whether it was let in; else its claims were read, and found not to be enough (403)."""
    octets: RawRequest | None
    """What was sent, if it was no request of an HTTP library."""
    well_signed: bool
    """Whether its token is under a signature of the issuer's."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """A cause, the requests that tell it, and the one that tells whether an opening comes from it."""

    cause: str
    shows: Callable[[AskedOf], bool]
    explains: Callable[[AskedOf, Opening], bool]


class Diagnosis:
    """What is likely to be behind the openings of one target."""

    def __init__(self, synq: AskedOf, signed: Collection[str]) -> None:
        """`signed` are the tokens of the issuer's that are known at the time."""
        self._synq, self._signed = synq, signed
        self._shown: tuple[Symptom, ...] | None = None

    def causes(self) -> tuple[str, ...]:
        """The likely causes, each in a sentence, the widest first. Asked once in a session."""
        return tuple(symptom.cause for symptom in self._symptoms())

    def cause_of(self, exchange: Exchange, octets: RawRequest | None = None) -> str | None:
        """The likely cause of this opening; None if none of those that show explains it.

        `octets` are what was sent, if it was no request of an HTTP library.
        """
        if not exchange.accepted and exchange.status != READ_AND_REFUSED:
            return None
        token = _token_of(exchange.request)
        well_signed = any(same_token(token, one) for one in self._signed)
        seen = Opening(exchange.request, exchange.accepted, octets, well_signed)
        return next((one.cause for one in self._symptoms() if self._holds(one.explains, seen)), None)

    def _symptoms(self) -> tuple[Symptom, ...]:
        if self._shown is None:
            self._shown = ()  # the requests that follow may come upon openings themselves
            self._shown = tuple(one for one in SYMPTOMS if self._holds(one.shows))
        return self._shown

    def _holds(self, asked: Callable[..., bool], *more: Opening) -> bool:
        try:
            return asked(self._synq, *more)
        except NotAssessed:
            return False


def _accepts(synq: AskedOf, request: Request) -> bool:
    return synq.step(request).accepted


def _with_token(request: Request, token: str) -> Request:
    return request.having((AUTHORIZATION, f"Bearer {token}"))


def _genuine(synq: AskedOf) -> str:
    return _token_of(synq.documented())


def _token_of(request: Request) -> str:
    """The token of a Bearer credential; empty if there is none, or more than one."""
    values = request.values(AUTHORIZATION)
    scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _anew(request: Request) -> Request:
    """The request with a query that was not sent before."""
    return replace(request, target=with_query(request.target, f"conformance={uuid4().hex}"))


def _only_so(synq: AskedOf, opening: Opening, without: Request) -> bool:
    """Whether the request without the cause is refused. A write is not sent again, and of octets as they were sent it
    is seen first that a plain request opens the same."""
    if opening.request.method not in SAFE_METHODS or not opening.accepted:
        return False
    return (opening.octets is None or _accepts(synq, opening.request)) and not _accepts(synq, without)


def _unguarded(synq: AskedOf) -> bool:
    return _accepts(synq, _anew(synq.documented()).without(AUTHORIZATION))


def _opened_by_no_guard(synq: AskedOf, opening: Opening) -> bool:
    """Anyone is let in there: of a genuine token's request, even without tenant and organization."""
    request = opening.request
    if request.method not in SAFE_METHODS or not opening.accepted:
        return False
    left_out = THREE_HEADERS if opening.well_signed else (AUTHORIZATION,)
    return _accepts(synq, request.without(*left_out))


def _cached_before(synq: AskedOf) -> bool:
    asked = _anew(synq.documented())
    bare = asked.without(AUTHORIZATION)
    return not _accepts(synq, bare) and _accepts(synq, asked) and _accepts(synq, bare)


def _opened_by_cache(synq: AskedOf, opening: Opening) -> bool:
    return _only_so(synq, opening, _anew(opening.request))


def _sender_exempt(synq: AskedOf) -> bool:
    bare = synq.documented().without(AUTHORIZATION)
    checks = (bare.having(("User-Agent", name)) for name in HEALTH_CHECKS)
    return not _accepts(synq, bare) and any(_accepts(synq, one) for one in checks)


def _opened_by_sender(synq: AskedOf, opening: Opening) -> bool:
    request = opening.request
    if opening.octets is not None and opening.accepted and b"user-agent:" not in opening.octets.whole.lower():
        return not _accepts(synq, request)
    return bool(request.values("User-Agent")) and _only_so(synq, opening, request.without("User-Agent"))


def _known_by_its_end(synq: AskedOf) -> bool:
    asked, end = synq.documented(), _genuine(synq)[-TAIL:]
    known, unknown = (_with_token(asked, f"a.b.{one}") for one in (end, end[::-1]))
    return _accepts(synq, known) and not _accepts(synq, unknown)


def _opened_by_end(synq: AskedOf, opening: Opening) -> bool:
    genuine, token = _genuine(synq), _token_of(opening.request)
    if token == genuine or not token.endswith(genuine[-TAIL:]):
        return False
    return _only_so(synq, opening, _with_token(opening.request, token[:-TAIL] + token[-TAIL:][::-1]))


def _known_by_its_beginning(synq: AskedOf) -> bool:
    asked, beginning = synq.documented(), _genuine(synq)[:TAIL]
    return _accepts(synq, _with_token(asked, f"{beginning}.a")) and not _accepts(synq, _with_token(asked, "a.b.c"))


def _opened_by_beginning(synq: AskedOf, opening: Opening) -> bool:
    genuine, token = _genuine(synq), _token_of(opening.request)
    if token == genuine or not token.startswith(genuine[:TAIL]):
        return False
    return _only_so(synq, opening, _with_token(opening.request, token[:TAIL][::-1] + token[TAIL:]))


def _signature_unread(synq: AskedOf) -> bool:
    parts = decode(_genuine(synq))
    if parts is None:
        return False
    header, claims, _ = parts.segments
    made_up = _with_token(synq.documented(), f"{header}.{claims}.{MADE_UP}")
    return _accepts(synq, made_up) and not _accepts(synq, _with_token(synq.documented(), "a.b.c"))


def _opened_by_signature(_synq: AskedOf, opening: Opening) -> bool:
    """Claims that can be read, under a signature that is not the issuer's: a token of the issuer's is no such thing,
    however old it is."""
    return _has_claims(_token_of(opening.request)) and not opening.well_signed


def _has_claims(token: str) -> bool:
    """Whether the second segment is a JSON object to a reader that looks at no other."""
    try:
        return isinstance(json.loads(decoded([*token.split("."), ""][1])), dict)
    except (ValueError, RecursionError):
        return False


SYMPTOMS = (
    Symptom(
        "the path is not guarded at all: a query that was never sent is answered without Authorization",
        _unguarded,
        _opened_by_no_guard,
    ),
    Symptom(
        "answers come from a cache that is asked before the token: a URL is refused without Authorization until "
        "another caller was answered there (see cache-not-crossed)",
        _cached_before,
        _opened_by_cache,
    ),
    Symptom(
        "a request without Authorization is let in if its User-Agent is a health check's, or empty (see surroundings)",
        _sender_exempt,
        _opened_by_sender,
    ),
    Symptom(
        f"a token is known by its end: any text with the last {TAIL} characters of a genuine one is taken for it",
        _known_by_its_end,
        _opened_by_end,
    ),
    Symptom(
        f"a token is known by its beginning: any text with the first {TAIL} characters of one is taken for it",
        _known_by_its_beginning,
        _opened_by_beginning,
    ),
    Symptom(
        "the signature is not looked at: the genuine header and claims with a made-up one are taken",
        _signature_unread,
        _opened_by_signature,
    ),
)
"""Known causes, the widest first."""
