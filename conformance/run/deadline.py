"""The deadline of a run: a case that is under way when it is reached is broken off, and no other is begun."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from conformance.contract.durations import HOUR_S, MINUTE_S
from conformance.evidence.judge import NotAssessed

AGAIN_S = 3.0
"""A case that holds on, in cleaning up for instance, is broken off again after so long."""


class DeadlineReached(BaseException):
    """Breaks off whatever is being waited for. No Exception, so that no check and no library takes it for a failure."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the run ends, whatever is left."""

    ends: float
    """By time.monotonic, which is the same in every process of the machine."""
    seconds: float
    """How long the whole run may take."""

    @property
    def cause(self) -> str:
        """Why what is left is not assessed."""
        return f"the deadline of {_in_words(self.seconds)} was reached; --resume judges the rest"

    @property
    def reached(self) -> bool:
        return time.monotonic() >= self.ends

    @contextmanager
    def kept(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Break the block off at the deadline: tell the cause, and raise NotAssessed.

        Only the main thread can be broken off.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        armed = True

        def break_off(_number: int, _frame: FrameType | None) -> None:
            if armed:
                raise DeadlineReached

        before = signal.signal(signal.SIGALRM, break_off)
        signal.setitimer(signal.ITIMER_REAL, max(0.001, self.ends - time.monotonic()), AGAIN_S)
        try:
            yield
        except DeadlineReached:
            armed = False
            tell(self.cause)
            raise NotAssessed(self.cause) from None
        finally:
            armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _in_words(seconds: float) -> str:
    for unit, name in ((HOUR_S, "hour"), (MINUTE_S, "minute")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}{'s' if seconds > unit else ''}"
    return f"{seconds:g} s"
