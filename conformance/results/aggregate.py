"""From the cases of a run to its rules: what each rule came to, and why. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.contract.rules import Rule
from conformance.results.data import CheckResult, Finding, Outcome, RuleResult

WORST_FIRST = (Outcome.FAILED, Outcome.ERROR, Outcome.FLAKY)
"""Outcomes of a case that decide what its rule comes to."""


class Gap(StrEnum):
    """Why a case was not judged."""

    UNMET = "unmet"
    """What it needs was not supplied. It takes nothing away if another means showed the same."""
    INAPPLICABLE = "inapplicable"
    """The target has no such thing, so that the case cannot exist there. It takes nothing away."""
    TROUBLE = "trouble"
    """It should have been judged and could not be: it always leaves its rule open."""


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
    gap: Gap | None = None
    """Of a case that was not assessed: why, in kind. None is taken for a case that should have been judged."""
    shows: str | None = None
    """What its check shows, if other checks of the rule show the same by other means."""
    means: str | None = None
    """By which means this one does."""
    duration_s: float = 0.0
    """How long it took, with the making of what it asked for."""
    operation: str | None = None
    """The documented operation that it asks for, if it is about one."""

    @property
    def is_open(self) -> bool:
        """Whether something is left to be judged."""
        return self.outcome is Outcome.NOT_ASSESSED and self.gap is not Gap.INAPPLICABLE


def aggregate(
    rules: Iterable[Rule],
    cases: Iterable[Case],
    planned: Mapping[str, int] | None = None,
    cut_short: str | None = None,
) -> tuple[RuleResult, ...]:
    """Each of these rules with what its cases came to, in an order that does not depend on who was done first.

    `planned` says how many cases of a rule there were to be: one that has fewer was cut short, and does not pass.
    `cut_short` says why.
    """
    by_rule: defaultdict[str, list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: (case.check, case.name)):
        by_rule[case.rule].append(case)
    return tuple(_rule_result(rule, by_rule[rule.id], (planned or {}).get(rule.id, 0), cut_short) for rule in rules)


def _rule_result(rule: Rule, cases: Sequence[Case], planned: int, cut_short: str | None) -> RuleResult:
    left = [case for case in cases if case.is_open and not _is_shown_otherwise(case, cases)]
    outcome, reason = _outcome(rule, cases, left, planned, cut_short)
    return RuleResult(
        id=rule.id,
        role=rule.role,
        level=rule.level,
        title=rule.sentence,
        section=rule.section.title,
        outcome=outcome,
        reason=reason,
        checks=tuple(_check_result(check, group, left) for check, group in _by_check(cases).items()),
        findings=tuple(
            _named_first(replace(finding, check=case.check) for case in cases for finding in case.findings)
        ),
    )


def _by_check(cases: Iterable[Case]) -> dict[str, list[Case]]:
    by_check: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_check[case.check].append(case)
    return dict(by_check)


def _named_first(findings: Iterable[Finding]) -> list[Finding]:
    """A case with a name says more to a reader, and is the same in the next run, than what a generator came upon."""
    return sorted(findings, key=lambda finding: finding.case is None)


def _check_result(check: str, cases: Sequence[Case], left: Sequence[Case]) -> CheckResult:
    outcome = _sum(cases)
    return CheckResult(
        id=check,
        outcome=outcome,
        cases=sum(case.outcome in (Outcome.PASSED, Outcome.FAILED) for case in cases),
        exchanges=sum(case.exchanges for case in cases),
        reason=_reason(cases, outcome),
        case_outcomes={case.name: case.outcome for case in cases if case.outcome is not Outcome.PASSED},
        passed_cases=tuple(case.name for case in cases if case.outcome is Outcome.PASSED),
        shows=cases[0].shows,
        means=cases[0].means,
        duration_s=round(sum(case.duration_s for case in cases), 3),
        left=sum(case.check == check for case in left),
    )


def _sum(cases: Iterable[Case]) -> Outcome:
    """What these cases of one check came to together."""
    outcomes = {case.outcome for case in cases}
    if worst := next((one for one in WORST_FIRST if one in outcomes), None):
        return worst
    if Outcome.PASSED not in outcomes:
        return Outcome.NOT_ASSESSED
    return Outcome.PARTLY_ASSESSED if any(case.is_open for case in cases) else Outcome.PASSED


def _outcome(
    rule: Rule, cases: Sequence[Case], left: Sequence[Case], planned: int, cut_short: str | None
) -> tuple[Outcome, str | None]:
    counts = Counter(case.outcome for case in cases)
    if not cases and not planned:
        return Outcome.NOT_ASSESSED, cut_short or "no check of it was run"
    for worst in WORST_FIRST:
        if counts[worst]:
            return worst, _reason(cases, worst)
    is_open = Outcome.PARTLY_ASSESSED if counts[Outcome.PASSED] else Outcome.NOT_ASSESSED
    if len(cases) < planned:
        run = f"only {len(cases)} of {planned} cases were run"
        return is_open, cut_short if cut_short and not cases else "; ".join(filter(None, (cut_short, run)))
    if counts[Outcome.PASSED] < rule.cases and not counts[Outcome.NOT_ASSESSED]:
        return Outcome.ERROR, f"only {counts[Outcome.PASSED]} of at least {rule.cases} cases were judged"
    if left or counts[Outcome.PASSED] < rule.cases:
        return is_open, _most_common(_decisive(left)) or _reason(cases, Outcome.NOT_ASSESSED)
    return Outcome.PASSED, "; ".join((*_shown(cases), *_impossible(cases))) or None


def _is_shown_otherwise(case: Case, cases: Sequence[Case]) -> bool:
    """Whether another check, judged in full, shows the same as this case, which lacks something."""
    others = (one for one in cases if one.shows == case.shows and one.check != case.check)
    return (
        case.gap is Gap.UNMET
        and case.shows is not None
        and any(_sum(others) is Outcome.PASSED for others in _by_check(others).values())
    )


def _decisive(left: Sequence[Case]) -> Iterator[Case]:
    """The open cases without those whose alternative has what it needs, and had trouble: nothing is to be supplied."""
    troubled = {(case.shows, case.check) for case in left if case.gap is Gap.TROUBLE and case.shows is not None}
    for case in left:
        others = any(shows == case.shows and check != case.check for shows, check in troubled)
        if case.gap is not Gap.UNMET or not others:
            yield case


def _shown(cases: Sequence[Case]) -> Iterator[str]:
    """Of checks that are alternatives, by which means the rule was judged."""
    for shows in dict.fromkeys(case.shows for case in cases if case.shows):
        by_means = _by_means(case for case in cases if case.shows == shows)
        used = [means for means, of_it in by_means.items() if _sum(of_it) is Outcome.PASSED]
        unused = [means for means in by_means if means not in used]
        if unused:
            yield f"{shows}: judged by {' and '.join(used)}, not by {' or '.join(unused)}"


def _by_means(cases: Iterable[Case]) -> dict[str, list[Case]]:
    by_means: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_means[case.means or case.check].append(case)
    return dict(by_means)


def _impossible(cases: Sequence[Case]) -> Iterator[str]:
    """How many cases cannot exist on this target, and why."""
    impossible = [case for case in cases if case.gap is Gap.INAPPLICABLE]
    if impossible:
        which = "1 case does" if len(impossible) == 1 else f"{len(impossible)} cases do"
        yield f"{which} not exist here: {_most_common(impossible)}"


def _reason(cases: Sequence[Case], outcome: Outcome) -> str | None:
    """The reason that most of the cases give which made it this outcome."""
    if outcome is Outcome.PARTLY_ASSESSED:
        return _most_common(case for case in cases if case.is_open)
    if outcome is Outcome.PASSED:
        return next(_impossible(cases), None)
    return _most_common(case for case in cases if case.outcome is outcome)


def _most_common(cases: Iterable[Case]) -> str | None:
    reasons = Counter(case.reason for case in cases if case.reason)
    return reasons.most_common(1)[0][0] if reasons else None
