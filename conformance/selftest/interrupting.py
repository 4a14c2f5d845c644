"""Runs that are interrupted: started, ended by a signal at some moment, and looked for afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.selftest.commands import INTERRUPTIBLE

MARK = "INTERRUPTED_RUN"
"""A variable that every process of a run inherits, by which those are found that are left."""
GONE_WITHIN_S = 10.0
ENDS_WITHIN_S = 120.0
COUNTED = frozenset(
    {"exchange", "control", "curl", "exchanges", "statuses", "latencies_ms", "duration_s", "started", "duration_ms"}
)
"""What differs between two undisturbed runs as well: times, the run's name, what the target holds by then.

Requests that set up a process are sent again, so their number differs by a few.
"""


@dataclass
class InterruptedRun:
    """A command under way."""

    arguments: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mark = uuid.uuid4().hex
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SYNQ_", "PYTEST_"))}
        self._log = (self.folder / "log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", INTERRUPTIBLE, *self.arguments],
            cwd=self.folder,
            env=inherited | dict(self.environ) | {MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        try:
            return self.process.wait(ENDS_WITHIN_S)
        finally:
            self.process.kill()
            self._log.close()

    def interrupted(self, number: signal.Signals) -> int:
        """Send the signal to its main process alone, and wait for its end; the exit code."""
        self.process.send_signal(number)
        return self.ended()

    @property
    def said(self) -> str:
        """All that it printed."""
        return (self.folder / "log").read_text("utf-8")

    @property
    def judged(self) -> int:
        """Cases in its journal so far."""
        journal = self.folder / "reports" / "journal.jsonl"
        return journal.read_bytes().count(b'"case":') if journal.is_file() else 0

    def wait_for_cases(self, number: int) -> None:
        """Wait until so many cases were judged, or until it has ended."""
        self._wait_until(lambda: self.judged >= number)

    def wait_for_process(self, words: str) -> None:
        """Wait until a process of it has these words in its command line, or until it has ended."""
        self._wait_until(lambda: any(words in one for one in self._processes()))

    def wait_for_words(self, words: str) -> None:
        """Wait until it has printed these, or has ended."""
        self._wait_until(lambda: words in self.said)

    def _wait_until(self, so: Callable[[], bool]) -> None:
        give_up = time.monotonic() + ENDS_WITHIN_S
        while not so() and self.process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.02)

    def left_running(self) -> list[str]:
        """What is still there of it after a while, each as its command line."""
        give_up = time.monotonic() + GONE_WITHIN_S
        while (left := list(self._processes())) and time.monotonic() < give_up:
            time.sleep(0.1)
        return left

    def _processes(self) -> Iterator[str]:
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                if f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    yield (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue  # it has ended, or is another user's


def comparable(report: Path) -> Any:  # noqa: ANN401 # parsed JSON
    """All that a report says but for times and counts of requests."""
    data = json.loads(report.read_text("utf-8"))
    data["run"]["id"] = None
    data["digests"].update(journal=None, exchanges=None)  # they tell the time, too
    return _without_counts(data)


def _without_counts(data: Any) -> Any:  # noqa: ANN401 # the same
    match data:
        case dict():
            return {name: _without_counts(value) for name, value in data.items() if name not in COUNTED}
        case list():
            return [_without_counts(value) for value in data]
        case _:
            return data


def not_compared(report: Path) -> int:
    """How many requests the report counts."""
    exchanges: int = json.loads(report.read_text("utf-8"))["run"]["exchanges"]
    return exchanges
