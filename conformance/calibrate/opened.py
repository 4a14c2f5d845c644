"""Targets in this very process, as cheap as they can be: thousands of cases against each of a hundred faults."""

from __future__ import annotations

import itertools
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from conformance.calibrate.degenerate import closed, degenerate_server
from conformance.calibrate.subjects import DEGENERATE, OVER_HTTP, WIRED, Answer, CalibrationSubject, Kind
from conformance.config.operations import with_operations
from conformance.config.profile import from_mapping
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request, Response
from conformance.mock import passwords, tokens
from conformance.mock.call import Call, Claims, Refused, Synq
from conformance.mock.clock import Clock
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.keys import KeyPair, generate
from conformance.mock.reply import reply
from conformance.mock.state import create
from conformance.mock.variants import VARIANTS, apply_variant
from conformance.mock.world import Account
from conformance.server.harness.concurrent import During, SendConcurrently
from conformance.server.harness.targets import IN_PROCESS_URL, OpenTarget, direct_route, opened_over, over_http

Verify = Callable[[Call, str], Claims]
Issue = Callable[[Call, Account], str]

CONNECTIONS = 4
"""How many are sent at a time, if requests are sent together."""


class DirectTransport:
    """One connection to an answer in this process, without HTTP between."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def send(self, request: Request) -> Exchange:
        started, tick = time.time(), time.perf_counter()
        answer = self._answer(request)
        taken = time.perf_counter() - tick
        if isinstance(answer, Failure):
            return Exchange(request, None, answer, str(answer), started, taken)
        return Exchange(request, answer, None, "", started, taken)

    def close(self) -> None:
        """Holds nothing, so there is nothing to close."""


@dataclass(frozen=True, slots=True)
class SharedMaterial:
    """What all subjects of one process have in common, because it takes long to make.

    They have the same keys, tell the same time and hand out the same tokens, so that a token is forged once and its
    form and signature are verified once.
    """

    keys: KeyPair
    now: float
    """Seconds since the epoch, at which the clocks of all subjects stand until a check moves them."""
    profile: dict[str, Any]
    revoked: frozenset[str]
    """The jti of the profile's revoked token."""
    judged: dict[str, Claims | Refused] = field(default_factory=dict)
    """What the reference server's verification makes of a token's form and signature."""
    issued: dict[tuple[str, str], str] = field(default_factory=dict)
    """The tokens that were given out, by key and claims."""

    def synq(self) -> Synq:
        """A reference server with all of this."""
        synq = create(keys=self.keys, clock=Clock(source=lambda: self.now))
        synq.revoked |= self.revoked
        verify, issue = _once(synq.steps.verify, self.judged), _issued_once(self.issued)
        synq.steps = replace(synq.steps, verify=verify, issue=issue)
        return synq


def shared() -> SharedMaterial:
    """What the subjects of this process have in common, made now."""
    now, keys = time.time(), generate()
    synq = create(keys=keys, clock=Clock(source=lambda: now))
    profile = describe(synq, IN_PROCESS_URL)
    # A password is hashed slowly on purpose; here the same few are tried ten thousand times.
    passwords.hashed = cache(passwords.hashed)
    return SharedMaterial(keys, now, profile, frozenset(synq.revoked))


@contextmanager
def opened_subject(subject: CalibrationSubject, common: SharedMaterial) -> Iterator[OpenTarget]:
    """The bench with this subject on it."""
    faults = (subject.name,) if subject.kind is Kind.FAULT else ()
    if subject.socket:
        with _pretending(subject, common.keys) if subject.kind is Kind.DEGENERATE else over_http(faults) as bench:
            yield bench
        return
    synq = common.synq()
    for name in faults:
        apply_fault(synq, name)
    if subject.kind is Kind.REFERENCE and subject.name in VARIANTS:
        apply_variant(synq, subject.name)
    target = with_operations(from_mapping(common.profile, subject.name))
    target = replace(target, limits=replace(target.limits, requests_per_second=None, max_requests=None))
    target = target.with_capabilities("clock", "direct", "loopback")
    numbers = itertools.count(1)

    def open_transport() -> DirectTransport:
        if subject.kind is Kind.DEGENERATE:
            return DirectTransport(DEGENERATE[subject.name][1])
        return DirectTransport(_connected(synq, f"connection {next(numbers)}"))

    taking_turns = _taking_turns(open_transport)
    yield OpenTarget(target, open_transport, taking_turns, direct_route(target), synq.clock, on_a_line=False)


def _once(verify: Verify, judged: dict[str, Claims | Refused]) -> Verify:
    """Form and signature of a token are verified once: under one key they stay what they are."""

    def verified(call: Call, token: str) -> Claims:
        if token not in judged:
            try:
                judged[token] = verify(call, token)
            except Refused as refused:
                judged[token] = _like(refused)
        match judged[token]:
            case Refused() as again:
                raise _like(again)
            case claims:
                return dict(claims)

    return verified


def _like(refused: Refused) -> Refused:
    """The same refusal, which was not raised: one that was holds all that there was around it."""
    return Refused(refused.status, refused.detail, error=refused.error, headers=refused.headers)


def _issued_once(issued: dict[tuple[str, str], str]) -> Issue:
    """Tokens whose ids come in the same order for each subject, so that each is signed once."""
    ids = Random(0)  # noqa: S311 - the keys are thrown away with the process, and a secret id would be signed anew

    def issue(call: Call, account: Account) -> str:
        claims = tokens.claims_of(account, call.synq.clock.now(), call.steps.lifetime(call))
        claims["jti"] = urlsafe_b64encode(ids.randbytes(16)).decode().rstrip("=")
        same = (call.synq.keys.kid, json.dumps(claims))
        if same not in issued:
            issued[same] = tokens.sign(claims, call.synq.keys)
        return issued[same]

    return issue


@contextmanager
def _pretending(subject: CalibrationSubject, keys: KeyPair) -> Iterator[OpenTarget]:
    """A degenerate target on a real port, described as if it were a Synq."""
    name = subject.name.removesuffix(OVER_HTTP)
    _, answer = DEGENERATE[name]
    synq = create(keys=keys)
    with closed() if name == "nobody-listens" else degenerate_server(answer) as base_url:
        target = with_operations(from_mapping(describe(synq, base_url), subject.name))
        limits = replace(target.limits, requests_per_second=None, max_requests=None, timeout_s=WIRED[name])
        target = replace(target, limits=limits).with_capabilities("clock", "direct", "socket", "loopback")
        yield replace(opened_over(target, direct_route(target), synq.clock), outage_pauses_s=())


def _taking_turns(open_transport: Callable[[], DirectTransport]) -> SendConcurrently:
    """In one process nothing is concurrent; but connections alternate, and `during` is called midway."""

    def in_turn(requests: Sequence[Request], *, during: During | None = None) -> list[Exchange]:
        doors = itertools.cycle([open_transport() for _ in range(CONNECTIONS)])
        half = len(requests) // 2
        before = [next(doors).send(request) for request in requests[:half]]
        if during is not None:
            during()
        return before + [next(doors).send(request) for request in requests[half:]]

    return in_turn


def _connected(synq: Synq, connection: str) -> Answer:
    def answer(request: Request) -> Response:
        return reply(synq, request, connection)

    return answer
