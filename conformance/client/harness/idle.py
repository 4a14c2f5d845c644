"""A client that is asked for nothing: what it sends all the same is its own doing, and no call's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.client.fake_api.service import ReceivedRequest
from conformance.client.harness.asides import Aside
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.session import must
from conformance.contract.durations import MINUTE_S
from conformance.contract.words import plural
from conformance.evidence.judge import HarnessError, NotAssessed
from conformance.evidence.recorder import Recorder

SETTLES_S = 0.5
"""What comes so soon after a call may still belong to it, as a refresh does that no caller waits for."""
IDLE_S, IDLE_INLINE_S = 7.5, 1.5
"""How long nothing is asked: aside, while other checks go on, and if the run has to wait for it."""
WITHIN_S = float(MINUTE_S)
MOST_OTHERS = 1
"""API requests that are no sign of a timer."""


@dataclass(frozen=True, slots=True)
class IdleObservation:
    """What arrived while nothing was asked."""

    received_requests: tuple[ReceivedRequest, ...]
    waited_s: float

    @property
    def sign_ins(self) -> int:
        return sum(received.is_sign_in for received in self.received_requests)

    @property
    def is_quiet(self) -> bool:
        """Whether this is nothing to speak of; any sign-in is, for the token is good for most of an hour."""
        return not self.sign_ins and len(self.received_requests) <= MOST_OTHERS

    def told(self) -> str:
        """What arrived, in words."""
        others = len(self.received_requests) - self.sign_ins
        return (
            f"{plural(self.sign_ins, 'sign-in')} and {plural(others, 'other request')} in {self.waited_s:g} s "
            "while nothing was asked"
        )


def idle(bench: ClientSessions, waited_s: float) -> IdleObservation:
    """What a warm client does while it is asked for nothing, seen twice if it is anything at all.

    On a busy machine something that a call began may end late; what a timer does comes again.
    """
    first = _watched(bench, waited_s)
    return first if first.is_quiet else _watched(bench, waited_s)


def _watched(bench: ClientSessions, waited_s: float) -> IdleObservation:
    with bench.configured() as session:
        session.warm_up()
        time.sleep(SETTLES_S)
        seen = len(session.received_requests)
        time.sleep(waited_s)
        return IdleObservation(session.received_requests[seen:], waited_s)


class Idling:
    """The one observation of this run, which is begun early if the client can have a process for it."""

    def __init__(self, bench: ClientSessions, recorder: Recorder) -> None:
        self._bench, self._recorder = bench, recorder
        self._aside = Aside(bench, lambda aside: idle(aside, IDLE_S)) if bench.launcher.process else None
        self._seen: IdleObservation | None = None

    def observation(self) -> IdleObservation:
        """What the client did; raises NotAssessed or HarnessError if it cannot be said."""
        if self._seen is None:
            self._seen = self._aside.seen(self._recorder, WITHIN_S) if self._aside else idle(self._bench, IDLE_INLINE_S)
        return self._seen

    def must_be_quiet(self) -> None:
        """Raises Violation if the client sends requests that no call caused."""
        seen = self.observation()
        must(
            seen.is_quiet,
            seen.told(),
            expected="no request without a call",
            got=len(seen.received_requests),
            shown=seen.received_requests[-1] if seen.received_requests else None,
        )

    def explain(self) -> None:
        """Raises NotAssessed if requests that no call caused may have been counted."""
        try:
            seen = self.observation()
        except (HarnessError, NotAssessed):
            return
        if not seen.is_quiet:
            raise NotAssessed(f"follows from quiet-when-idle: {seen.told()}")

    def close(self) -> None:
        if self._aside:
            self._aside.close()


@contextmanager
def observed_idle(bench: ClientSessions, recorder: Recorder) -> Iterator[Idling]:
    """The observation of a run, ended with the block."""
    idling = Idling(bench, recorder)
    try:
        yield idling
    finally:
        idling.close()
