"""JSON Lines between the suite and an adapter: one object a line, answers in any order."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from typing import IO, Any

from conformance.client.adapters.driver import (
    KINDS,
    AdapterError,
    Answer,
    ApiCall,
    ClockReading,
    Configuration,
    Introduction,
    Overdue,
    Raised,
    Returned,
)

LONGEST_LINE = 32 * 2**20
"""Octets of one answer; an adapter that prints more is stopped."""
SHOWN = 200
"""Characters of a wrong line that an error message repeats."""

Message = dict[str, Any]


class Conversation:
    """Questions and answers over a pair of byte streams, each answer matched to its question by id.

    A stream is closed by the thread that uses it: to close it under that thread would hang.
    """

    def __init__(self, answers: IO[bytes], questions: IO[bytes], ended: Callable[[], str]) -> None:
        """`ended` says why the stream of answers ended, for the error message."""
        self._answers = answers
        self._questions = questions
        self._ended = ended
        self._open: dict[int, Future[Message]] = {}
        self._lock = threading.Lock()
        self._next_id = 1
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.broken: AdapterError | None = None
        self._threads = (
            threading.Thread(target=self._read, name="adapter answers", daemon=True),
            threading.Thread(target=self._write, name="adapter questions", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def ask(self, op: str, **fields: object) -> Future[Message]:
        """Send a question; its future holds the whole answer."""
        future: Future[Message] = Future()
        with self._lock:
            if self.broken is not None:
                future.set_exception(self.broken)
                return future
            number, self._next_id = self._next_id, self._next_id + 1
            self._open[number] = future
        self._outgoing.put(json.dumps({"id": number, "op": op, **fields}).encode() + b"\n")
        return future

    def configure(self, configuration: Configuration, within_s: float) -> Introduction | Raised:
        answer = settled(self.ask("configure", **asdict(configuration)), "configure", within_s)
        if "error" in answer:
            return raised(answer["error"])
        ok = answer["ok"]
        capabilities = ok.get("capabilities", [])
        if not isinstance(capabilities, list):
            raise AdapterError(f"`capabilities` must be a list of strings, not {shown_message(capabilities)}")
        name, version, language = (str(ok.get(key, "unknown")) for key in ("name", "version", "language"))
        return Introduction(name, version, language, frozenset(map(str, capabilities)))

    def request(self, call: ApiCall) -> Future[Answer]:
        answered: Future[Answer] = Future()

        def settle(asked: Future[Message]) -> None:
            try:
                answered.set_result(answer_from(asked.result()))
            except AdapterError as error:
                answered.set_exception(error)

        self.ask("request", **call.message()).add_done_callback(settle)
        return answered

    def advance_clock(self, seconds: float, within_s: float) -> None:
        answer = settled(self.ask("advance_clock", seconds=seconds), "advance_clock", within_s)
        if "error" in answer:
            raise AdapterError(f"the adapter announced the capability clock, but {raised(answer['error'])}")

    def now(self, within_s: float) -> ClockReading:
        answer = settled(self.ask("now"), "now", within_s)
        shown = answer.get("ok", {})
        times = (shown.get("unix_s"), shown.get("monotonic_s"))
        if not all(isinstance(one, int | float) for one in times):
            raise AdapterError(f'`now` needs "ok": {{"unix_s": …, "monotonic_s": …}}, not {shown_message(answer)}')
        return ClockReading(*map(float, times))

    def fail(self, error: AdapterError) -> None:
        """Nothing more can be asked: every open question ends in this error."""
        with self._lock:
            if self.broken is None:
                self.broken = error
            unanswered, self._open = list(self._open.values()), {}
        self._outgoing.put(None)
        for future in unanswered:
            future.set_exception(self.broken)

    def join(self, within_s: float) -> None:
        """Wait for both threads to end, or this long for each: a stray descendant may hold a stream open."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(within_s)

    def _read(self) -> None:
        try:
            while line := self._answers.readline(LONGEST_LINE):
                self._take(line)
        except AdapterError as error:
            self.fail(error)
        except (OSError, ValueError):
            self.fail(AdapterError(self._ended()))
        else:
            self.fail(AdapterError(self._ended()))
        finally:
            self._answers.close()

    def _take(self, line: bytes) -> None:
        message = parsed(line)
        with self._lock:
            future = self._open.pop(message["id"], None)
        if future is None:
            raise AdapterError(f"the adapter answered unknown id {message['id']}: {shown_message(line)}")
        future.set_result(message)

    def _write(self) -> None:
        try:
            while (line := self._outgoing.get()) is not None:
                self._questions.write(line)
                self._questions.flush()
        except (OSError, ValueError):
            pass  # the reading side notices the end and says why
        finally:
            with contextlib.suppress(OSError):
                self._questions.close()


def settled(future: Future[Message], op: str, within_s: float) -> Message:
    """Returns the answer to a question that is asked alone; raises Overdue if it takes longer."""
    try:
        return future.result(within_s)
    except TimeoutError:
        raise Overdue(f"the adapter did not answer `{op}` within {within_s:g} s") from None


def parsed(line: bytes) -> Message:
    """Returns one answer; raises AdapterError, which quotes the line, if it is no answer."""
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict) or type(message.get("id")) is not int:
        raise AdapterError(
            "standard output is for answers only, one JSON object with an integer id a line, but the adapter "
            f"printed {shown_message(line)}"
        )
    if len(message.keys() & {"ok", "error"}) != 1 or not all(
        isinstance(message[key], dict) for key in message.keys() & {"ok", "error"}
    ):
        raise AdapterError(f'an answer has either "ok" or "error", each an object: {shown_message(line)}')
    return message


def answer_from(message: Message) -> Answer:
    """Returns the answer to a `request`; raises AdapterError if its shape is wrong."""
    if "error" in message:
        error = raised(message["error"])
        if error.kind == "unsupported":
            raise AdapterError(f"the adapter does not support `request`: {error.message[:SHOWN]}")
        return error
    status, body = message["ok"].get("status"), message["ok"].get("body", "")
    if type(status) is not int or not 100 <= status <= 599:
        raise AdapterError(f'`request` needs "ok": {{"status": …, "body": …}}, not {shown_message(message["ok"])}')
    return Returned(status, body if isinstance(body, str) else json.dumps(body))


def raised(error: Message) -> Raised:
    """Returns the error that an adapter reports; raises AdapterError for a kind that the protocol does not have."""
    kind = error.get("kind")
    if kind not in KINDS:
        raise AdapterError(f"an error's kind is one of {', '.join(sorted(KINDS))}, not {shown_message(kind)}")
    return Raised(str(kind), str(error.get("message", "")))


def shown_message(thing: object) -> str:
    """Something wrong, short enough for a message."""
    text = thing.decode("utf-8", "backslashreplace") if isinstance(thing, bytes) else repr(thing)
    text = text.rstrip("\r\n")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"
