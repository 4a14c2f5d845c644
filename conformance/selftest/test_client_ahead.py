"""What a client shows of its hour: a clock that it does not bear is passed over, and one moment is no evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.client.adapters.driver import AdapterError, ApiCall, Returned
from conformance.client.fake_api.service import ReceivedRequest
from conformance.client.harness import hours as module
from conformance.client.harness import real_time
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import ClientClock, OwnClock
from conformance.client.harness.hours import Hours, shown_twice
from conformance.client.harness.refreshing import RefreshObservation, each
from conformance.client.harness.session import Done
from conformance.evidence.judge import NotAssessed, Unmet
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange
from conformance.http.message import Request

BENCH: Any = SimpleNamespace(launcher=SimpleNamespace(process=False))
CLOCKS = [OwnClock() for _ in range(3)]
See = Callable[[ClientSessions, ClientClock], int]
EXPIRED = ReceivedRequest(0, Exchange(Request("GET", "/"), None, None, "", 0.0, 0.0), 0.0)


def under(*outcomes: int | Exception) -> See:
    """What is seen under the clocks in turn."""

    def see(_bench: ClientSessions, clock: ClientClock) -> int:
        outcome = outcomes[CLOCKS.index(clock)]  # type: ignore[arg-type]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return see


@pytest.mark.parametrize("obstacle", [AdapterError("it died"), NotAssessed("it did not sign in")])
def test_a_clock_that_the_client_does_not_bear_is_passed_over(obstacle: Exception) -> None:
    """The others count, wherever it stands among them."""
    assert list(each(BENCH, CLOCKS, under(obstacle, 2, 3))) == [2, 3]
    assert list(each(BENCH, CLOCKS, under(1, obstacle, 3))) == [1, 3]


def test_under_no_clock_at_all_the_first_obstacle_is_told() -> None:
    """An error of the adapter stays one."""
    with pytest.raises(AdapterError, match="it died"):
        list(each(BENCH, CLOCKS, under(AdapterError("it died"), NotAssessed("b"), NotAssessed("c"))))


def showing(
    clock: str, *, refused: bool = False, replaced: bool = True, for_each: bool = False, expired: bool = False
) -> RefreshObservation:
    """What a client showed under a clock."""
    done = Done(ApiCall(), Returned(200, ""), ())
    return RefreshObservation(clock, done, EXPIRED if expired else None, refused, replaced, for_each)


def hours(monkeypatch: pytest.MonkeyPatch, *moved: RefreshObservation | Exception, real: bool = False) -> Hours:
    """A client that shows this under its clocks, and in real time that it refreshes ahead."""
    seen = dict(zip(CLOCKS, moved, strict=False))

    def around(_bench: ClientSessions, clock: OwnClock, _later_s: float = 0.0) -> RefreshObservation:
        if isinstance(seen[clock], Exception):
            raise seen[clock]  # type: ignore[misc]
        return seen[clock]  # type: ignore[return-value]

    monkeypatch.setattr(module, "around_the_end", around)
    monkeypatch.setattr(module, "around_a_real_end", lambda _bench: showing("real"))
    clocks: Any = SimpleNamespace(moved=CLOCKS[: len(moved)], obstacle="it was built by Go")
    return Hours(BENCH, clocks, Recorder(None), real_time=real)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(showing("a", refused=True), id="a-401-led-to-the-sign-in"),
        pytest.param(showing("a", replaced=False), id="never-signed-in"),
        pytest.param(showing("a", for_each=True), id="signed-in-for-each"),
        pytest.param(NotAssessed("it did not move"), id="did-not-move"),
    ],
)
def test_the_best_showing_is_the_one_ahead(monkeypatch: pytest.MonkeyPatch, other: RefreshObservation) -> None:
    """Under whichever clock, or in real time; if none is ahead, the first is told."""
    assert hours(monkeypatch, other, showing("b"), other).ahead().clock == "b"
    assert hours(monkeypatch, other, real=True).ahead().clock == "real"
    first = showing("first", replaced=False)
    assert hours(monkeypatch, first, showing("second", replaced=False)).ahead() is first


def test_if_no_clock_moves_what_to_do_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why it does not, and what would help."""
    with pytest.raises(Unmet, match=r"it was built by Go; let the adapter announce .*, or leave out --no-real-time"):
        hours(monkeypatch).ahead()


@pytest.mark.parametrize(
    ("shown", "clock"),
    [
        ([showing("first", expired=True, replaced=False), showing("second")], "second"),
        ([showing("first", expired=True, replaced=False), showing("second", expired=True, replaced=False)], "second"),
        ([showing("first"), showing("second")], "first"),
    ],
)
def test_an_expired_token_counts_if_it_is_sent_again(shown: list[RefreshObservation], clock: str) -> None:
    """At other moments."""
    told: Iterator[RefreshObservation] = iter(shown)
    moments: list[float] = []

    def see(later_s: float = 0.0) -> RefreshObservation:
        moments.append(later_s)
        return next(told)

    assert shown_twice(see).clock == clock
    assert moments == ([0.0] if clock == "first" else [0.0, module.LATER_S])


def forgiving(monkeypatch: pytest.MonkeyPatch, forgiven: RefreshObservation) -> None:
    """In real time, a client that sends an expired token, and what it shows to a server that forgives this."""
    shown = iter([showing("taken to its end", expired=True, refused=True), forgiven])
    monkeypatch.setattr(real_time, "_seen", lambda *_arguments: next(shown))


@pytest.mark.parametrize(
    "forgiven",
    [
        pytest.param(showing("forgiven", expired=True, replaced=False), id="never"),
        pytest.param(showing("forgiven", expired=True, refused=True), id="after-a-401-that-came-late"),
    ],
)
def test_a_token_replaced_because_of_a_401_tells_nothing_of_its_end(
    monkeypatch: pytest.MonkeyPatch, forgiven: RefreshObservation
) -> None:
    """A client that goes by the guide's hour may be asked so late on a busy machine that it is refused after all."""
    forgiving(monkeypatch, forgiven)
    with pytest.raises(NotAssessed, match="goes by the hour of the guide"):
        real_time.around_a_real_end(BENCH)


def test_a_token_replaced_by_itself_past_its_end_is_a_lead_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a client knows of the end, and sent the token all the same."""
    forgiven = showing("forgiven", expired=True)
    forgiving(monkeypatch, forgiven)
    assert real_time.around_a_real_end(BENCH) is forgiven
