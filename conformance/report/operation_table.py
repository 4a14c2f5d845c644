"""The target's operations by the rules that ask every one, as every format shows them."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.results.data import OperationResult, Outcome, Report
from conformance.results.policy import JUDGED

MOST_ROWS = 400
"""Of a page: a table of more is read by no one."""


@dataclass(frozen=True, slots=True)
class OperationTable:
    """Operations by row, rules by column; None in a cell if the rule has nothing to ask of the operation."""

    rules: tuple[str, ...]
    rows: tuple[tuple[OperationResult, tuple[Outcome | None, ...]], ...]
    unshown: int
    unasked: tuple[tuple[str, tuple[str, ...]], ...]
    """Why something could not be asked, and of which operations; the reason that keeps most open comes first."""


def operation_table(report: Report) -> OperationTable:
    """The table; of too many operations those that broke a rule are shown first."""
    asked = {rule for one in report.operations for rule in one.outcomes}
    known = [rule.id for rule in report.rules if rule.id in asked]
    rules = (*known, *sorted(asked - set(known)))
    operations = report.operations
    if len(operations) > MOST_ROWS:
        operations = tuple(sorted(operations, key=lambda one: Outcome.FAILED not in one.outcomes.values()))
    rows = ((one, tuple(one.outcomes.get(rule) for rule in rules)) for one in operations[:MOST_ROWS])
    return OperationTable(rules, tuple(rows), max(0, len(operations) - MOST_ROWS), _unasked(report))


def _unasked(report: Report) -> tuple[tuple[str, tuple[str, ...]], ...]:
    open_ones = {Outcome.NOT_ASSESSED, Outcome.PARTLY_ASSESSED}
    grouped: dict[str, dict[str, None]] = {}
    for one in report.operations:
        for rule, reason in one.reasons.items():
            if one.outcomes.get(rule) in open_ones or not one.outcomes:
                grouped.setdefault(reason, {})[one.name] = None
    return tuple((reason, tuple(names)) for reason, names in sorted(grouped.items(), key=lambda item: -len(item[1])))


def operations_in_words(report: Report) -> str:
    """How many there are, were asked, and hold: "14 documented, 13 asked, 12 hold in all that was asked"."""
    asked = [one for one in report.operations if any(outcome in JUDGED for outcome in one.outcomes.values())]
    broken = [one for one in asked if Outcome.FAILED in one.outcomes.values()]
    return f"{len(report.operations)} known, {len(asked)} asked, {len(asked) - len(broken)} hold in all that was asked"
