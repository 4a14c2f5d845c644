"""From the cases of a run to the target's operations: what each came to under the rules that ask every one. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from conformance.results.aggregate import WORST_FIRST, Case, Gap
from conformance.results.data import OperationResult, Outcome

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""In the order of a report."""


def operation_results(cases: Iterable[Case]) -> tuple[OperationResult, ...]:
    """Each operation that a case asked for, by path and method."""
    asked: defaultdict[str, defaultdict[str, list[Case]]] = defaultdict(lambda: defaultdict(list))
    for case in sorted(cases, key=lambda case: (case.check, case.name)):
        if case.operation is not None:
            asked[case.operation][case.rule].append(case)
    return tuple(_result(name, asked[name]) for name in sorted(asked, key=place_of))


def place_of(name: str) -> tuple[str, int]:
    """What puts operations into order: the path, then the method."""
    method, _, path = name.partition(" ")
    return path, METHODS.index(method) if method in METHODS else len(METHODS)


def _result(name: str, by_rule: dict[str, list[Case]]) -> OperationResult:
    judged = {rule: [case for case in cases if case.gap is not Gap.INAPPLICABLE] for rule, cases in by_rule.items()}
    outcomes = {rule: _together(cases) for rule, cases in judged.items() if cases}
    reasons = {rule: why for rule, cases in by_rule.items() if (why := _why(judged[rule] or cases)) is not None}
    return OperationResult(name, outcomes, reasons)


def _together(cases: Sequence[Case]) -> Outcome:
    """What the cases of one rule come to for one operation."""
    outcomes = {case.outcome for case in cases}
    if len(outcomes) == 1:
        return outcomes.pop()
    return next((one for one in WORST_FIRST if one in outcomes), Outcome.PARTLY_ASSESSED)


def _why(cases: Iterable[Case]) -> str | None:
    reasons = Counter(case.reason for case in cases if case.reason and case.outcome is not Outcome.PASSED)
    return reasons.most_common(1)[0][0] if reasons else None
