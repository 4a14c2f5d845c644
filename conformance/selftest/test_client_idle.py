"""Requests that no call caused: seen while nothing is asked, and no violation of the rules that count requests."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness import idle as module
from conformance.client.harness.asides import Aside, HeldRecorder
from conformance.client.harness.idle import IdleObservation, Idling
from conformance.contract.paths import PRODUCTS_PATH, SIGN_IN_PATH
from conformance.evidence.judge import HarnessError, NotAssessed, Violation
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response

SIGN_IN = ReceivedRequest(0, Exchange(Request("POST", SIGN_IN_PATH), Response(200), None, "", 0.0, 0.0), 0.0)
READ = ReceivedRequest(1, Exchange(Request("GET", PRODUCTS_PATH), Response(200), None, "", 0.0, 0.0), 0.0)


def idling(monkeypatch: pytest.MonkeyPatch, *received: ReceivedRequest) -> Idling:
    """A client that sends this while nothing is asked."""
    inline: Any = type("Bench", (), {"launcher": type("Launcher", (), {"process": False})})
    monkeypatch.setattr(module, "idle", lambda _bench, waited_s: IdleObservation(received, waited_s))
    return Idling(inline, Recorder(None))


@pytest.mark.parametrize(
    ("received", "says"),
    [
        ((), None),
        ((READ,), None),
        ((SIGN_IN,), "1 sign-in and 0 other requests in 1.5 s while nothing was asked"),
        ((READ, READ), "0 sign-ins and 2 other requests"),
        ((SIGN_IN,) * 29, "29 sign-ins and 0 other requests"),
    ],
)
def test_what_is_sent_without_a_call_is_counted(
    monkeypatch: pytest.MonkeyPatch, received: tuple[ReceivedRequest, ...], says: str | None
) -> None:
    """A stream of it breaks the rule, and explains why others count too many."""
    if says is None:
        idling(monkeypatch, *received).must_be_quiet()
        idling(monkeypatch, *received).explain()
        return
    with pytest.raises(Violation, match=says):
        idling(monkeypatch, *received).must_be_quiet()
    with pytest.raises(NotAssessed, match=f"follows from quiet-when-idle: {says}"):
        idling(monkeypatch, *received).explain()


@pytest.mark.parametrize(
    ("seen", "quiet"),
    [
        pytest.param([(SIGN_IN,), ()], True, id="once"),
        pytest.param([(SIGN_IN,), (SIGN_IN,)], False, id="each-time"),
    ],
)
def test_what_comes_once_is_no_timer(
    monkeypatch: pytest.MonkeyPatch, seen: list[tuple[ReceivedRequest, ...]], quiet: bool
) -> None:
    """On a busy machine the end of a call may come late; it does not come again."""
    left: Any = iter(seen)
    monkeypatch.setattr(module, "_watched", lambda _bench, waited_s: IdleObservation(next(left), waited_s))
    bench: Any = None
    assert module.idle(bench, 1.0).is_quiet is quiet


def test_a_session_aside_is_kept_for_who_asks() -> None:
    """Its exchanges are held until then."""
    bench: Any = type("Bench", (), {"launcher": None, "close": lambda _self: None})()
    recorder = Recorder(None)

    def play(aside: Any) -> int:  # noqa: ANN401 - never looked at
        assert isinstance(aside._recorder, HeldRecorder)
        aside._recorder.exchange(READ.exchange)
        return 7

    assert Aside(bench, play).seen(recorder, 5.0) == 7
    assert recorder.exchanges == 1


def test_a_session_aside_that_does_not_end_is_an_error() -> None:
    """In bounded time."""
    bench: Any = type("Bench", (), {"launcher": None})()
    gate = threading.Event()
    with pytest.raises(HarnessError, match=r"took more than 0\.05 s"):
        Aside(bench, lambda _aside: gate.wait(5.0)).seen(Recorder(None), 0.05)
    gate.set()


def test_what_no_call_asked_for_takes_no_handler() -> None:
    """A timer's request is answered as ever, and leaves what was meant for the call to the call."""
    fake_api = FakeApi()
    fake_api.asked.add(PRODUCTS_PATH)
    fake_api.handlers.append(lambda _fake_api, _request: Response(503))
    assert fake_api.take(Request("GET", "/api/v1/account")) != Response(503)
    assert fake_api.take(Request("GET", f"{PRODUCTS_PATH}?page=2")) == Response(503)
