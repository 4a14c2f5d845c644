"""How far a calibration has come: a bar on a terminal, a few plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from conformance.report.text import one_line

LINES = 20
"""Plain lines in the whole course, whatever the number of subjects."""


class CalibrationProgress:
    """What is judged, how long the rest will take, and every problem as soon as it is seen. On standard error."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._lines = total, 0, 0
        self._tick = time.perf_counter()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._start_bar()
        else:
            self._print(f"judging {self._total} in all")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def judged(self, name: str, problems: Iterable[str]) -> None:
        """Count a subject, and tell what is wrong with its trial."""
        self._done += 1
        for problem in problems:
            self._print(f"✗ {name}: {one_line(problem, 200)}")
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=name)
        elif self._done * LINES // self._total > self._lines:
            self._lines = self._done * LINES // self._total
            self._print(f"{self._done} of {self._total} judged, {self._left()}")

    def _left(self) -> str:
        spent = time.perf_counter() - self._tick
        return f"{spent:.0f} s so far, about {spent / self._done * (self._total - self._done):.0f} s left"

    def _start_bar(self) -> None:
        self._bar = Bar(
            BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"),
            console=Console(stderr=True, highlight=False), transient=True,
        )  # fmt: skip
        self._bar.start()
        self._task = self._bar.add_task("", total=self._total)

    def _print(self, line: str) -> None:
        if self._bar is not None:
            self._bar.console.print(line, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - the console of the command
