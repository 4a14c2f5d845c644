"""The ways in: how the options name the client under test, and how it is started."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.client.driver import Driver
from conformance.client.process import AdapterProcess, Program
from conformance.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Way:
    """How to start the client under test."""

    name: str
    """What to call it until it has introduced itself."""
    program: Program

    def start(self, environment: Mapping[str, str]) -> Driver:
        """A running client, with these variables in its environment; AdapterError where it cannot be started."""
        return AdapterProcess(self.program.with_environment(**environment))


def way_of(option: argparse.Namespace) -> Way:
    """The client that the options name; SettingsError where they name none, or more than one."""
    given = {
        "--command": option.synq_command,
        "--factory": option.synq_factory,
        "--adapter": option.synq_adapter,
        "--attach": option.synq_attach,
    }
    named = [name for name, value in given.items() if value]
    if len(named) != 1:
        problem = f"{' and '.join(named)} each name a client" if named else "no client is named"
        raise SettingsError(f"{problem}: give one of --command, --factory, --adapter and --attach")
    if option.synq_adapter:
        from conformance.client.adapter import load, prepared

        adapter = load(option.synq_adapter)
        return Way(adapter.name, prepared(adapter))
    try:
        program = Program.of(option.synq_command)
    except ValueError as error:
        raise SettingsError(f"--command: {error}") from error
    return Way(Path(program.command[0]).name, program)
