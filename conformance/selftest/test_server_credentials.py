"""The source of tokens: signing in and revoking on a line that closes kept connections."""

from __future__ import annotations

import pytest

from conformance.calibrate.opened import DirectTransport
from conformance.config.profile import from_mapping
from conformance.evidence.judge import NotAssessed
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Failure, Transport
from conformance.http.message import Request, Response
from conformance.http.patience import Line, PatientTransport
from conformance.mock.clock import Clock
from conformance.mock.describe import describe
from conformance.mock.reply import reply
from conformance.mock.state import create
from conformance.mock.variants import apply_variant
from conformance.server.harness.credentials import Credentials, member
from conformance.server.harness.gate import Gate


class ClosedUnderIt:
    """A transport whose kept connection is closed under each request for this path, so many times."""

    def __init__(self, transport: Transport, path: str, times: int) -> None:
        self.transport, self.path, self.times = transport, path, times

    def send(self, request: Request) -> Exchange:
        if request.target == self.path and self.times:
            self.times -= 1
            return Exchange(request, None, Failure.CLOSED, "the connection ended", 0.0, 0.0)
        return self.transport.send(request)

    def close(self) -> None:
        self.transport.close()


def otherwise(variant: str, clock: Clock, gate: Gate | None = None, *, alone: bool = True) -> Credentials:
    """Of a Synq that does it in another right way, and made a token just now."""
    synq = create(clock=clock)
    apply_variant(synq, variant)
    target = from_mapping(describe(synq, "http://synq.test"), "embedded Synq")
    transport = DirectTransport(lambda request: reply(synq, request))
    return Credentials(target, transport, Recorder(None), clock, gate, alone=alone)


def credentials(path: str, times: int) -> Credentials:
    synq = create()
    target = from_mapping(describe(synq, "http://synq.test"), "embedded Synq")
    transport = DirectTransport(lambda request: reply(synq, request))
    closing = ClosedUnderIt(transport, path, times)
    return Credentials(target, PatientTransport(lambda: closing, Line(pauses_s=())), Recorder(None), None)


@pytest.mark.parametrize("path", ["/api/v1/auth/sign-in", "/api/v1/auth/revoke"], ids=["sign-in", "revoke"])
def test_a_connection_that_was_closed_late_is_no_answer_to_a_step(path: str) -> None:
    """Idle connections end after a while: what was sent on one is sent again on a new one."""
    held = credentials(path, 1)
    assert held.revoke(held.fresh()).accepted


def test_a_step_that_is_never_answered_is_not_asked_for_ever() -> None:
    """Closed each time without an answer is what the target does."""
    held = credentials("/api/v1/auth/revoke", 99)
    with pytest.raises(NotAssessed, match=r"closed without an answer: check revoke\.path"):
        held.revoke(held.fresh())


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        pytest.param("", {"a": [1, 2], "b/~": {"": "x"}}, id="whole"),
        pytest.param("/a/1", 2, id="entry"),
        pytest.param("/b~1~0/", "x", id="escaped"),
        pytest.param("/a/2", None, id="beyond-the-end"),
        pytest.param("/a/-", None, id="after-the-last"),
        pytest.param("/a/01", None, id="leading-zero"),
        pytest.param("/a/²", None, id="digit-that-is-no-number"),
        pytest.param("/a/\u0661", None, id="digit-of-another-script"),
        pytest.param("/a/" + "9" * 5_000, None, id="endless-number"),
        pytest.param("/b~1~0//0", None, id="into-a-string"),
        pytest.param("/c", None, id="no-such-key"),
    ],
)
def test_a_pointer_finds_what_it_names_or_nothing(pointer: str, found: object) -> None:
    """As RFC 6901 has it: an index is digits of ASCII without a leading zero."""
    request = Request("POST", "/")
    response = Response(200, (), b'{"a": [1, 2], "b/~": {"": "x"}}')
    assert member(Exchange(request, response, None, "", 0.0, 0.0), pointer) == found


def test_a_revocation_whose_answer_was_lost_took_place() -> None:
    """Asked for again, the target refuses the token: it is revoked already."""
    synq = create()
    target = from_mapping(describe(synq, "http://synq.test"), "embedded Synq")
    lossy = LosesTheAnswer(DirectTransport(lambda request: reply(synq, request)), "/api/v1/auth/revoke")
    held = Credentials(target, PatientTransport(lambda: lossy, Line(pauses_s=())), Recorder(None), None)
    assert held.revoke(held.fresh()).status == 401


class LosesTheAnswer:
    """A transport whose connection ends after a request for this path has arrived, once."""

    def __init__(self, transport: Transport, path: str) -> None:
        self.transport, self.path, self.lost = transport, path, False

    def send(self, request: Request) -> Exchange:
        exchange = self.transport.send(request)
        if request.target != self.path or self.lost:
            return exchange
        self.lost = True
        return Exchange(request, None, Failure.CLOSED, "the connection ended", 0.0, 0.0)

    def close(self) -> None:
        self.transport.close()


LATER_S = 10


@pytest.mark.parametrize("variant", ["one-session", "one-session-by-time"])
def test_the_newest_token_counts_if_a_sign_in_ends_those_before_it(variant: str) -> None:
    """The one that was held is seen to be refused, and the new one is used from then on."""
    clock = Clock()
    held = otherwise(variant, clock)
    clock.advance(LATER_S)
    before, fresh = held.valid(), held.fresh()
    assert (held.ends_together, held.valid()) == (True, fresh)
    assert fresh != before


def test_what_whole_seconds_hide_is_looked_for_again() -> None:
    """Two tokens of one second say nothing, and a later sign-in does."""
    clock = Clock()
    held = otherwise("one-session-by-time", clock)
    held.fresh()
    assert not held.ends_together
    clock.advance(LATER_S)
    held.fresh()
    assert held.ends_together


def test_a_revocation_that_ends_all_tokens_is_followed_by_a_sign_in() -> None:
    """Neither the revoked token nor the one that was held is used again."""
    clock = Clock()
    held = otherwise("revokes-all", clock)
    before, revoked = held.valid(), held.fresh()
    clock.advance(LATER_S)
    held.revoke(revoked)
    assert held.ends_together
    assert held.valid() not in (before, revoked)


def test_a_target_that_ends_no_other_token_keeps_its_first() -> None:
    """Neither a sign-in nor a revocation changes which token is used."""
    clock = Clock()
    held = otherwise("own-ids", clock)
    clock.advance(LATER_S)
    before = held.valid()
    held.revoke(held.fresh())
    assert (held.ends_together, held.valid()) == (False, before)


def test_several_workers_end_if_they_end_each_other_s_tokens() -> None:
    """The run says what to do, in place of a verdict that nothing carries."""
    clock, gate = Clock(), Gate()
    held = otherwise("one-session", clock, gate, alone=False)
    clock.advance(LATER_S)
    held.valid()
    held.fresh()
    assert gate.cause is not None
    assert gate.cause.endswith("several workers end each other's: start the run again without -n")
