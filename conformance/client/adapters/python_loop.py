"""Speak the adapter protocol on standard input and output for any Python client. Needs nothing but Python itself.

usage:  python python_loop.py MODULE:FACTORY [ARGUMENT …]

The module says who it is (NAME, VERSION), which of its exceptions are of which kind (ERROR_KINDS), and, if its
client takes `content` also as an iterable of octets, CAPABILITIES = {"form", "stream"}. The factory takes the
settings of `configure` as keywords, after the ARGUMENTs if there are any, and returns an object with
`request(method, path, *, params, headers, json | content)`, sync or async, whose answer has `status_code` and
`text`. An object that has `advance_clock(seconds)` gains the capability `clock`; one whose module names the
capability "now" says by `now()` what its clock shows; one that has `close()` is closed when it is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import io
import json
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

Message = dict[str, Any]
PIECE = 16 * 1024
"""Octets of a streamed body at a time."""


def arguments_of(message: Message) -> tuple[tuple[str, str], Message]:
    """The positional and the keyword arguments of `client.request` for one `request` message."""
    keywords: Message = {
        "params": _pairs(message.get("query")),
        "headers": dict(_pairs(message.get("headers")) or ()),
    }
    if "form" in message:
        keywords["content"] = urllib.parse.urlencode(message["form"]).encode()
        keywords["headers"].setdefault("Content-Type", "application/x-www-form-urlencoded")
    elif message.get("stream"):
        keywords["content"] = Pieces(json.dumps(message["json"], ensure_ascii=False).encode())
        keywords["headers"].setdefault("Content-Type", "application/json")
    elif "json" in message and message["json"] is None:
        # To most libraries json=None means "no body"; the protocol means the four octets `null`.
        keywords["content"] = b"null"
        keywords["headers"].setdefault("Content-Type", "application/json")
    elif "json" in message:
        keywords["json"] = message["json"]
    return (message["method"], message["path"]), keywords


class Pieces:
    """A body that is read piece by piece, as often as it is asked for."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._octets), PIECE):
            yield self._octets[start : start + PIECE]


def _pairs(value: Any) -> list[tuple[str, str]] | None:  # noqa: ANN401 - any JSON value
    """Names and values, given as an object (a value may be a list) or as a list of pairs."""
    if not value:
        return None
    items: Iterable[Any] = value.items() if isinstance(value, dict) else value
    return [(name, one) for name, many in items for one in (many if isinstance(many, list) else [many])]


def closing_of(client: Any) -> Any:  # noqa: ANN401 - the client's own class, and what it returns
    """Close the client if it can be closed; what that returns, which may be awaitable."""
    close = getattr(client, "aclose", None) or getattr(client, "close", None)
    return close() if close else None


