"""Shards and repeated runs become one report, and what differs between runs is never called passed."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract.rules import Level
from conformance.report.merge import merged
from conformance.results.data import CheckResult, ContractRef, Outcome, Report, ReportError, Subject, Verdict
from conformance.selftest.report_sample import a_full_report, a_report, rule

P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
A, K = Outcome.PARTLY_ASSESSED, Outcome.FLAKY
R = Level.REQUIRED


def of_two_rules(*rules: Any) -> Report:  # noqa: ANN401 - rules of the sample
    return replace(a_report(*rules), contract=ContractRef("1.0", 2))


def test_shards_together_are_the_whole() -> None:
    """Two shards that pass are conformant only together."""
    one, other = rule(R, P), replace(rule(R, P), id="org-missing")
    assert merged([of_two_rules(one), of_two_rules(one)]).verdict is Verdict.CONFORMANT_AS_ASSESSED
    whole = merged([of_two_rules(one), of_two_rules(other)])
    assert [found.id for found in whole.rules] == ["org-missing", "token-expired"]
    assert whole.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize(
    ("outcomes", "together"),
    [
        pytest.param((P, F), K, id="passed and failed"),
        pytest.param((P, F, F), K, id="passed once and failed twice"),
        pytest.param((K, F), K, id="flaky and failed"),
        pytest.param((K, P), K, id="flaky and passed"),
        pytest.param((N, F), F, id="not assessed and failed"),
        pytest.param((A, F), F, id="partly assessed and failed"),
        pytest.param((E, F), F, id="error and failed"),
        pytest.param((P, N), N, id="passed and not assessed"),
        pytest.param((P, A), A, id="passed and partly assessed"),
        pytest.param((A, N), N, id="partly assessed and not assessed"),
        pytest.param((P, W), W, id="passed and waived"),
        pytest.param((E, P), E, id="error and passed"),
        pytest.param((W, F), F, id="waived and failed"),
    ],
)
def test_a_rule_that_differs_between_runs_never_passes(outcomes: tuple[Outcome, ...], together: Outcome) -> None:
    """Broken in one and held in another it is flaky, else it has the worst outcome; the reason counts them."""
    for order in itertools.permutations(outcomes):
        found = merged([a_report(rule(R, outcome)) for outcome in order]).rules[0]
        assert found.outcome is together
        assert "repeated runs disagree" in (found.reason or "")


def test_a_flaky_rule_is_no_breach_and_no_pass() -> None:
    """The pipeline stops, and the target is not accused."""
    whole = merged([a_report(rule(R, P)), a_report(rule(R, F))])
    assert (whole.verdict, whole.exit_code) == (Verdict.NOT_ASSESSED, 3)


def test_runs_that_fail_in_other_cases_fail() -> None:
    """A violation was seen in each of them; the reason says that it was not the same."""
    parts = [
        a_report(replace(rule(R, F), checks=(CheckResult("c", F, 1, 1, case_outcomes={case: F}),))) for case in "ab"
    ]
    found = merged(parts).rules[0]
    assert (found.outcome, found.checks[0].case_outcomes) == (F, {"a": K, "b": K})
    assert "with different cases" in (found.reason or "")


def test_checks_that_other_means_made_needless_are_no_disagreement() -> None:
    """Each run judged the rule in full, one by a supplied token and the other by a minted one."""
    parts = [
        a_report(replace(rule(R, P), checks=(CheckResult("a", one, 1, 1), CheckResult("b", other, 1, 1))))
        for one, other in ((P, N), (N, P))
    ]
    found = merged(parts).rules[0]
    assert (found.outcome, found.reason) == (P, None)


def test_equal_runs_are_no_flake() -> None:
    """The same report twice has its findings once and its exchanges twice."""
    report = a_full_report()
    found = merged([report, report])
    assert [one.outcome for one in found.rules] == [one.outcome for one in report.rules]
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
        merged([a_report(rule(R, P)), replace(a_report(rule(R, P)), **other)])


def test_a_merged_run_says_of_how_many_it_was_made() -> None:
    """Also if a part was merged before."""
    part = a_report(rule(R, P))
    assert merged([merged([part, part]), part]).run.notes == ("merged from 3 runs",)


@pytest.mark.parametrize("cause", ["the run was interrupted", "the token expired"])
def test_a_part_that_was_cut_short_leaves_the_whole_not_assessed(cause: str) -> None:
    """It proves nothing alone, and no other part can prove what it did not see."""
    part = of_two_rules(rule(R, P), replace(rule(R, P), id="org-missing"))
    cut = replace(part, run=replace(part.run, cut_short=cause))
    for parts in ([part, cut], [cut, part], [merged([cut, part]), part]):
        whole = merged(parts)
        assert (whole.run.cut_short, whole.verdict, whole.exit_code) == (cause, Verdict.NOT_ASSESSED, 3)


def test_a_merged_report_says_how_many_rules_the_contract_has() -> None:
    """Also if one of its parts is of a suite that did not count them."""
    part = of_two_rules(rule(R, P))
    counting = replace(part, contract=ContractRef("1.0", 2, {R: 2}))
    assert merged([part, counting]).judged[R] == (1, 2)
