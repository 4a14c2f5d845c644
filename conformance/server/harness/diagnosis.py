"""One likely cause of many openings: a few requests that differ in one thing, asked once, after the first opening.

A server that answers from a cache before it looks at the token breaks half of the rules, and none of them says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.tokens import decode

TAIL = 24
"""Characters at either end of a token by which a careless cache may know it."""


class AskedOf(Protocol):
    """The part of the target API that a diagnosis needs."""

    def documented(self) -> Request: ...

    def step(self, request: Request) -> Exchange: ...


HEALTH_CHECKS = ("", "kube-probe/1.31", "ELB-HealthChecker/2.0", "GoogleHC/1.0")


@dataclass(frozen=True, slots=True)
class Symptom:
    """A cause, and the requests that tell it."""

    cause: str
    shows: Callable[[AskedOf], bool]


class Diagnosis:
    """What is likely to be behind the openings of one target."""

    def __init__(self, synq: AskedOf) -> None:
        self._synq = synq
        self._asked = False
        self._cause: str | None = None

    def cause(self) -> str | None:
        """The likely cause in a sentence; None if none of the known ones shows. Asked once in a session."""
        if not self._asked:
            self._asked = True
            try:
                self._cause = next(self._causes(), None)
            except NotAssessed:
                self._cause = None
        return self._cause

    def _causes(self) -> Iterator[str]:
        return (symptom.cause for symptom in SYMPTOMS if symptom.shows(self._synq))


def _accepts(synq: AskedOf, request: Request) -> bool:
    return synq.step(request).accepted


def _with_token(synq: AskedOf, token: str) -> Request:
    return synq.documented().having(("Authorization", f"Bearer {token}"))


def _genuine(synq: AskedOf) -> str:
    return synq.documented().values("Authorization")[0].partition(" ")[2]


def _unguarded(synq: AskedOf) -> bool:
    return _accepts(synq, _anew(synq).without("Authorization"))


def _anew(synq: AskedOf) -> Request:
    """The documented request with a query that was not sent before."""
    plain = synq.documented()
    joint = "&" if "?" in plain.target else "?"
    return Request(plain.method, f"{plain.target}{joint}conformance={uuid4().hex}", plain.headers, plain.body)


def _cached_before(synq: AskedOf) -> bool:
    asked = _anew(synq)
    bare = asked.without("Authorization")
    return not _accepts(synq, bare) and _accepts(synq, asked) and _accepts(synq, bare)


def _sender_exempt(synq: AskedOf) -> bool:
    bare = synq.documented().without("Authorization")
    checks = (bare.having(("User-Agent", name)) for name in HEALTH_CHECKS)
    return not _accepts(synq, bare) and any(_accepts(synq, one) for one in checks)


def _known_by_its_end(synq: AskedOf) -> bool:
    token = _genuine(synq)
    end = token[-TAIL:]
    return _accepts(synq, _with_token(synq, f"a.b.{end}")) and not _accepts(synq, _with_token(synq, f"a.b.{end[::-1]}"))


def _known_by_its_beginning(synq: AskedOf) -> bool:
    token = _genuine(synq)
    beginning = token[:TAIL]
    return _accepts(synq, _with_token(synq, f"{beginning}.a")) and not _accepts(synq, _with_token(synq, "a.b.c"))


def _signature_unread(synq: AskedOf) -> bool:
    parts = decode(_genuine(synq))
    if parts is None:
        return False
    header, claims, _ = parts.segments
    made_up = _with_token(synq, f"{header}.{claims}.{'A' * 342}")
    return _accepts(synq, made_up) and not _accepts(synq, _with_token(synq, "a.b.c"))


SYMPTOMS = (
    Symptom(
        "the path is not guarded at all: a query that was never sent is answered without Authorization", _unguarded
    ),
    Symptom(
        "answers come from a cache that is asked before the token: a URL is refused without Authorization until "
        "another caller was answered there (see cache-not-crossed)",
        _cached_before,
    ),
    Symptom(
        "a request without Authorization is let in if its User-Agent is a health check's, or empty (see surroundings)",
        _sender_exempt,
    ),
    Symptom(
        f"a token is known by its end: any text with the last {TAIL} characters of a genuine one is taken for it",
        _known_by_its_end,
    ),
    Symptom(
        f"a token is known by its beginning: any text with the first {TAIL} characters of one is taken for it",
        _known_by_its_beginning,
    ),
    Symptom(
        "the signature is not looked at: the genuine header and claims with a made-up one are taken", _signature_unread
    ),
)
"""Known causes, the widest first."""
