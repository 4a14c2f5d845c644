"""Sharded or repeated runs of one target as one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.contract import rules as contract
from conformance.contract.words import plural
from conformance.report import view
from conformance.results.data import (
    CheckResult,
    Finding,
    OperationResult,
    Outcome,
    Report,
    ReportError,
    RuleResult,
    Run,
)
from conformance.results.digests import Digests
from conformance.results.operations import place_of


def merged(parts: Sequence[Report]) -> Report:
    """Returns the parts as one report; if one of them was cut short, the whole is cut short.

    Raises ReportError for parts of different contracts, targets, seeds, depths or levels. A rule that was broken in
    one part and held in another is flaky; one that differs otherwise has the worse outcome. Neither counts as passed.
    """
    first = parts[0]
    for number, part in enumerate(parts[1:], start=2):
        for name, ours, theirs in zip(_NAMES, _identity(first), _identity(part), strict=True):
            if ours != theirs:
                raise ReportError(f"part {number} has the {name} {theirs!s}, part 1 has {ours!s}")
    found: dict[str, list[RuleResult]] = {}
    for part in parts:
        for rule in part.rules:
            found.setdefault(rule.id, []).append(rule)
    return Report(
        first.subject,
        max((part.contract for part in parts), key=lambda contract: len(contract.levels)),
        _run(parts),
        tuple(_ordered(map(_rule, found.values()))),
        tuple(dict.fromkeys(complaint for part in parts for complaint in part.complaints)),
        tuple(_operations(parts)),
        _digests(parts),
    )


def _digests(parts: Sequence[Report]) -> Digests:
    """Of what all parts were judged by; each part has a journal and exchanges of its own."""
    shared = {
        name: next(iter(seen)) if len(seen := {getattr(part.digests, name) for part in parts}) == 1 else None
        for name in ("contract", "profile", "waivers")
    }
    return Digests(**shared)


_MERGED = "merged from "
_NAMES = ("contract version", "role", "target", "address", "seed", "depth", "level")


def _identity(report: Report) -> tuple[object, ...]:
    subject, run = report.subject, report.run
    return (report.contract.version, subject.role, subject.name, subject.base_url, run.seed, run.depth, run.level)


def _ordered(rules: Iterable[RuleResult]) -> list[RuleResult]:
    """In the contract's order; rules that it lacks come last."""
    order = {rule.id: index for index, rule in enumerate(contract.load_contract().rules)}
    return sorted(rules, key=lambda rule: order.get(rule.id, len(order)))


def _rule(seen: Sequence[RuleResult]) -> RuleResult:
    if len(seen) == 1:
        return seen[0]
    outcomes = [rule.outcome for rule in seen]
    outcome = _together(outcomes)
    bearer = _bearer(seen)
    differ = len(set(outcomes)) > 1 or (outcome is Outcome.FAILED and len(set(map(_came_out, seen))) > 1)
    return replace(
        bearer,
        outcome=outcome,
        reason=_reason(seen, bearer) if differ else bearer.reason,
        checks=tuple(_checks(seen)),
        findings=tuple(_findings(seen)),
    )


def _together(outcomes: Iterable[Outcome]) -> Outcome:
    """What several runs come to: the worst outcome; but a rule broken in one and held in another is flaky."""
    seen = set(outcomes)
    if Outcome.FLAKY in seen or {Outcome.FAILED, Outcome.PASSED} <= seen:
        return Outcome.FLAKY
    return min(seen, key=view.WEIGHT.index)


def _operations(parts: Sequence[Report]) -> Iterator[OperationResult]:
    """Every operation with all that was asked of it."""
    by_name: dict[str, list[OperationResult]] = {}
    for part in parts:
        for one in part.operations:
            by_name.setdefault(one.name, []).append(one)
    for name in sorted(by_name, key=place_of):
        seen = by_name[name]
        rules = dict.fromkeys(rule for one in seen for rule in one.outcomes)
        together = {rule: _together(one.outcomes[rule] for one in seen if rule in one.outcomes) for rule in rules}
        yield OperationResult(name, together, {rule: why for one in seen for rule, why in one.reasons.items()})


Came = TypeVar("Came", RuleResult, CheckResult)


def _bearer(seen: Sequence[Came]) -> Came:
    """The one with the worst outcome, whose words are kept."""
    return min(seen, key=lambda one: view.WEIGHT.index(one.outcome))


def _came_out(rule: RuleResult) -> tuple[object, ...]:
    checks = sorted((check.id, check.outcome, *sorted(check.case_outcomes.items())) for check in rule.checks)
    return (rule.outcome, *checks)


def _reason(seen: Sequence[RuleResult], bearer: RuleResult) -> str:
    counted = Counter(rule.outcome for rule in seen)
    each = ", ".join(f"{view.WORDS[one]} in {counted[one]}" for one in view.WEIGHT if counted[one])
    differing = each if len(counted) > 1 else f"{each}, with different cases"
    return f"repeated runs disagree: {differing}" + (f"; {bearer.reason}" if bearer.reason else "")


def _checks(seen: Sequence[RuleResult]) -> Iterator[CheckResult]:
    by_id: dict[str, list[CheckResult]] = {}
    for rule in seen:
        for check in rule.checks:
            by_id.setdefault(check.id, []).append(check)
    for checks in by_id.values():
        names = dict.fromkeys(case for check in checks for case in check.case_outcomes)
        passed = dict.fromkeys(case for check in checks for case in check.passed_cases if case not in names)
        yield replace(
            _bearer(checks),
            outcome=_together(check.outcome for check in checks),
            cases=sum(check.cases for check in checks),
            exchanges=sum(check.exchanges for check in checks),
            duration_s=round(sum(check.duration_s for check in checks), 3),
            case_outcomes={
                name: _together(check.case_outcomes.get(name, Outcome.PASSED) for check in checks) for name in names
            },
            passed_cases=tuple(passed),
        )


def _findings(seen: Sequence[RuleResult]) -> Iterator[Finding]:
    """Every finding once, however many runs have it."""
    known: set[tuple[object, ...]] = set()
    for rule in seen:
        for finding in rule.findings:
            key = (finding.summary, finding.case, finding.got, finding.curl)
            if key not in known:
                known.add(key)
                yield finding


def _run(parts: Sequence[Report]) -> Run:
    runs = [part.run for part in parts]
    strategies = dict.fromkeys(name for run in runs for name in run.generated)
    notes = dict.fromkeys(note for run in runs for note in run.notes if not note.startswith(_MERGED))
    return replace(
        runs[0],
        started=min(run.started for run in runs),
        duration_s=round(sum(run.duration_s for run in runs), 2),
        exchanges=sum(run.exchanges for run in runs),
        statuses=_added(run.statuses for run in runs),
        latencies_ms=_added(run.latencies_ms for run in runs),
        generated={name: _added(run.generated.get(name, {}) for run in runs) for name in strategies},
        clock=next((run.clock for run in runs if run.clock), None),
        operator="; ".join(dict.fromkeys(run.operator for run in runs if run.operator)) or None,
        pipeline=next((run.pipeline for run in runs if run.pipeline), None),
        cut_short=next((run.cut_short for run in runs if run.cut_short), None),
        notes=(*notes, f"{_MERGED}{plural(sum(map(_merged, runs)), 'run')}"),
    )


def _merged(run: Run) -> int:
    """How many runs it was made of."""
    told = (note.removeprefix(_MERGED).split()[0] for note in run.notes if note.startswith(_MERGED))
    return next((int(number) for number in told if number.isdigit()), 1)


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
