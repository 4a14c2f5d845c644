"""A client's hour, seen by the means that there are for it: a clock that moves, or else a wait in real time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from conformance.client.adapters.driver import AdapterError
from conformance.client.harness.asides import Aside
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import Clocks
from conformance.client.harness.real_time import LONGEST_S, after_a_real_pause, around_a_real_end
from conformance.client.harness.refreshing import (
    RefreshObservation,
    after_a_pause,
    around_the_end,
    each,
    early_call,
    settled_call,
)
from conformance.client.harness.session import Done
from conformance.contract.durations import HOUR_S
from conformance.evidence.judge import Inapplicable, NotAssessed, Unmet
from conformance.evidence.recorder import Recorder

V = TypeVar("V")
LATER_S = 7
"""By how much another showing of the same differs, so that what depends on one moment does not count."""
ANNOUNCE = "let the adapter announce the capability `clock`"
INSTALL = f"{ANNOUNCE}, or install synq-conformance[clock] on Linux"
"""What helps a client whose clock does not move, and one for which there is nothing to move it with."""


class Hours:
    """The observations of this run."""

    def __init__(self, bench: ClientSessions, clocks: Clocks, recorder: Recorder, *, real_time: bool) -> None:
        self._bench, self._clocks, self._recorder, self._real_time = bench, clocks, recorder, real_time
        self._asides: dict[str, Aside[object]] = {}
        if not clocks.moved and real_time and bench.launcher.process:
            # They are certain to be asked for, and take less of the run if they begin now.
            self._begun("ahead", around_a_real_end)
            self._begun("pause", after_a_real_pause)

    def ahead(self) -> RefreshObservation:
        """The first observation with a refresh ahead of the end, or else the first of all.

        Clients keep time by the wall clock, by the monotonic clock or by a timer, and no one way moves all three.
        """
        observations: list[RefreshObservation] = []
        obstacle: AdapterError | NotAssessed | None = None
        for see in self._ways():
            try:
                observation = see()
            except NotAssessed as error:
                obstacle = obstacle if isinstance(obstacle, AdapterError) else error  # the last way is said best
                continue
            except AdapterError as error:
                obstacle = error
                continue
            if observation.ahead:
                return observation
            observations.append(observation)
        if observations:
            return observations[0]
        raise obstacle or Unmet(self._missing())

    def _ways(self) -> Iterator[Callable[[], RefreshObservation]]:
        for clock in self._clocks.moved:
            yield partial(shown_twice, partial(around_the_end, self._bench, clock))
        if self._real_time:
            yield self._really_ahead  # a timer may go by none of these clocks

    def _really_ahead(self) -> RefreshObservation:
        if not self._bench.launcher.process:
            return around_a_real_end(self._bench)
        return self._aside("ahead", around_a_real_end)

    def after(self, pause_s: int) -> Done:
        """A call after this pause, which the client is given twice, of different length, if it fails the first time."""
        done = self._after(pause_s)
        return done if done.succeeded and done.granted else self._after(pause_s + LATER_S * HOUR_S // 60)

    def _after(self, pause_s: int) -> Done:
        try:
            for done in each(self._bench, self._clocks.moved, partial(after_a_pause, pause_s=pause_s)):
                return done
        except (AdapterError, NotAssessed):
            if not self._real_time:
                raise
        if not self._real_time:
            raise Unmet(self._missing())
        if pause_s > 2 * HOUR_S:
            raise Inapplicable("a day is not waited for in real time")
        if self._bench.launcher.process:
            return self._aside("pause", after_a_real_pause)
        return after_a_real_pause(self._bench)

    def settled(self, pause_s: int) -> Done:
        """A call some calls after this pause, with a sign-in only if each call needed one.

        Raises Inapplicable if no clock of the client can be moved: what it shows within the hour is judged alone then.
        """
        try:
            seen = list(each(self._bench, self._clocks.moved, partial(settled_call, pause_s=pause_s)))
        except (AdapterError, NotAssessed) as obstacle:
            raise Inapplicable(str(obstacle)) from None
        if not seen:
            raise Inapplicable("an hour is not waited for in real time")
        return next((one for one in seen if one.sign_ins), seen[0])

    def early(self, pause_s: int) -> Done:
        """A call so long after signing in, with a sign-in only if the client repeats it a little later in the hour."""
        seen = list(each(self._bench, self._clocks.moved, partial(early_call, pause_s=pause_s)))
        if not seen:
            raise Unmet(self._missing())
        early = next((one for one in seen if one.sign_ins), None)
        if early is None:
            return seen[0]
        again = list(each(self._bench, self._clocks.moved, partial(early_call, pause_s=pause_s + LATER_S * 10)))
        return next((one for one in again if one.sign_ins), again[0])

    def close(self) -> None:
        for aside in self._asides.values():
            aside.close()

    def _begun(self, name: str, play: Callable[[ClientSessions], V]) -> Aside[V]:
        aside = Aside(self._bench, play)
        self._asides[name] = aside  # type: ignore[assignment]  # each is asked for as what it was begun as
        return aside

    def _aside(self, name: str, play: Callable[[ClientSessions], V]) -> V:
        begun: Aside[V] = self._asides.get(name) or self._begun(name, play)  # type: ignore[assignment]  # the same
        return begun.seen(self._recorder, LONGEST_S)

    def _missing(self) -> str:
        wait = "" if self._real_time else ", or leave out --no-real-time"
        return f"{self._clocks.obstacle}; {ANNOUNCE}{wait}" if self._clocks.obstacle else f"{INSTALL}{wait}"


def shown_twice(see: Callable[..., RefreshObservation]) -> RefreshObservation:
    """An observation, or another one at other moments if an expired token was sent in the first."""
    seen = see()
    return seen if seen.expired is None or seen.ahead else see(later_s=LATER_S)


@contextmanager
def observed_hours(bench: ClientSessions, clocks: Clocks, recorder: Recorder, *, real_time: bool) -> Iterator[Hours]:
    """The observations of a run, ended with the block."""
    hours = Hours(bench, clocks, recorder, real_time=real_time)
    try:
        yield hours
    finally:
        hours.close()
