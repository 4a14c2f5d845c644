"""What a run was asked to do: the options of the plugin as plain data."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.rules import Contract, Level, Role

if TYPE_CHECKING:
    import pytest

DEPTHS = ("quick", "standard", "deep")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run."""

    role: Role
    level: Level
    depth: str
    seed: int
    rules: frozenset[str]
    """Ids of the rules that were asked for; empty means all."""
    shard: tuple[int, int]
    """This part (from 1) and the number of parts."""
    report_dir: Path | None
    formats: tuple[str, ...]
    """Formats of the report that are wanted beside the usual ones."""
    waivers: Path | None
    console: bool
    """Whether the run speaks for itself instead of through pytest's reporter."""
    cases: Path | None
    """Saved cases to run beside the others."""
    url: str | None
    profile: Path | None
    embedded: bool
    """Whether the embedded Synq was asked for by name."""
    mock: bool
    faults: tuple[str, ...]

    def selected(self, contract: Contract) -> frozenset[str]:
        """Ids of the rules that this run answers for."""
        asked = [rule.id for rule in contract.of(self.role) if not self.rules or rule.id in self.rules]
        part, parts = self.shard
        return frozenset(asked[part - 1 :: parts])


class OptionError(ValueError):
    """An option is not usable; the message says which and why."""


def role_of(config: pytest.Config) -> Role | None:
    """Which suite this pytest run is for; None where it is no conformance run."""
    option = config.option
    arguments = [str(argument) for argument in config.args]
    client_options = (option.synq_command, option.synq_factory, option.synq_adapter, option.synq_attach or None)
    if _given(client_options) or any("conformance.client" in argument for argument in arguments):
        return Role.CLIENT
    flags = (option.synq_embedded or None, option.synq_mock or None, option.synq_fault or None)
    server_options = (option.synq_url, option.synq_profile, *flags)
    if _given(server_options) or any("conformance.server" in argument for argument in arguments):
        return Role.SERVER
    return None


def _given(values: Iterable[object]) -> bool:
    """Whether any option was given; an empty value was given as well."""
    return any(value is not None for value in values)


def options_of(config: pytest.Config, role: Role, contract: Contract) -> RunOptions:
    """The options as data; SettingsError where one is not usable."""
    option = config.option
    _must_not_be_empty(option)
    _must_be_of(role, option)
    known = {rule.id for rule in contract.of(role)}
    if unknown := set(option.synq_rule) - known:
        raise OptionError(unknown_rule(min(unknown), known))
    if option.synq_fault:
        _must_be_faults(option.synq_fault)
    return RunOptions(
        role=role,
        level=Level(option.synq_level),
        depth=option.synq_depth,
        seed=option.synq_seed,
        rules=frozenset(option.synq_rule),
        shard=shard(option.synq_shard),
        report_dir=Path(option.synq_report_dir) if option.synq_report_dir else None,
        formats=tuple(option.synq_format),
        waivers=Path(option.synq_waivers) if option.synq_waivers else None,
        console=option.synq_console,
        cases=Path(option.synq_cases) if option.synq_cases else None,
        url=option.synq_url,
        profile=Path(option.synq_profile) if option.synq_profile else None,
        embedded=option.synq_embedded,
        mock=option.synq_mock,
        faults=tuple(option.synq_fault),
    )


VALUED = ("url", "profile", "command", "factory", "adapter", "waivers", "cases", "report_dir")
"""Options that are left out or have a value: an undefined variable of a CI system arrives as an empty one."""


def _must_not_be_empty(option: argparse.Namespace) -> None:
    for name in VALUED:
        value = getattr(option, f"synq_{name}")
        if value is not None and not value.strip():
            raise OptionError(f"--{name.replace('_', '-')} is empty: give it a value, or leave it out")


def _must_be_of(role: Role, option: argparse.Namespace) -> None:
    """No option that would be passed over in silence."""
    if role is not Role.CLIENT:
        return
    of_servers = ("url", "profile", "embedded", "fault")
    if named := [name for name in of_servers if getattr(option, f"synq_{name}")]:
        raise OptionError(f"--{named[0]} names a server, and this run checks a client: leave it out")


def _must_be_faults(names: list[str]) -> None:
    from conformance.mock.faults import FAULTS

    if unknown := set(names) - set(FAULTS):
        raise OptionError(f"--fault {min(unknown)}: no fault is called so; `mock --list-faults` names them all")


def unknown_rule(rule_id: str, known: set[str]) -> str:
    """What to say of a rule id that the contract does not have."""
    from difflib import get_close_matches

    near = get_close_matches(rule_id, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; `synq-conformance list` names them all"
    return f"--rule {rule_id}: the contract has no such rule{hint}"


def shard(text: str) -> tuple[int, int]:
    """Part and number of parts from "I/N"; SettingsError where that is not what the text says."""
    part, slash, parts = text.partition("/")
    if slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    raise OptionError(f"--shard {text}: expected I/N with 1 <= I <= N, such as 1/3")
