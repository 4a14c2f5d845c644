"""Strict coverage: what is known not to be judged is listed, with a reason and a date, and nothing else may be open."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from conformance.contract import rules as contract
from conformance.contract.rules import Role
from conformance.results.data import Outcome, Report, RuleResult
from conformance.results.policy import JUDGED, OPEN
from conformance.results.waivers import Waiver
from conformance.toml.schema import FORBID_UNKNOWN, Day, Problem, Words, meant, read


class UnassessedError(ValueError):
    """The list cannot be used: each problem is a line with the file and the key."""


@dataclass(frozen=True, slots=True)
class KnownUnassessed:
    """One [[unassessed]]: a rule that is known not to be judged, or not in full, until a date."""

    __pydantic_config__ = FORBID_UNKNOWN
    rule: Words
    reason: Words
    until: Day
    """The last day on which it holds."""


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = FORBID_UNKNOWN
    unassessed: tuple[KnownUnassessed, ...] = ()


def load_unassessed(path: Path, role: Role) -> tuple[KnownUnassessed, ...]:
    """Returns the entries of a file; raises UnassessedError if it cannot be read, is not valid, or names no rule."""
    known = {rule.id for rule in contract.load_contract().of(role)}

    def wrong(file: _File) -> Iterator[Problem]:
        listed: set[str] = set()
        for number, entry in enumerate(file.unassessed):
            place = ("unassessed", number, "rule")
            if entry.rule not in known:
                otherwise = "; see `synq-conformance list`"
                yield place, f"there is no {role} rule {entry.rule}{meant(entry.rule, known, otherwise)}"
            elif entry.rule in listed:
                yield place, f"{entry.rule} is listed twice; keep one entry"
            listed.add(entry.rule)

    return read(_File, path, UnassessedError, wrong).unassessed


def coverage_complaints(
    report: Report, listed: Sequence[KnownUnassessed], waivers: Iterable[Waiver], today: date
) -> Iterator[str]:
    """What strict coverage holds against the report, a sentence each.

    Rules that the run left out (--rule, --shard) are left for the run that has them.
    """
    rules = {rule.id: rule for rule in report.rules}
    names = {entry.rule for entry in listed}
    for rule in report.rules:
        if rule.id not in names and report.run.level.includes(rule.level) and rule.outcome in OPEN:
            why = rule.reason or "no reason was recorded"
            yield f"{rule.id} ({rule.level}) is {_extent(rule)} and not listed: {why}"
    for entry in (one for one in listed if one.rule in rules):
        if today > entry.until:
            yield f"{entry.rule} is listed as unassessed until {entry.until}, which is over: judge it, or prolong it"
        elif rules[entry.rule].outcome in JUDGED:
            yield f"{entry.rule} is listed as unassessed and was judged: take it out of the list"
    for waiver in waivers:
        if waiver.rule in rules and rules[waiver.rule].outcome in OPEN:
            yield f"waiver {waiver.name}: its rule was not judged, so it excuses nothing; list it as unassessed instead"


def _extent(rule: RuleResult) -> str:
    return "assessed in part only" if rule.outcome is Outcome.PARTLY_ASSESSED else "not assessed"


def suggest_unassessed(report: Report, until: date) -> str:
    """A starting list of what the report's level leaves open; the reasons are left to be written."""
    found = [rule for rule in report.rules if report.run.level.includes(rule.level) and rule.outcome in OPEN]
    head = "# What one run left open. Write a reason for each, or supply what it needs and delete it.\n"
    return "\n".join([head, *(_entry(rule, until) for rule in found)]) if found else "# The run left nothing open.\n"


def _entry(rule: RuleResult, until: date) -> str:
    why = " ".join((rule.reason or "no reason was recorded").split())
    return (
        f"# {_extent(rule)}: {why} ({rule.level})\n"
        f'[[unassessed]]\nrule = {json.dumps(rule.id)}\nreason = ""\nuntil = {until.isoformat()}\n'
    )
