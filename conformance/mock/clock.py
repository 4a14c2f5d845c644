"""Time that can be moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """A running clock plus an offset; `source` gives seconds since the epoch."""

    source: Callable[[], float] = time.time
    offset_s: float = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.source() + self.offset_s

    def advance(self, seconds: float) -> None:
        """Move this clock forward, or backward if `seconds` is negative."""
        self.offset_s += seconds

    def reset(self) -> None:
        """Show the source's own time again."""
        self.offset_s = 0.0
