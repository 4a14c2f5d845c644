"""A breach is shown again before it counts: what a target does once and not again is flaky, with its history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.evidence.judge import NotAssessed, NotSeenAgain, Violation
from conformance.server.harness.controls import Again
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import MovableClock

REPETITIONS = 8
"""Of a case whose breach is not seen again at once: a fault that strikes one time in four is seen with 90 %."""


def repeated(violation: Violation, judge: Callable[[], None]) -> Violation:
    """The violation as it is to be reported once `judge` has judged the case again.

    As it was if the case breaks the rule again; with how often, if only now and then; as NotSeenAgain if no
    repetition that could be judged did.
    """
    judged = 0
    for _ in range(REPETITIONS):
        try:
            judge()
        except Violation:
            return violation if not judged else _told(Violation, violation, f"seen in 2 of {judged + 2} repetitions")
        except NotAssessed:
            continue
        judged += 1
    return _told(NotSeenAgain, violation, f"seen once, and not in {judged} repetitions") if judged else violation


def start_anew(synq: TargetApi, clock: MovableClock | None, again: Again | None = None) -> None:
    """Before a case is judged once more: the time is set right, a new connection is opened, and the case begins."""
    if clock is not None:
        clock.reset()
    synq.reconnect()
    synq.begin(again)


def _told(kind: type[Violation], violation: Violation, history: str) -> Violation:
    findings = (replace(one, summary=f"{one.summary}; {history}") for one in violation.findings)
    return kind(*findings, request=violation.request)
