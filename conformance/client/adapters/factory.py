"""A Python client that a factory makes, sync or async, as a driver; and as an adapter, when run as a program.

python -m conformance.client.adapters.factory PKG.MOD:CALLABLE
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from importlib.util import find_spec
from typing import Any

from conformance.client.adapters.driver import (
    Answer,
    ApiCall,
    ClockReading,
    Configuration,
    Introduction,
    Raised,
    Returned,
)
from conformance.client.adapters.executables import RunningProgram
from conformance.client.adapters.python_loop import Library, Message, closing_of, speak
from conformance.config.options import OptionError

Factory = Callable[..., Any]
SETTINGS = ("base_url", "email", "password", "tenant_id", "org_id")
"""What a factory is called with, by keyword."""


def load_factory(spec: str) -> Factory:
    """Returns the callable that `PKG.MOD:CALLABLE` names; raises OptionError if it names none."""
    module_name, colon, name = spec.partition(":")
    if not colon or not module_name or not name:
        raise OptionError(f"--factory {spec}: expected PKG.MOD:CALLABLE")
    if os.getcwd() not in sys.path:  # noqa: PTH109 - sys.path holds strings
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - the same
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise OptionError(f"--factory {spec}: {error}") from error
    except (Exception, SystemExit) as error:  # whatever a module of the user's does when it is imported
        raise OptionError(f"--factory {spec}: importing {module_name} failed: {error!r}") from error
    if not callable(found):
        raise OptionError(f"--factory {spec}: {name} cannot be called")
    made: Factory = found
    return made


class FactoryClient:
    """A driver over a client in this very process. What hangs in here cannot be stopped, only left behind."""

    alive = True

    def __init__(self, spec: str) -> None:
        self._spec, self._factory = spec, load_factory(spec)
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clock = TravellingClock()

    def configure(self, configuration: Configuration, within_s: float) -> Introduction | Raised:  # noqa: ARG002 - cannot be cut short
        self._drop()
        self._clock.set_right()
        settings = {name: getattr(configuration, name) for name in SETTINGS}
        try:
            self._client = self._factory(**settings)
        except Exception as error:  # noqa: BLE001 - whatever the client raises is an answer
            return Raised(kind_of(error), message_of(error))
        capabilities = frozenset({"clock"} if find_spec("time_machine") else ())
        return Introduction(self._spec, "in Python", "python", capabilities)

    def request(self, call: ApiCall) -> Future[Answer]:
        future: Future[Answer] = Future()
        if inspect.iscoroutinefunction(getattr(self._client, "request", None)):
            coroutine = self._async_answer(call)
            asyncio.run_coroutine_threadsafe(coroutine, self._running_loop()).add_done_callback(
                lambda ended: future.set_result(ended.result())
            )
        else:
            threading.Thread(target=lambda: future.set_result(self._answer(call)), daemon=True).start()
        return future

    def advance_clock(self, seconds: float, within_s: float) -> None:  # noqa: ARG002 - takes no time
        """Move the wall clock of this process."""
        self._clock.advance(seconds)

    def now(self, within_s: float) -> ClockReading:  # noqa: ARG002 - takes no time
        return ClockReading(time.time(), time.monotonic())

    def programs(self) -> tuple[RunningProgram, ...]:
        """None: it lives in this process."""
        return ()

    def printed(self) -> str:
        """Returns "": what it prints is read from this process's own output."""
        return ""

    def shut_down(self, within_s: float) -> int | None:  # noqa: ARG002 - takes no time
        self.close()
        return None

    def close(self) -> None:
        self._drop()
        self._clock.set_right()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._turning.join(1.0)
            self._loop = None

    def _drop(self) -> None:
        client, self._client = self._client, None
        with contextlib.suppress(Exception):  # a client that cannot be closed is replaced all the same
            ended = closing_of(client)
            if inspect.iscoroutine(ended):
                asyncio.run_coroutine_threadsafe(ended, self._running_loop()).result(1.0)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._turning = threading.Thread(target=_turn, args=(self._loop,), name="client's event loop", daemon=True)
            self._turning.start()
        return self._loop

    def _answer(self, call: ApiCall) -> Answer:
        try:
            positional, keywords = _arguments_of(call.message())
            return returned(self._client.request(*positional, **keywords))
        except Exception as error:  # noqa: BLE001 - whatever the client raises is an answer
            return Raised(kind_of(error), message_of(error))

    async def _async_answer(self, call: ApiCall) -> Answer:
        try:
            positional, keywords = _arguments_of(call.message())
            return returned(await self._client.request(*positional, **keywords))
        except Exception as error:  # noqa: BLE001 - the same
            return Raised(kind_of(error), message_of(error))


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop until it is stopped, and let go of what it holds."""
    with contextlib.closing(loop):
        loop.run_forever()


def returned(answer: Any) -> Returned:  # noqa: ANN401 - the client's own class
    """A client's response as plain data."""
    return Returned(int(answer.status_code), str(answer.text))


def kind_of(error: BaseException) -> str:
    """Which of the protocol's kinds an exception is, by what it is and by what it is called."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    names = " ".join(kind.__name__.lower() for kind in type(error).__mro__)
    if isinstance(error, PermissionError) or status == 403 or "permission" in names or "forbidden" in names:
        return "permission"
    if status == 401 or any(word in names for word in ("auth", "signin", "sign_in", "credential", "login")):
        return "auth"
    if status is None and (isinstance(error, OSError) or "transporterror" in names or "connectionerror" in names):
        return "transport"
    return "other"


def message_of(error: BaseException) -> str:
    return str(error) or type(error).__name__


def serve_factory(spec: str) -> None:
    """Speak the adapter protocol for this factory; exits with a message if there is none."""

    def load() -> Library:
        factory = load_factory(spec)

        def make(**settings: str) -> Any:  # noqa: ANN401 - the client's own class
            return factory(**{name: settings[name] for name in SETTINGS})

        clock = TravellingClock() if find_spec("time_machine") else None
        return Library(spec, "in Python", kind_of, make, _arguments_of, clock)

    try:
        speak(load)
    except OptionError as error:
        sys.exit(str(error))


def _arguments_of(message: Message) -> tuple[tuple[str, str], Message]:
    """The positional and the keyword arguments of `request`, without those that are empty."""
    given = {name: message[key] for key, name in (("query", "params"), ("headers", "headers")) if message.get(key)}
    if "json" in message:
        given["json"] = message["json"]
    return (message["method"], message["path"]), given


class TravellingClock:
    """The wall clock of this process, by time-machine."""

    def __init__(self) -> None:
        self._traveller: Any = None
        self._coordinates: Any = None

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        import time_machine  # late, to spare start-up

        if self._traveller is None:
            self._traveller = time_machine.travel(time.time(), tick=True)
            self._coordinates = self._traveller.start()
        self._coordinates.shift(seconds)

    def set_right(self) -> None:
        """Show the right time again."""
        if self._traveller is not None:
            self._traveller.stop()
            self._traveller = None


if __name__ == "__main__":
    serve_factory(sys.argv[1])
