"""An adapter as a process of its own: started, spoken to, and ended with all its children."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shlex
import signal
import subprocess
import threading
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from conformance.client.adapters.driver import (
    AdapterError,
    Answer,
    ApiCall,
    ClockReading,
    Configuration,
    Introduction,
    Raised,
)
from conformance.client.adapters.executables import RunningProgram, programs_of
from conformance.client.adapters.guardian import GUARDIAN
from conformance.client.adapters.protocol import Conversation, settled

MOST_PRINTED = 8 * 2**20
"""Octets of standard error that are kept to be searched."""
ENDS_WITHIN_S = 1.0
"""How long a killed adapter's pipes may stay open; only a descendant that left the group holds them longer."""
LAST_LINES, LONGEST_TRACE = 8, 40
"""Lines of standard error that an error message repeats: the last ones, or an error's whole account of itself."""
TRACE = re.compile(
    r"Traceback \(most recent call last\)|Exception in thread|panic: |fatal error: |thread '.*' panicked|"
    r"(node:|file:|/)\S*:\d+$|Uncaught |Unhandled |\w*Error: |Can't locate |PHP \w+ error: |\S+: .*\(\w+Error\)$"
)
"""The first line of such an account, in the usual languages."""

_running: weakref.WeakSet[AdapterProcess] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Program:
    """How to start an adapter."""

    command: tuple[str, ...]
    cwd: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to the suite's own environment."""

    @classmethod
    def of(cls, command: str) -> Program:
        """From a command line as a shell would split it; raises ValueError if quotes are left open."""
        words = tuple(shlex.split(command))
        if not words:
            raise ValueError("--command is empty: give the command that starts the adapter")
        return cls(words)

    def with_environment(self, **variables: str) -> Program:
        """The same program with these variables on top."""
        return Program(self.command, self.cwd, {**self.environment, **variables})

    def __str__(self) -> str:
        return shlex.join(self.command)


class AdapterProcess:
    """A running adapter: a driver over its standard input and output."""

    def __init__(self, program: Program) -> None:
        """Start it; raises AdapterError if the operating system cannot."""
        self._program = program
        self._printed = bytearray()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - running the user's own command is what is asked for
                program.command,
                cwd=program.cwd,
                env={**os.environ, **program.environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise AdapterError(f"the adapter `{program}` could not be started: {error}") from error
        _running.add(self)
        GUARDIAN.begun(self._process.pid)
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AdapterError("the adapter was started without pipes")
        self._draining = threading.Thread(target=self._drain, name="adapter errors", daemon=True)
        self._draining.start()
        self._conversation = Conversation(stdout, stdin, self._why_it_ended)
        self._closes = False

    @property
    def alive(self) -> bool:
        return self._conversation.broken is None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def configure(self, configuration: Configuration, within_s: float) -> Introduction | Raised:
        self._printed.clear()  # what is kept is bounded, and each session has the whole of it
        configured = self._conversation.configure(configuration, within_s)
        self._closes = isinstance(configured, Introduction) and "close" in configured.capabilities
        return configured

    def request(self, call: ApiCall) -> Future[Answer]:
        return self._conversation.request(call)

    def advance_clock(self, seconds: float, within_s: float) -> None:
        self._conversation.advance_clock(seconds, within_s)

    def now(self, within_s: float) -> ClockReading:
        return self._conversation.now(within_s)

    def answer_to(self, op: str, within_s: float) -> Mapping[str, object]:
        """The whole answer to an op without fields, be it one of the protocol or not."""
        return settled(self._conversation.ask(op), op, within_s)

    def programs(self) -> tuple[RunningProgram, ...]:
        return programs_of(self._process.pid)

    def printed(self) -> str:
        return bytes(self._printed).decode("utf-8", "replace")

    def shut_down(self, within_s: float) -> int | None:
        if self._closes:
            answer = self.answer_to("close", within_s)
            if "error" in answer:
                raise AdapterError(f"the adapter announced the capability close, but answered {answer}")
        settled(self._conversation.ask("shutdown"), "shutdown", within_s)
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AdapterError(f"the adapter did not exit within {within_s:g} s of `shutdown`") from None
        finally:
            self.close()

    def close(self) -> None:
        """Kill what is left of the process group; harmless when repeated."""
        if self not in _running:
            return  # else it might be another's group by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        _running.discard(self)
        self._process.wait()
        GUARDIAN.ended(self._process.pid)
        self._conversation.fail(AdapterError("the adapter was stopped by the suite"))
        self._conversation.join(ENDS_WITHIN_S)
        self._draining.join(ENDS_WITHIN_S)

    def _drain(self) -> None:
        errors = self._process.stderr
        if errors is None:
            return
        with errors:
            while octets := os.read(errors.fileno(), 65536):
                self._printed += octets[: MOST_PRINTED - len(self._printed)]

    def _why_it_ended(self) -> str:
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "the adapter closed its standard output"
        self._draining.join(0.5)
        lines = account_in(bytes(self._printed).decode("utf-8", "replace").splitlines())
        ending = f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"
        said = ("\n  its last words:\n" + "\n".join(f"    {line[:300]}" for line in lines)) if lines else ""
        return f"the adapter {ending} before it had answered{said}"


def account_in(lines: Sequence[str]) -> Sequence[str]:
    """What a program that died said of it: from the first line of its error on, or else the last lines."""
    first = next((number for number, line in enumerate(lines) if TRACE.match(line)), None)
    if first is None:
        return lines[-LAST_LINES:]
    account = lines[first:]
    if len(account) <= LONGEST_TRACE:
        return account
    half = LONGEST_TRACE // 2
    return [*account[:half], f"… {len(account) - 2 * half} lines …", *account[-half:]]


@atexit.register
def end_all() -> None:
    """Leave nothing running, however the suite ends."""
    for process in list(_running):
        process.close()
