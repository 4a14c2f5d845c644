"""What broke, as every format shows it: the rules of one likely cause together, the others each on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.contract.words import plural
from conformance.report.text import one_line
from conformance.results.causes import Cause
from conformance.results.data import Report, RuleResult

LONGEST_CAUSE = 500


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Rules that failed, of one cause or each of its own."""

    cause: Cause | None
    rules: tuple[RuleResult, ...]


def failure_groups(report: Report, broken: Sequence[RuleResult]) -> tuple[FailureGroup, ...]:
    """These rules by likely cause, the one with most rules first; last those that no cause explains."""
    by_id = {rule.id: rule for rule in broken}
    explained = tuple(_explained(report, by_id))
    rest = {rule.id for rule in broken} - {rule.id for group in explained for rule in group.rules}
    alone = tuple(rule for rule in broken if rule.id in rest)
    return (*explained, FailureGroup(None, alone)) if alone else explained


def _explained(report: Report, by_id: dict[str, RuleResult]) -> Iterator[FailureGroup]:
    for cause in report.causes:
        if rules := tuple(_less_the_cause(by_id[one]) for one in by_id if one in cause.rules):
            yield FailureGroup(cause, rules)


def _less_the_cause(rule: RuleResult) -> RuleResult:
    """The rule without the cause at each finding, since it stands above the group."""
    return replace(rule, findings=tuple(replace(finding, cause=None) for finding in rule.findings))


def group_title(group: FailureGroup) -> str:
    """The likely cause and of how many rules it is one; of rules without a cause, how many there are."""
    if group.cause is None:
        return f"{plural(len(group.rules), 'other rule')}, each on its own"
    cause = one_line(group.cause.cause, LONGEST_CAUSE)
    return f"Likely cause of {plural(len(group.rules), 'rule')}: {cause}"


def group_note(group: FailureGroup) -> str | None:
    """What to do about the cause, and what else it explains; None of rules without one."""
    if group.cause is None:
        return None
    advice = "A few more requests showed that what was found comes from it: mend it first, then run again."
    in_part = ", ".join(one_line(one) for one in group.cause.in_part)
    return f"{advice} It also explains a part of what was found of {in_part}." if in_part else advice
