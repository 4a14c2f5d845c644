"""From the cases of a run to its rules: what each rule came to, and why. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.contract import Rule
from conformance.results import CheckResult, Finding, Outcome, RuleResult

WORST_FIRST = (Outcome.FAILED, Outcome.ERROR, Outcome.NOT_ASSESSED, Outcome.PASSED)


@dataclass(frozen=True, slots=True)
class Case:
    """One judged case: a parametrized instance of a check."""

    rule: str
    check: str
    name: str
    """What stands in the brackets; empty for a check without parameters."""
    outcome: Outcome
    exchanges: int
    reason: str | None = None
    findings: tuple[Finding, ...] = ()


def tally(
    rules: Iterable[Rule], cases: Iterable[Case], planned: Mapping[str, int] | None = None
) -> tuple[RuleResult, ...]:
    """Each of these rules with what its cases came to, in an order that does not depend on who was done first.

    `planned` says how many cases of a rule there were to be: one that has fewer was cut short, and does not pass.
    """
    by_rule: defaultdict[str, list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: (case.check, case.name)):
        by_rule[case.rule].append(case)
    return tuple(_rule_result(rule, by_rule[rule.id], (planned or {}).get(rule.id, 0)) for rule in rules)


def _rule_result(rule: Rule, cases: Sequence[Case], planned: int) -> RuleResult:
    outcome, reason = _outcome(rule, cases, planned)
    by_check: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_check[case.check].append(case)
    return RuleResult(
        id=rule.id,
        role=rule.role,
        level=rule.level,
        title=rule.sentence,
        section=rule.section.title,
        outcome=outcome,
        reason=reason,
        checks=tuple(_check_result(check, group) for check, group in by_check.items()),
        findings=tuple(
            _named_first(replace(finding, check=case.check) for case in cases for finding in case.findings)
        ),
    )


def _named_first(findings: Iterable[Finding]) -> list[Finding]:
    """A case with a name says more to a reader, and is the same in the next run, than what a generator came upon."""
    return sorted(findings, key=lambda finding: finding.case is None)


def _check_result(check: str, cases: Sequence[Case]) -> CheckResult:
    outcome = next(one for one in WORST_FIRST if any(case.outcome is one for case in cases))
    judged = [case for case in cases if case.outcome in (Outcome.PASSED, Outcome.FAILED)]
    if outcome is Outcome.NOT_ASSESSED and judged:
        outcome = Outcome.PASSED
    return CheckResult(
        id=check,
        outcome=outcome,
        cases=len(judged),
        exchanges=sum(case.exchanges for case in cases),
        reason=_reason(cases, outcome),
        case_outcomes={case.name: case.outcome for case in cases if case.outcome is not Outcome.PASSED},
        passed_cases=tuple(case.name for case in cases if case.outcome is Outcome.PASSED),
    )


def _outcome(rule: Rule, cases: Sequence[Case], planned: int) -> tuple[Outcome, str | None]:
    counts = Counter(case.outcome for case in cases)
    if not cases and not planned:
        return Outcome.NOT_ASSESSED, "no check of it was run"
    for worst in (Outcome.FAILED, Outcome.ERROR):
        if counts[worst]:
            return worst, _reason(cases, worst)
    if len(cases) < planned:
        return Outcome.NOT_ASSESSED, f"the run ended after {len(cases)} of {planned} cases"
    if counts[Outcome.PASSED] < rule.cases:
        if counts[Outcome.NOT_ASSESSED]:
            return Outcome.NOT_ASSESSED, _reason(cases, Outcome.NOT_ASSESSED)
        return Outcome.ERROR, f"only {counts[Outcome.PASSED]} of at least {rule.cases} cases were judged"
    if counts[Outcome.NOT_ASSESSED]:
        left = _reason(cases, Outcome.NOT_ASSESSED)
        return Outcome.PASSED, f"{counts[Outcome.NOT_ASSESSED]} further cases not assessed: {left}"
    return Outcome.PASSED, None


def _reason(cases: Sequence[Case], outcome: Outcome) -> str | None:
    """The reason that most of the cases with this outcome give."""
    reasons = Counter(case.reason for case in cases if case.outcome is outcome and case.reason)
    return reasons.most_common(1)[0][0] if reasons else None
