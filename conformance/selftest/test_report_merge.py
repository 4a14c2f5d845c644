"""Shards and repeated runs become one report, and what differs between runs is never called passed."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import Level
from conformance.report.merge import merge
from conformance.results import CheckResult, ContractRef, Outcome, Report, ReportError, Subject, Verdict
from conformance.selftest.report_sample import a_full_report, a_report, rule

P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
R = Level.REQUIRED


def of_two_rules(*rules: Any) -> Report:  # noqa: ANN401 - rules of the sample
    return replace(a_report(*rules), contract=ContractRef("1.0", 2))


def test_shards_together_are_the_whole() -> None:
    """Two shards that pass are conformant only together."""
    one, other = rule(R, P), replace(rule(R, P), id="org-missing")
    assert merge([of_two_rules(one), of_two_rules(one)]).verdict is Verdict.CONFORMANT_AS_ASSESSED
    whole = merge([of_two_rules(one), of_two_rules(other)])
    assert [found.id for found in whole.rules] == ["org-missing", "token-expired"]
    assert whole.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize(
    ("outcomes", "merged"),
    [
        pytest.param((P, F), F, id="passed and failed"),
        pytest.param((P, N), N, id="passed and not assessed"),
        pytest.param((P, W), W, id="passed and waived"),
        pytest.param((E, P), E, id="error and passed"),
        pytest.param((W, F), F, id="waived and failed"),
    ],
)
def test_a_rule_that_differs_between_runs_is_flaky(outcomes: tuple[Outcome, Outcome], merged: Outcome) -> None:
    """It has the worse outcome, the mark, and a reason that counts both."""
    found = merge([a_report(rule(R, outcome)) for outcome in outcomes]).rules[0]
    assert (found.outcome, found.flaky) == (merged, True)
    assert "repeated runs disagree" in (found.reason or "")


def test_a_case_that_differs_makes_its_rule_flaky() -> None:
    """Both runs fail, but not in the same case."""
    parts = [
        a_report(replace(rule(R, F), checks=(CheckResult("c", F, 1, 1, case_outcomes={case: F}),))) for case in "ab"
    ]
    found = merge(parts).rules[0]
    assert (found.outcome, found.flaky) == (F, True)
    assert found.checks[0].case_outcomes == {"a": F, "b": F}


def test_a_rule_whose_check_differs_is_never_passed() -> None:
    """Passed twice, but with a check that was not assessed once."""
    parts = [a_report(replace(rule(R, P), checks=(CheckResult("c", one, 1, 1),))) for one in (P, N)]
    assert (merge(parts).rules[0].outcome, merge(parts).rules[0].flaky) == (N, True)


def test_equal_runs_are_no_flake() -> None:
    """The same report twice has its findings once and its exchanges twice."""
    report = a_full_report()
    found = merge([report, report])
    assert [one.flaky for one in found.rules] == [False, False]
    assert found.rules[0].findings == report.rules[0].findings
    assert found.run.exchanges == 2 * report.run.exchanges
    assert found.run.statuses == {"200": 24}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param({"contract": ContractRef("2.0", 71)}, "contract version 2.0", id="contract"),
        pytest.param(
            {"subject": Subject(a_report().subject.role, "prod", "https://staging.example")}, "prod", id="name"
        ),
        pytest.param(
            {"subject": Subject(a_report().subject.role, "staging", "https://b.example")}, "b.ex", id="address"
        ),
        pytest.param({"run": replace(a_report().run, seed=8)}, "seed 8", id="seed"),
        pytest.param({"run": replace(a_report().run, level=Level.STANDARD)}, "level standard", id="level"),
    ],
)
def test_parts_of_different_runs_are_refused(other: dict[str, Any], said: str) -> None:
    """The message names what differs, and in which part."""
    with pytest.raises(ReportError, match=f"part 2 .*{said}"):
        merge([a_report(rule(R, P)), replace(a_report(rule(R, P)), **other)])


def test_a_merged_run_says_of_how_many_it_was_made() -> None:
    """Also where a part was merged before."""
    part = a_report(rule(R, P))
    assert merge([merge([part, part]), part]).run.notes == ("merged from 3 runs",)


def test_a_part_that_was_cut_short_keeps_the_whole_from_being_conformant() -> None:
    """An interrupted run vouches for no more than it saw."""
    cut = of_two_rules(rule(R, P), replace(rule(R, P), id="org-missing"))
    part = replace(cut, run=replace(cut.run, notes=("the run was interrupted",)))
    assert merge([part, cut]).verdict is Verdict.CONFORMANT_AS_ASSESSED
