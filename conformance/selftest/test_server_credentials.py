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
from conformance.mock.describe import describe
from conformance.mock.reply import reply
from conformance.mock.state import create
from conformance.server.harness.credentials import Credentials, member


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
