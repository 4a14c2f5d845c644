"""Live progress: a bar on a terminal, a few plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column

from conformance.report.text import one_line
from conformance.results.aggregate import Case
from conformance.results.data import Outcome

TENTHS = 10
SHOWN = 3
"""Failures of a rule that are shown as they happen; of a rule broken in hundreds of cases the rest is only counted."""
SAID = 240
"""Characters of a line."""


class Progress:
    """What is done, how fast, how long it will take, and failures as they happen. Writes to standard error."""

    def __init__(self) -> None:
        self._total = self._done = self._exchanges = self._tenth = 0
        self._seen: Counter[str] = Counter()
        self._tick = time.perf_counter()
        self._bar: Any = None
        self._task: Any = None

    def start(self, total: int) -> None:
        """Begin a run of `total` cases."""
        self._total = total
        if not sys.stderr.isatty():
            return

        # One line at any width: the figures keep their room, the bar gives way, then the rule's id is cut.
        self._bar = Bar(
            BarColumn(bar_width=None, table_column=Column(min_width=4, max_width=40, ratio=1)),
            TextColumn("{task.completed}/{task.total} cases", table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[rate]}", table_column=Column(no_wrap=True)),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
            TextColumn("left", table_column=Column(no_wrap=True)),
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            console=Console(stderr=True, highlight=False),
            transient=True,
            expand=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=total, rate="")

    def case(self, case: Case, *, besides: bool = False) -> None:
        """Count a case that was judged, and say so at once if it failed; `besides`: seen by a case that was counted."""
        self._done += not besides
        self._exchanges += case.exchanges
        for finding in case.findings:
            self._trouble("failed", case, finding.summary)
        if case.outcome is Outcome.ERROR:
            self._trouble("error", case, case.reason or "no reason was recorded")
        if self._bar is not None:
            self._bar.update(self._task, advance=int(not besides), description=case.rule, rate=self._rate())
        elif self._total and self._done * TENTHS // self._total > self._tenth:
            self._tenth = self._done * TENTHS // self._total
            self.line(f"{self._done} of {self._total} cases, {self._rate()}{self._left()}")

    def line(self, words: str) -> None:
        """Say something on a single line of the terminal, above the bar if there is one."""
        if self._bar is not None:
            self._bar.console.print(one_line(words, SAID), markup=False, no_wrap=True, overflow="ellipsis")
        else:
            print(one_line(words, SAID), file=sys.stderr)  # noqa: T201 - the console of the command

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()

    def _trouble(self, word: str, case: Case, summary: str) -> None:
        self._seen[case.rule] += 1
        if self._seen[case.rule] <= SHOWN:
            name = f"{case.rule}[{case.name}]" if case.name else case.rule
            self.line(f"{word}  {one_line(name, 80)}: {summary}")
        elif self._seen[case.rule] == SHOWN + 1:
            self.line(f"{word}  {case.rule}: further cases of it are not shown here")

    def _rate(self) -> str:
        seconds = max(time.perf_counter() - self._tick, 0.001)
        return f"{self._exchanges} exchanges, {self._exchanges / seconds:.0f}/s"

    def _left(self) -> str:
        """The time that the rest will take at the pace so far."""
        if self._done >= self._total:
            return ""
        spent = time.perf_counter() - self._tick
        return f", about {spent / self._done * (self._total - self._done):.0f} s left"
