"""Waivers: known failures that are excused for a while, each with a reason, a date and a ticket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from conformance.contract import rules as contract
from conformance.results.data import CheckResult, Outcome, Report, RuleResult
from conformance.results.renamed_checks import current_check_id
from conformance.toml.schema import FORBID_UNKNOWN, Day, Problem, Words, parse, read_text


class WaiverError(ValueError):
    """A waiver cannot be applied, or the file cannot be used: then each problem is a line with the file and the key."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One [[waiver]]: a rule, or one check of it, that may fail until a date."""

    __pydantic_config__ = FORBID_UNKNOWN
    rule: Words
    reason: Words
    until: Day
    """The last day on which it holds."""
    ticket: Words
    check: Words | None = None

    @property
    def name(self) -> str:
        return self.rule if self.check is None else f"{self.rule} ({self.check})"

    def shown(self) -> dict[str, Any]:
        """What a report keeps of it."""
        return {"reason": self.reason, "until": self.until.isoformat(), "ticket": self.ticket}


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = FORBID_UNKNOWN
    waiver: tuple[Waiver, ...] = ()


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """Returns the waivers of a file; raises WaiverError if it cannot be read or is not valid."""
    return parse_waivers(read_text(path, WaiverError), str(path))


def parse_waivers(text: str, filename: str = "waivers.toml") -> tuple[Waiver, ...]:
    """Returns the waivers of a file's text; raises WaiverError, which names the file and each wrong key."""
    return parse(_File, text, filename, WaiverError, _given_twice).waiver


def _given_twice(file: _File) -> Iterator[Problem]:
    names: set[str] = set()
    for number, waiver in enumerate(file.waiver):
        if waiver.name in names:
            yield ("waiver", number, "rule"), f"{waiver.name} is waived twice; keep one entry"
        names.add(waiver.name)


def apply_waivers(waivers: Iterable[Waiver], report: Report, today: date) -> Report:
    """The report with its waived failures marked.

    A waiver covers failures alone: what could not be assessed, and errors of the suite, stay what they are.
    One that is stale (what it excuses passes) or over date excuses nothing and becomes a complaint of the
    report. Raises WaiverError for one that matches nothing. A rule that this run left out (--rule, --shard) is
    neither: its waiver is left for the run that has it.
    """
    rules = {rule.id: rule for rule in report.rules}
    known = {rule.id for rule in contract.load_contract().of(report.subject.role)} | set(rules)
    complaints: list[str] = []
    for waiver in waivers:
        if waiver.rule not in known:
            raise WaiverError(f"waiver {waiver.name}: there is no {report.subject.role} rule of this id")
        if (rule := rules.get(waiver.rule)) is None:
            continue
        outcome = _excused(waiver, rule, whole=report.run.cut_short is None)
        if today > waiver.until:
            complaints.append(f"waiver {waiver.name}: its date, {waiver.until}, is over ({waiver.ticket})")
        elif outcome is Outcome.PASSED:
            complaints.append(f"waiver {waiver.name}: stale, what it excuses passes; remove it")
        elif outcome is Outcome.FAILED:
            rules[rule.id] = _waived(waiver, rule)
    covered = tuple(rules.values())
    return replace(report, rules=covered, complaints=(*report.complaints, *complaints))


def _excused(waiver: Waiver, rule: RuleResult, *, whole: bool) -> Outcome:
    """The outcome of the rule or check that the waiver names; one that a partial run lacks is not assessed."""
    if waiver.check is None:
        return rule.outcome
    for check in rule.checks:
        if _names(waiver, check):
            return check.outcome
    if not (whole and rule.checks):
        return Outcome.NOT_ASSESSED
    known = ", ".join(check.id for check in rule.checks)
    raise WaiverError(f"waiver {waiver.name}: the rule has no such check; it has {known}")


def _names(waiver: Waiver, check: CheckResult) -> bool:
    """Whether the waiver is for this check, under its present or its former id."""
    return waiver.check is not None and current_check_id(waiver.check) == current_check_id(check.id)


def _waived(waiver: Waiver, rule: RuleResult) -> RuleResult:
    checks = tuple(_covered(waiver, check) for check in rule.checks)
    left = {check.outcome for check in checks}
    if waiver.check is not None and Outcome.FAILED in left:
        return _still_failing(replace(rule, checks=checks))
    outcome = Outcome.ERROR if Outcome.ERROR in left else Outcome.WAIVED
    return replace(rule, checks=checks, outcome=outcome, waiver=rule.waiver or waiver.shown())


def _still_failing(rule: RuleResult) -> RuleResult:
    """The rule, of which one check is waived, with what is not waived first: that is what has to be acted on."""
    waived = {check.id for check in rule.checks if check.waiver}
    findings = tuple(sorted(rule.findings, key=lambda finding: finding.check in waived))
    reason = next((check.reason for check in rule.checks if check.outcome is Outcome.FAILED), rule.reason)
    return replace(rule, findings=findings, reason=reason)


def _covered(waiver: Waiver, check: CheckResult) -> CheckResult:
    if check.outcome is not Outcome.FAILED or not (waiver.check is None or _names(waiver, check)):
        return check
    return replace(check, outcome=Outcome.WAIVED, waiver=waiver.shown())


def suggest(report: Report, until: date) -> str:
    """A starting waiver file for every failure of the report; reasons and tickets are left to be written."""
    failed = [rule for rule in report.rules if rule.outcome is Outcome.FAILED]
    entries = [_entry(rule, check, until) for rule in failed for check in _to_excuse(rule)]
    head = "# Every failure of one run. Write a reason and a ticket for each, or delete it and fix the target.\n"
    return "\n".join([head, *entries]) if entries else "# The run has no failure to waive.\n"


def _to_excuse(rule: RuleResult) -> tuple[str | None, ...]:
    """The checks that fail, if other checks of the rule hold and shall go on holding; (None,) for the whole rule."""
    failing = tuple(check.id for check in rule.checks if check.outcome is Outcome.FAILED)
    return failing if failing and len(failing) < len(rule.checks) else (None,)


def _entry(rule: RuleResult, check: str | None, until: date) -> str:
    sentence = " ".join(rule.title.split())
    named = "" if check is None else f"check = {json.dumps(check)}\n"
    return (
        f"# {sentence} ({rule.level})\n"
        f'[[waiver]]\nrule = {json.dumps(rule.id)}\n{named}reason = ""\nuntil = {until.isoformat()}\nticket = ""\n'
    )
