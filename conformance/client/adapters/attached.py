"""A client that a developer starts by hand, under a debugger for instance: the suite waits, and does not hurry."""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import Future
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
from conformance.client.adapters.executables import RunningProgram
from conformance.client.adapters.protocol import Conversation
from conformance.contract.durations import DAY_S

NO_HURRY_S = float(DAY_S)
QUESTIONS, ANSWERS = "questions", "answers"


class Attached:
    """A driver over two named pipes."""

    def __init__(self) -> None:
        """Make the pipes, say where they are, and wait until an adapter has opened both."""
        self._folder = Path(tempfile.mkdtemp(prefix="synq-attach-"))
        questions, answers = self._folder / QUESTIONS, self._folder / ANSWERS
        os.mkfifo(questions, 0o600)
        os.mkfifo(answers, 0o600)
        print(f"waiting for the adapter; start it as\n  ADAPTER <{questions} >{answers}", file=sys.stderr, flush=True)  # noqa: T201 - a prompt
        try:
            asking, answering = questions.open("wb"), answers.open("rb")
        finally:
            self._remove()
        self._conversation = Conversation(answering, asking, lambda: "the adapter closed its end")

    @property
    def alive(self) -> bool:
        return self._conversation.broken is None

    def configure(self, configuration: Configuration, within_s: float) -> Introduction | Raised:  # noqa: ARG002 - no hurry
        return self._conversation.configure(configuration, NO_HURRY_S)

    def request(self, call: ApiCall) -> Future[Answer]:
        return self._conversation.request(call)

    def advance_clock(self, seconds: float, within_s: float) -> None:  # noqa: ARG002 - no hurry
        self._conversation.advance_clock(seconds, NO_HURRY_S)

    def now(self, within_s: float) -> ClockReading:  # noqa: ARG002 - no hurry
        return self._conversation.now(NO_HURRY_S)

    def programs(self) -> tuple[RunningProgram, ...]:
        """None: it was started by hand."""
        return ()

    def printed(self) -> None:
        """Not seen: its errors go to the developer's terminal."""
        return

    def shut_down(self, within_s: float) -> int | None:  # noqa: ARG002 - the developer's process stays
        return None

    def close(self) -> None:
        """Close the pipes, which ends the adapter."""
        self._conversation.fail(AdapterError("the suite has let go of the adapter"))

    def _remove(self) -> None:
        for name in (QUESTIONS, ANSWERS):
            (self._folder / name).unlink(missing_ok=True)
        self._folder.rmdir()
