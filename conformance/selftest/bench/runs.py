"""Runs of the suite and of others as processes of their own, with what each took."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import tomli_w

from conformance.http.message import Response
from conformance.mock.call import Call, Synq
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create

COMMAND = (sys.executable, "-c", "from conformance.cli import main; main()")
ALONE = ("--", "-p", "no:schemathesis")
"""Schemathesis is a plugin of pytest as well, and would be loaded into each run of the suite that stands beside it."""
WRONG_USAGE = 2
Known = Callable[[dict[str, Any]], dict[str, Any]]
"""How much of a profile a run is told."""


@dataclass(frozen=True, slots=True)
class Took:
    """What one process took."""

    code: int
    seconds: float
    peak_mb: float
    """The most memory that it held."""
    out: str


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of the suite."""

    took: Took
    exchanges: int
    duration_s: float
    """Of the run itself, without start-up."""


def process(command: Sequence[str], folder: Path) -> Took:
    """Run it to its end."""
    begun = time.perf_counter()
    with (folder / "out").open("w+", encoding="utf-8") as out:
        running = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=folder, env=_environ(), stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(running.pid, 0)
        seconds = time.perf_counter() - begun
        running.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return Took(running.returncode, seconds, usage.ru_maxrss / 1024, out.read())


def suite(folder: Path, *arguments: str, command: Sequence[str] = COMMAND) -> Ran:
    """Run the suite with these arguments; raises RuntimeError if it leaves no report."""
    options, of_pytest = _parted(arguments)
    took = process((*command, *options, "--report-dir", "reports", *ALONE, *of_pytest), folder)
    path = folder / "reports" / "report.json"
    if not path.is_file():
        raise RuntimeError(f"synq-conformance {' '.join(arguments)} ended with {took.code}: {took.out[-500:]}")
    run = json.loads(path.read_text("utf-8"))["run"]
    shutil.rmtree(folder / "reports")
    return Ran(took, run["exchanges"], run["duration_s"])


def _parted(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The options, and what is pytest's behind the dashes."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


@contextmanager
def apart(folder: Path, *faults: str) -> Iterator[str]:
    """The embedded Synq in a process of its own, its profile in the folder; yields its base URL."""
    named = [word for name in faults for word in ("--fault", name)]
    running = subprocess.Popen(  # noqa: S603 - our own command
        (*COMMAND, "mock", *named), env=_environ(), stdout=subprocess.PIPE, text=True
    )
    try:
        if running.stdout is None:
            raise RuntimeError("a pipe was asked for")
        profile = json.loads(running.stdout.readline())["profile"]
        (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        yield str(profile["target"]["base_url"])
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(30)
        if running.stdout is not None:
            running.stdout.close()


@dataclass(slots=True)
class Counter:
    """What a server of this process has answered, and when it began."""

    answered: int = 0
    first_at: float = 0.0
    begun: Event = field(default_factory=Event)


@contextmanager
def counting(folder: Path, change: Callable[[Synq], object] = lambda _synq: None) -> Iterator[tuple[str, Counter]]:
    """The embedded Synq in this process, changed so, its profile in the folder; yields its base URL and the count."""
    synq, counter = create(), Counter()
    change(synq)
    answer = synq.steps.answer

    def counted(call: Call) -> Response:
        if not counter.answered:
            counter.first_at = time.perf_counter()
            counter.begun.set()
        counter.answered += 1
        return answer(call)

    synq.steps = replace(synq.steps, answer=counted)
    with serve(synq) as running:
        (folder / "profile.toml").write_text(tomli_w.dumps(describe(synq, running.base_url)), "utf-8")
        yield running.base_url, counter


def seconds_to_the_first_request(folder: Path) -> float:
    """From the start of the command until its target is asked for the first time; raises RuntimeError if never."""
    with counting(folder) as (_, counter):
        begun = time.perf_counter()
        running = _server(folder, subprocess.DEVNULL)
        asked = counter.begun.wait(60)
        _ended(running)
        if not asked:
            raise RuntimeError("the run sent nothing")
        return counter.first_at - begun


@dataclass(frozen=True, slots=True)
class FirstFailure:
    """What a run tells of first, and what it took until then; without a failure, what the whole run took."""

    said: str | None
    seconds: float
    requests: int


def first_failure(folder: Path, change: Callable[[Synq], object], known: Known = dict) -> FirstFailure:
    """From the first request of a run, told what is known, until it tells of a failure, or to its end.

    Raises RuntimeError if the run is of no use: exit code 2.
    """
    with counting(folder, change) as (_, counter):
        profile = folder / "profile.toml"
        profile.write_text(tomli_w.dumps(known(tomllib.loads(profile.read_text("utf-8")))), "utf-8")
        running = _server(folder, subprocess.PIPE)
        said, last = None, ""
        if running.stdout is not None:
            for line in running.stdout:
                last = line
                if line.startswith("failed "):
                    said = line.removeprefix("failed ").strip()
                    break
        found = FirstFailure(said, time.perf_counter() - counter.first_at, counter.answered)
        if running.stdout is not None:
            running.stdout.close()
        _ended(running)
        if said is None and running.returncode == WRONG_USAGE:
            raise RuntimeError(f"the run was refused: {last}")
        return found


def _server(folder: Path, out: int) -> subprocess.Popen[str]:
    options = ("--profile", "profile.toml", "--level", "hardening", "--report-dir", "reports")
    return subprocess.Popen(  # noqa: S603 - our own command
        (*COMMAND, "server", *options, *ALONE),
        cwd=folder,
        env=_environ(),
        stdout=out,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _ended(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGTERM)
    running.wait(60)


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("SYNQ_", "PYTEST_"))}
