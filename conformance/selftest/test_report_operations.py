"""Operations by rules: from the cases of a run to the table that a reader sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract.rules import Level
from conformance.report.merge import merged
from conformance.report.operation_table import MOST_ROWS, operation_table, operations_in_words
from conformance.results.aggregate import Case, Gap
from conformance.results.data import OperationResult, Outcome, Report
from conformance.results.operations import operation_results
from conformance.selftest.report_sample import a_report, rule

P, F, N, A, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.PARTLY_ASSESSED, Outcome.ERROR
K = Outcome.FLAKY
GET, PUT = "GET /a/{id}", "PUT /a/{id}"


def case(operation: str | None, outcome: Outcome, *, rule_id: str = "one", name: str = "", why: str = "") -> Case:
    """A case of a rule about this operation."""
    gap = {"": None, "nothing to ask": Gap.INAPPLICABLE}.get(why, Gap.UNMET) if outcome is N else None
    return Case(rule_id, "test_a::b", name, outcome, 1, why or None, gap=gap, operation=operation)


@pytest.mark.parametrize(
    ("outcomes", "together"),
    [((P, P), P), ((P, F), F), ((F, N), F), ((P, N), A), ((N, N), N), ((P, E), E), ((E, F), F), ((K, P), K)],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value),
)
def test_the_cases_of_a_rule_come_to_one_cell(outcomes: tuple[Outcome, ...], together: Outcome) -> None:
    """What broke counts most; what was judged in part is no pass."""
    cases = [case(GET, outcome, name=str(number), why="w") for number, outcome in enumerate(outcomes)]
    (found,) = operation_results(cases)
    assert found.outcomes == {"one": together}


def test_what_there_is_nothing_to_ask_of_has_an_empty_cell() -> None:
    """The reason is kept, since a reader wonders."""
    (found,) = operation_results([case(GET, N, why="nothing to ask"), case(GET, P, rule_id="two")])
    assert (found.outcomes, found.reasons) == ({"two": P}, {"one": "nothing to ask"})


def test_operations_are_in_the_order_of_their_paths_and_methods() -> None:
    """Cases that are about no operation are left out."""
    names = ["PUT /a/{id}", "GET /a/{id}", "HEAD /a", "GET /b", "PURGE /a", "GET /a"]
    found = operation_results([case(None, P), *(case(name, P) for name in names)])
    assert [one.name for one in found] == ["GET /a", "HEAD /a", "PURGE /a", "GET /a/{id}", "PUT /a/{id}", "GET /b"]


def with_operations(*operations: OperationResult) -> Report:
    """A report on these operations."""
    return replace(a_report(rule(Level.REQUIRED, P)), operations=operations)


def test_of_repeated_runs_the_worst_counts() -> None:
    """What broke in one and held in another is flaky, and what only one part asked is kept."""
    first = with_operations(OperationResult(GET, {"one": P, "two": P}))
    open_one = OperationResult(PUT, {"one": N}, {"one": "x"})
    second = with_operations(OperationResult(GET, {"one": F}, {"one": "w"}), open_one)
    got, put = merged([first, second]).operations
    assert (got.name, got.outcomes, got.reasons) == (GET, {"one": Outcome.FLAKY, "two": P}, {"one": "w"})
    assert put == open_one


def test_of_too_many_operations_the_broken_ones_are_shown() -> None:
    """A page of thousands of rows is read by no one; report.json has the rest."""
    many = [OperationResult(f"GET /{number:04}", {"one": P}) for number in range(MOST_ROWS + 5)]
    many[-1] = OperationResult("GET /broken", {"one": F}, {"one": "w"})
    table = operation_table(with_operations(*many))
    assert (table.rows[0][0].name, len(table.rows), table.unshown) == ("GET /broken", MOST_ROWS, 5)


def test_the_words_count_what_was_asked_and_what_holds() -> None:
    """What was not asked is neither; what a rule could not judge, because it follows from another, does not hold."""
    report = with_operations(
        OperationResult(GET, {"one": P, "two": N}, {"two": "follows from one"}),
        OperationResult(PUT, {"one": F, "two": P}),
        OperationResult("GET /b", {"one": N}),
        OperationResult("GET /c", {"one": P, "two": P}),
        OperationResult("GET /d", {"one": P, "two": A}),
        OperationResult("GET /e", {"one": K}),
        OperationResult("GET /f"),
    )
    assert operations_in_words(report) == "7 known, 5 asked: 1 hold in full, 3 hold in part, 1 broken"
    assert operation_table(report).unasked == (("follows from one", (GET,)),)


def test_the_words_of_what_holds_throughout_are_short() -> None:
    """No zeros are told."""
    assert operations_in_words(with_operations(OperationResult(GET, {"one": P}))) == "1 known, 1 asked: 1 hold in full"
    assert operations_in_words(with_operations(OperationResult(GET, {"one": N}))) == "1 known, 0 asked"
