"""Live progress: a bar on a terminal, a few plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from typing import Any

from conformance.report.text import one_line
from conformance.results import Outcome

TENTHS = 10


class Progress:
    """What is done, how fast, how long it will take, and every failure as it happens. Writes to standard error."""

    def __init__(self) -> None:
        self._total = self._done = self._exchanges = self._tenth = 0
        self._tick = time.perf_counter()
        self._bar: Any = None
        self._task: Any = None

    def start(self, total: int) -> None:
        """Begin a run of `total` cases."""
        self._total = total
        if not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=Console(stderr=True, highlight=False),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=total)

    def case(self, rule_id: str, outcome: Outcome, exchanges: int) -> None:  # noqa: ARG002 - part of what happened
        """Count a case that was judged."""
        self._done += 1
        self._exchanges += exchanges
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=f"{rule_id}  {self._rate()}")
        elif self._total and self._done * TENTHS // self._total > self._tenth:
            self._tenth = self._done * TENTHS // self._total
            self._print(f"{self._done} of {self._total} cases, {self._rate()}, {self._left()}")

    def failure(self, summary: str) -> None:
        """Show a failure at once."""
        self._print(f"failed  {one_line(summary, 160)}")

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()

    def _rate(self) -> str:
        seconds = max(time.perf_counter() - self._tick, 0.001)
        return f"{self._exchanges} exchanges, {self._exchanges / seconds:.0f}/s"

    def _left(self) -> str:
        """The time that the rest will take at the pace so far."""
        spent = time.perf_counter() - self._tick
        return f"about {spent / self._done * (self._total - self._done):.0f} s left"

    def _print(self, line: str) -> None:
        if self._bar is not None:
            self._bar.console.print(line, markup=False)
        else:
            print(line, file=sys.stderr)  # noqa: T201 - the console of the command
