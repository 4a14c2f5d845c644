"""The target's operations by the rules that ask every one, as every format shows them."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.results.data import OperationResult, Outcome, Report

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
    """How many there are, were asked, and hold: "14 known, 13 asked: 9 hold in full, 3 hold in part, 1 broken".

    An operation holds in full only if each rule that has something to ask of it was judged and holds.
    """
    every = [set(one.outcomes.values()) for one in report.operations]
    asked = [outcomes for outcomes in every if outcomes - {Outcome.NOT_ASSESSED}]
    broken = sum(Outcome.FAILED in outcomes for outcomes in asked)
    whole = sum(outcomes == {Outcome.PASSED} for outcomes in asked)
    counted = {"hold in full": whole, "hold in part": len(asked) - whole - broken, "broken": broken}
    said = ", ".join(f"{number} {words}" for words, number in counted.items() if number)
    return f"{len(report.operations)} known, {len(asked)} asked" + (f": {said}" if said else "")
