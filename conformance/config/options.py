"""What a run was asked to do: the options of the plugin as plain data."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.declared import CONSOLE, OPTIONS, SERVER
from conformance.config.gate_options import NO_GATE, GateError, GateOptions, fail_on_of, percent_of
from conformance.config.settled import OptionError, Settled, settled_options
from conformance.contract.durations import DAY_S, HOUR_S, MINUTE_S
from conformance.contract.rules import Contract, Level, Role

if TYPE_CHECKING:
    import pytest

__all__ = (
    "MOST_S",
    "OptionError",
    "RunOptions",
    "options_given",
    "options_of",
    "seconds_of",
    "shard",
    "unknown_rule",
)

MOST_S = 7 * DAY_S
"""The longest deadline."""


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
    """Formats of the report that are wanted in addition to the usual ones."""
    waivers: Path | None
    console: bool
    """Whether the run speaks for itself instead of through pytest's reporter."""
    cases: Path | None
    """Regression cases to run in addition to the others."""
    url: str | None
    profile: Path | None
    openapi: str | None
    """The file or the URL of the server's description."""
    embedded: bool
    """Whether the embedded Synq was asked for by name."""
    allow_cleartext: bool
    """Whether tokens may cross a network in plain HTTP."""
    allow_production: bool
    mock: bool
    faults: tuple[str, ...]
    resume: bool = False
    """Whether to go on with the run that the report folder holds."""
    fail_fast: bool = False
    """Whether to end with the first rule that fails."""
    deadline_s: float | None = None
    """How long the whole run may take."""
    real_time: bool = True
    """Whether tokens may be waited for, if a client's clock cannot be moved."""
    wait_for_expiry: bool = False
    """Whether a token may be waited for until it has ended."""
    vault: Path | None = None
    """The file that keeps tokens for a later run."""
    profile_from: str = "--profile"
    """What names the profile, if one is there."""
    gate: GateOptions = NO_GATE
    """For what the run fails besides broken rules."""

    def selected(self, contract: Contract) -> frozenset[str]:
        """Ids of the rules that this run answers for."""
        asked = [rule.id for rule in contract.of(self.role) if not self.rules or rule.id in self.rules]
        part, parts = self.shard
        return frozenset(asked[part - 1 :: parts])


def options_of(config: pytest.Config, role: Role, contract: Contract) -> RunOptions:
    """Returns the options as data; raises OptionError if one is not usable."""
    return options_in(config.option, role, contract)


def options_given(given: Mapping[str, object], role: Role, contract: Contract) -> RunOptions:
    """The same without pytest: these options by their keys, every other as it is if it is left out."""
    known = {one.dest: one.left_out for one in (*OPTIONS, CONSOLE)}
    return options_in(argparse.Namespace(**known | {f"synq_{key}": one for key, one in given.items()}), role, contract)


def options_in(option: argparse.Namespace, role: Role, contract: Contract) -> RunOptions:
    """The same of options as pytest has them; what was not given is taken from a variable, or from the profile."""
    found = settled_options(option, role, os.environ, Path.cwd())
    try:
        return _as_data(found, role, contract)
    except OptionError as error:
        raise OptionError(found.placed(str(error))) from error


def _as_data(found: Settled, role: Role, contract: Contract) -> RunOptions:
    option = found.option
    _must_be_of(role, option)
    known = {rule.id for rule in contract.of(role)}
    if unknown := set(option.synq_rule) - known:
        raise OptionError(unknown_rule(min(unknown), known))
    if option.synq_resume and not option.synq_report_dir:
        raise OptionError("--resume: give the folder of the run to go on with, by --report-dir")
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
        wait_for_expiry=option.synq_wait_for_expiry,
        vault=Path(option.synq_vault) if option.synq_vault else None,
        profile_from=found.origins.get("profile", "--profile"),
        openapi=option.synq_openapi,
        embedded=option.synq_embedded,
        allow_cleartext=option.synq_allow_cleartext,
        allow_production=option.synq_allow_production,
        mock=option.synq_mock,
        faults=tuple(option.synq_fault),
        resume=option.synq_resume,
        fail_fast=option.synq_fail_fast,
        deadline_s=None if option.synq_deadline is None else seconds_of(option.synq_deadline),
        real_time=not option.synq_no_real_time,
        gate=_gate(option),
    )


def _gate(option: argparse.Namespace) -> GateOptions:
    try:
        return GateOptions(
            strict_coverage=option.synq_strict_coverage,
            unassessed=Path(option.synq_unassessed) if option.synq_unassessed else None,
            min_assessed=None if option.synq_min_assessed is None else percent_of(option.synq_min_assessed),
            fail_on=tuple(map(fail_on_of, option.synq_fail_on)),
            baseline=Path(option.synq_baseline) if option.synq_baseline else None,
        )
    except GateError as error:
        raise OptionError(str(error)) from error


def _must_be_of(role: Role, option: argparse.Namespace) -> None:
    """Raises OptionError for an option that this run would ignore."""
    if role is not Role.CLIENT:
        return
    of_servers = (one for one in OPTIONS if one.roles == SERVER)
    if named := [one.name for one in of_servers if getattr(option, one.dest)]:
        raise OptionError(f"--{named[0]} is for a server, and this run checks a client: leave it out")


def _must_be_faults(names: list[str]) -> None:
    from conformance.mock.faults import FAULTS  # late, to spare start-up

    if unknown := set(names) - set(FAULTS):
        raise OptionError(f"--fault {min(unknown)}: unknown fault; see `synq-conformance mock --list-faults`")


def unknown_rule(rule_id: str, known: set[str]) -> str:
    """What to say of a rule id that the contract does not have."""
    from difflib import get_close_matches  # late, to spare start-up

    near = get_close_matches(rule_id, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; see `synq-conformance list`"
    return f"--rule {rule_id}: the contract has no such rule{hint}"


def shard(text: str) -> tuple[int, int]:
    """Returns part and number of parts from "I/N"; raises OptionError for any other text."""
    part, slash, parts = text.partition("/")
    if slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    raise OptionError(f"--shard {text}: expected I/N with 1 <= I <= N, such as 1/3")


_UNITS = {"": 1, "s": 1, "m": MINUTE_S, "h": HOUR_S}


def seconds_of(text: str) -> float:
    """Returns the seconds of "90s", "10m", "1h" or "90"; raises OptionError for any other text, and for no time."""
    time = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip(), re.ASCII)
    seconds = float(time[1]) * _UNITS[time[2]] if time else 0.0
    if not 0 < seconds <= MOST_S:
        raise OptionError(f"--deadline {text}: expected a time of up to a week, such as 90s, 10m or 1h")
    return seconds