class ProcessClock(Protocol):
    """The wall clock of this process, if it can be moved whatever client is in it."""

    def advance(self, seconds: float) -> None: ...

    def set_right(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Library:
    """The client library under test, as its adapter module presents it."""

    name: str
    version: str
    kind_of: Callable[[BaseException], str]
    """The protocol's kind of an exception that the client raised."""
    make: Callable[..., Any]
    arguments_of: Callable[[Message], tuple[tuple[str, str], Message]] = arguments_of
    clock: ProcessClock | None = None
    """Moved if the client has no `advance_clock` of its own."""
    capabilities: frozenset[str] = frozenset()
    """What it can do beyond version 1 of the protocol: `form`, `stream`, `now`."""


def library(spec: str, arguments: list[str]) -> Library:
    """Load MODULE:FACTORY from the current folder."""
    sys.path.insert(0, str(Path.cwd()))
    module_name, _, factory = spec.partition(":")
    module = importlib.import_module(module_name)

    def make(**settings: str) -> Any:  # noqa: ANN401 - the client's own class
        return getattr(module, factory)(*arguments, **settings)

    standard: dict[type[BaseException], str] = {PermissionError: "permission", OSError: "transport"}
    known = {**module.ERROR_KINDS, **standard}

    def kind_of(error: BaseException) -> str:
        return next((known[base] for base in type(error).__mro__ if base in known), "other")

    capabilities = frozenset(getattr(module, "CAPABILITIES", ()))
    return Library(module.NAME, module.VERSION, kind_of, make, capabilities=capabilities)


class AdapterLoop:
    """One conversation: what is done in turn, and what is done meanwhile."""

    def __init__(self, library: Library, output: TextIO) -> None:
        self._library = library
        self._client: Any = None
        self._output = output
        self._writing = threading.Lock()

    async def run(self) -> None:
        """Answer every line until `shutdown` or the end of the input."""
        lines: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, "")

        threading.Thread(target=read, daemon=True).start()
        tasks: set[asyncio.Task[None]] = set()
        while line := await lines.get():
            message = json.loads(line)
            if message["op"] == "request" and inspect.iscoroutinefunction(getattr(self._client, "request", None)):
                task = asyncio.create_task(self._request_async(message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            elif message["op"] == "request":
                threading.Thread(target=self._request, args=(message,), daemon=True).start()
            else:
                self._answer(message, await self._in_turn(message))
                if message["op"] == "shutdown":
                    return

    async def _in_turn(self, message: Message) -> Message:
        settings = {key: value for key, value in message.items() if key not in ("id", "op")}
        try:
            match message["op"]:
                case "configure":
                    await self._close()
                    self._client = self._library.make(**settings)
                    return {"ok": self._introduction()}
                case "advance_clock" if (advance := self._advance()) is not None:
                    advance(settings["seconds"])
                    return {"ok": {}}
                case "now":
                    return {"ok": self._now()}
                case "close" | "shutdown":
                    await self._close()
                    return {"ok": {}}
                case other:
                    return {"error": {"kind": "unsupported", "message": f"this adapter has no op {other}"}}
        except Exception as error:  # noqa: BLE001 - an exception of the client is an answer, not the adapter's end
            return self._failure(error)

    def _introduction(self) -> Message:
        capabilities = set(self._library.capabilities)
        if self._advance() is not None:
            capabilities.add("clock")
        if any(hasattr(self._client, name) for name in ("aclose", "close")):
            capabilities.add("close")
        if getattr(self._client, "advance_clock", None) is None:
            capabilities.add("now")
        return {
            "name": self._library.name,
            "version": self._library.version,
            "language": "python",
            "capabilities": sorted(capabilities),
        }

    def _now(self) -> Message:
        """The clocks as the client sees them: its own if it can say so, else this process's."""
        own = "now" in self._library.capabilities
        return {"unix_s": float(self._client.now()) if own else time.time(), "monotonic_s": time.monotonic()}

    def _failure(self, error: BaseException) -> Message:
        """The protocol's error for an exception that the client raised."""
        return {"error": {"kind": self._library.kind_of(error), "message": str(error) or type(error).__name__}}

    def _advance(self) -> Callable[[float], None] | None:
        own: Callable[[float], None] | None = getattr(self._client, "advance_clock", None)
        clock = self._library.clock
        return own or (None if clock is None else clock.advance)

    async def _close(self) -> None:
        client, self._client = self._client, None
        with contextlib.suppress(Exception):  # a client that cannot be closed is replaced all the same
            closing = closing_of(client)
            if inspect.isawaitable(closing):
                await closing
        if self._library.clock is not None:
            self._library.clock.set_right()

    def _request(self, message: Message) -> None:
        try:
            positional, keywords = self._library.arguments_of(message)
            answer = self._client.request(*positional, **keywords)
            self._answer(message, {"ok": {"status": int(answer.status_code), "body": str(answer.text)}})
        except Exception as error:  # noqa: BLE001 - the same
            self._answer(message, self._failure(error))

    async def _request_async(self, message: Message) -> None:
        try:
            positional, keywords = self._library.arguments_of(message)
            answer = await self._client.request(*positional, **keywords)
            self._answer(message, {"ok": {"status": int(answer.status_code), "body": str(answer.text)}})
        except Exception as error:  # noqa: BLE001 - the same
            self._answer(message, self._failure(error))

    def _answer(self, message: Message, answer: Message) -> None:
        line = json.dumps({"id": message["id"], **answer}) + "\n"
        with self._writing:
            self._output.write(line)
            self._output.flush()


def speak(load: Callable[[], Library]) -> None:
    """Speak for the library that `load` returns, until `shutdown` or the end of the input."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    # A stray print of a library, when it is imported or later, must not break the protocol.
    output, sys.stdout = sys.stdout, sys.stderr
    asyncio.run(AdapterLoop(load(), output).run())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python_loop.py MODULE:FACTORY [ARGUMENT …]")
    speak(lambda: library(sys.argv[1], sys.argv[2:]))
