"""What a client shows over several clocks: those under which it does not work are passed over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.client.adapters.driver import AdapterError, ApiCall, Returned
from conformance.client.harness import refreshing as ahead
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import ClientClock, RealTime
from conformance.client.harness.refreshing import RefreshObservation, best, each, first
from conformance.client.harness.session import Done
from conformance.evidence.judge import NotAssessed

BENCH = object.__new__(ClientSessions)
CLOCKS = [RealTime(lifetime_s) for lifetime_s in (1, 2, 3)]
See = Callable[[ClientSessions, ClientClock], int]


def under(*outcomes: int | Exception) -> See:
    """What is seen under the clocks in turn."""

    def see(_bench: ClientSessions, clock: ClientClock) -> int:
        outcome = outcomes[clock.lifetime_s - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return see


@pytest.mark.parametrize("obstacle", [AdapterError("it died"), NotAssessed("it did not sign in")])
def test_a_clock_that_the_client_does_not_bear_is_passed_over(obstacle: Exception) -> None:
    """The others count, wherever it stands among them."""
    assert list(each(BENCH, CLOCKS, under(obstacle, 2, 3))) == [2, 3]
    assert list(each(BENCH, CLOCKS, under(1, obstacle, 3))) == [1, 3]
    assert first(BENCH, CLOCKS, under(obstacle, obstacle, 3)) == 3


def test_under_no_clock_at_all_the_first_obstacle_is_told() -> None:
    """An error of the adapter stays one."""
    with pytest.raises(AdapterError, match="it died"):
        list(each(BENCH, CLOCKS, under(AdapterError("it died"), NotAssessed("b"), NotAssessed("c"))))
    with pytest.raises(NotAssessed, match="it did not sign in"):
        first(BENCH, CLOCKS, under(NotAssessed("it did not sign in"), AdapterError("b"), AdapterError("c")))


def showing(clock: str, *, refused: bool = False, replaced: bool = True, for_each: bool = False) -> RefreshObservation:
    """One in which no expired token was sent."""
    return RefreshObservation(clock, Done(ApiCall(), Returned(200, ""), ()), None, refused, replaced, for_each)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(showing("a", refused=True), id="a-401-led-to-the-sign-in"),
        pytest.param(showing("a", replaced=False), id="never-signed-in"),
        pytest.param(showing("a", for_each=True), id="signed-in-for-each"),
    ],
)
def test_the_best_showing_is_the_one_ahead(monkeypatch: pytest.MonkeyPatch, other: RefreshObservation) -> None:
    """If none is, the first is told."""
    showings = {1: other, 2: showing("b"), 3: other}
    monkeypatch.setattr(ahead, "around_the_end", lambda _bench, clock: showings[clock.lifetime_s])
    assert best(BENCH, CLOCKS).clock == "b"
    assert best(BENCH, [CLOCKS[0], CLOCKS[2]]) is other
