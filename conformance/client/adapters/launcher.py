"""Launchers: how the options name the client under test, how it is started, and at which address the server is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Protocol

from conformance.client.adapters.driver import Driver
from conformance.client.adapters.process import AdapterProcess, Program
from conformance.client.fake_api.listening import serving
from conformance.client.fake_api.service import FakeApi
from conformance.config.options import OptionError

ANSWER_WITHIN_S = 15.0

Start = Callable[[Mapping[str, str]], Driver]
"""Starts the client, with these variables added to its environment; raises AdapterError if it cannot be started."""


class Address(Protocol):
    """The address at which a client finds the suite's server."""

    @property
    def base_url(self) -> str: ...


Transport = Callable[[FakeApi], AbstractContextManager[Address]]
"""Opens the suite's server to clients."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """How to get at the client under test."""

    name: str
    """What to call it until it has introduced itself."""
    start: Start
    transport: Transport = serving
    process: bool = True
    """Whether it is a process that the suite starts, whose clock can be moved from outside."""
    attached: bool = False
    """Whether a developer started it, who wants to keep it."""
    answer_within_s: float = ANSWER_WITHIN_S


def launcher_of(option: argparse.Namespace) -> Launcher:
    """Returns the client that the options name; raises OptionError if they name none, or more than one."""
    given = {
        "--command": option.synq_command,
        "--factory": option.synq_factory,
        "--adapter": option.synq_adapter,
        "--attach": option.synq_attach,
    }
    named = [name for name, value in given.items() if value]
    if len(named) != 1:
        problem = f"{' and '.join(named)} each name a client" if named else "no client is named"
        raise OptionError(f"{problem}: give one of --command, --factory, --adapter and --attach")
    if option.synq_mock and not option.synq_factory:
        raise OptionError("--mock needs --factory: only a client in this process can do without a socket")
    if option.synq_adapter:
        return adapter(option.synq_adapter)
    if option.synq_factory:
        return _factory(option.synq_factory, in_process=option.synq_mock)
    if option.synq_attach:
        return _attached()
    try:
        program = Program.of(option.synq_command)
    except ValueError as error:
        raise OptionError(f"--command: {error}") from error
    return Launcher(Path(program.command[0]).name, starting(program))


def named_by(option: argparse.Namespace) -> tuple[str, ...]:
    """The words of the command line that name the client."""
    valued = {"--command": option.synq_command, "--factory": option.synq_factory, "--adapter": option.synq_adapter}
    words = [str(word) for name, value in valued.items() if value for word in (name, value)]
    flags = {"--mock": option.synq_mock, "--attach": option.synq_attach}
    return (*words, *(name for name, given in flags.items() if given))


def starting(program: Program) -> Start:
    """Starts the program as a process of its own."""
    return lambda environment: AdapterProcess(program.with_environment(**environment))


def adapter(where: str) -> Launcher:
    """The client of an adapter's folder, its environment made if need be; raises OptionError if there is no adapter."""
    from conformance.client.adapters.adapter import load_adapter, prepared  # late, to spare start-up

    found = load_adapter(where)
    return Launcher(found.name, starting(prepared(found)))


def _factory(spec: str, *, in_process: bool) -> Launcher:
    from conformance.client.adapters import factory  # late, to spare start-up

    factory.load_factory(spec)  # what is wrong with it is said now, and not by a child that died of it
    if not in_process:
        return Launcher(spec, starting(Program((sys.executable, "-m", "conformance.client.adapters.factory", spec))))
    from conformance.client.fake_api.in_process import played

    return Launcher(spec, lambda _environment: factory.FactoryClient(spec), played, process=False)


def _attached() -> Launcher:
    from conformance.client.adapters.attached import NO_HURRY_S, Attached  # late, to spare start-up

    @cache
    def waited_for(turn: int) -> Attached:  # noqa: ARG001 - each turn has an adapter of its own
        return Attached()

    def start(_environment: Mapping[str, str]) -> Attached:
        return next(one for one in map(waited_for, count()) if one.alive)

    return Launcher("attached adapter", start, process=False, attached=True, answer_within_s=NO_HURRY_S)
