"""The embedded Synq in a process of its own: it answers on another core than its caller asks from."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from conformance.mock.clock import Clock
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.mock.tls_door import SecurelyServed, serve_securely

PACKAGES = Path(__file__).parents[2]
"""The folder that holds this package."""
PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from conformance.mock.own_process import serve_as_told
serve_as_told(sys.argv[2:])
"""
ENDS_WITHIN_S = 3.0


class ServerEnded(RuntimeError):
    """The process of the embedded Synq ended before it was told to."""


@dataclass(frozen=True, slots=True)
class ServedApart:
    """A Synq that listens in another process."""

    profile: Mapping[str, Any]
    """All that a caller may know of it, in the shape of a target profile."""
    secure: SecurelyServed
    clock: ClockApart


@dataclass(frozen=True, slots=True)
class ClockApart:
    """The clock of a Synq in another process; each call raises ServerEnded if that is gone."""

    process: subprocess.Popen[str]
    turn: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._told({})

    def advance(self, seconds: float) -> None:
        """Move it forward, or backward if `seconds` is negative."""
        self._told({"advance": seconds})

    def reset(self) -> None:
        """Show the machine's own time again."""
        self._told({"reset": True})

    def _told(self, message: Mapping[str, object]) -> float:
        with self.turn:
            try:
                _said(self.process.stdin, message)
            except OSError as error:
                raise ServerEnded(_ended(self.process)) from error
            return float(_heard(self.process)["now"])


@contextmanager
def serve_apart(faults: Sequence[str] = ()) -> Iterator[ServedApart]:
    """Serve from a process of its own until the block ends, or until this process does.

    Raises ServerEnded if it does not come to that.
    """
    command = [sys.executable, "-P", "-c", PROGRAM, str(PACKAGES), *faults]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 - our own program
        try:
            opened = _heard(process)
            yield ServedApart(opened["profile"], SecurelyServed(**opened["secure"]), ClockApart(process))
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.close()  # which tells it to end
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = "" if process.stdout is None else process.stdout.readline()
    if not line:
        raise ServerEnded(_ended(process))
    heard: dict[str, Any] = json.loads(line)
    return heard


def _ended(process: subprocess.Popen[str]) -> str:
    return f"the embedded Synq's process ended early, with exit code {process.wait(ENDS_WITHIN_S)}"


def _said(stream: IO[str] | None, message: Mapping[str, object]) -> None:
    if stream is not None:
        print(json.dumps(message), file=stream, flush=True)


def serve_as_told(faults: Sequence[str]) -> None:
    """Be that process: say on standard output what is served, and move the clock by what standard input says.

    Ends with standard input.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is sent to the whole group, and the caller still asks
    synq = create()
    for name in faults:
        apply_fault(synq, name)
    with serve(synq) as served, serve_securely(synq) as door:
        _said(sys.stdout, {"profile": describe(synq, served.base_url), "secure": asdict(door)})
        for line in sys.stdin:
            _moved(synq.clock, json.loads(line))
            _said(sys.stdout, {"now": synq.clock.now()})


def _moved(clock: Clock, message: Mapping[str, Any]) -> None:
    if message.get("reset"):
        clock.reset()
    clock.advance(message.get("advance", 0.0))
