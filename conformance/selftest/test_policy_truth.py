"""The one policy: what outcomes add up to, for a run, an interrupted one, a merge and an old report alike."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from conformance.contract import rules as contract
from conformance.contract.rules import Level
from conformance.results import policy
from conformance.results.policy import BASELINES, Grade, Outcome, Verdict

P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
A, K = Outcome.PARTLY_ASSESSED, Outcome.FLAKY
R, S, H = Level.REQUIRED, Level.STANDARD, Level.HARDENING


@dataclass(frozen=True)
class Rule:
    level: Level
    outcome: Outcome
    id: str = "a-rule"


def of(*rules: tuple[Level, Outcome] | Rule, level: Level = R, whole: bool = True, cut_short: bool = False) -> Verdict:
    made = [one if isinstance(one, Rule) else Rule(*one) for one in rules]
    return policy.verdict(made, level, whole=whole, cut_short=cut_short)


@pytest.mark.parametrize(
    ("rules", "level", "verdict"),
    [
        pytest.param([(R, P), (S, P)], R, Verdict.CONFORMANT, id="all passed"),
        pytest.param([(R, P), (S, F)], R, Verdict.CONFORMANT, id="a lighter failure is only graded"),
        pytest.param([(R, P), (S, F)], S, Verdict.NOT_CONFORMANT, id="a failure at the chosen level"),
        pytest.param([(R, F), (S, P)], H, Verdict.NOT_CONFORMANT, id="a heavier failure"),
        pytest.param([(R, P), (R, N)], R, Verdict.CONFORMANT_AS_ASSESSED, id="a required rule open"),
        pytest.param([(R, P), (R, A)], R, Verdict.CONFORMANT_AS_ASSESSED, id="a required rule open in part"),
        pytest.param([(R, P), (R, W)], R, Verdict.CONFORMANT_AS_ASSESSED, id="a required failure waived"),
        pytest.param([(R, P), (S, N)], R, Verdict.CONFORMANT, id="a lighter rule open"),
        pytest.param([(R, P), (S, A)], S, Verdict.CONFORMANT_AS_ASSESSED, id="a lighter rule open at its level"),
        pytest.param([(R, P), (R, E)], R, Verdict.NOT_ASSESSED, id="an error at the chosen level"),
        pytest.param([(R, P), (S, E)], R, Verdict.CONFORMANT, id="an error in a lighter rule"),
        pytest.param([(R, P), (R, K)], R, Verdict.NOT_ASSESSED, id="runs disagree about a required rule"),
        pytest.param([(R, P), (S, K)], R, Verdict.CONFORMANT, id="runs disagree about a lighter rule"),
        pytest.param([(R, F), (R, E)], R, Verdict.NOT_CONFORMANT, id="a breach beside an error"),
        pytest.param([(R, F), (R, K)], R, Verdict.NOT_CONFORMANT, id="a breach beside a flaky rule"),
        pytest.param([(R, N), (S, P)], S, Verdict.NOT_ASSESSED, id="no required rule judged"),
        pytest.param([(R, A), (R, A)], R, Verdict.NOT_ASSESSED, id="no required rule judged in full"),
        pytest.param([], R, Verdict.NOT_ASSESSED, id="no rule at all"),
    ],
)
def test_the_verdict_follows_from_the_rules(rules: list[tuple[Level, Outcome]], level: Level, verdict: Verdict) -> None:
    """Violations weigh most, then breakdowns, then what is open."""
    assert of(*rules, level=level) is verdict


def test_a_run_that_left_rules_out_is_never_conformant_without_reserve() -> None:
    """A shard, or a run of one rule."""
    assert of((R, P), whole=False) is Verdict.CONFORMANT_AS_ASSESSED


def test_a_run_that_was_cut_short_vouches_for_nothing_but_its_breaches() -> None:
    """Whether it was interrupted, or ended because it could judge no longer."""
    assert of((R, P), cut_short=True) is Verdict.NOT_ASSESSED
    assert of((R, F), cut_short=True) is Verdict.NOT_CONFORMANT


@pytest.mark.parametrize("baseline", sorted(BASELINES))
def test_without_the_request_that_vouches_for_all_others_nothing_is_believed(baseline: str) -> None:
    """If it was not judged; a run of other rules only may do without it."""
    assert of((R, P), Rule(R, N, baseline)) is Verdict.NOT_ASSESSED
    assert of((R, P), Rule(R, P, baseline)) is Verdict.CONFORMANT
    assert of((R, P), whole=False) is Verdict.CONFORMANT_AS_ASSESSED


def test_each_role_has_a_required_rule_on_which_all_others_rest() -> None:
    """And the contract has it."""
    rules = [contract.load_contract().rule(one) for one in BASELINES]
    assert {rule.role for rule in rules} == set(contract.Role)
    assert {rule.level for rule in rules} == {R}


def test_nothing_open_is_ever_conformant() -> None:
    """Of all ways in which three required rules can come out, one alone is conformant without reserve."""
    ways = itertools.product(Outcome, repeat=3)
    assert [way for way in ways if of(*((R, one) for one in way)) is Verdict.CONFORMANT] == [(P, P, P)]


@pytest.mark.parametrize(
    ("verdict", "complaints", "code"),
    [
        pytest.param(Verdict.CONFORMANT, False, 0, id="conformant"),
        pytest.param(Verdict.CONFORMANT_AS_ASSESSED, False, 0, id="as assessed"),
        pytest.param(Verdict.NOT_CONFORMANT, False, 1, id="not conformant"),
        pytest.param(Verdict.NOT_ASSESSED, False, 3, id="not assessed"),
        pytest.param(Verdict.CONFORMANT, True, 1, id="a stale waiver"),
        pytest.param(Verdict.NOT_ASSESSED, True, 3, id="a stale waiver in a run that broke down"),
    ],
)
def test_the_exit_code_follows_from_the_verdict(verdict: Verdict, complaints: bool, code: int) -> None:
    """A pipeline reads the verdict from the exit code."""
    assert policy.exit_code(verdict, complaints=complaints) == code


def test_a_grade_adds_up_to_its_rules() -> None:
    """Errors and flaky rules count as not assessed; what was judged in part has a count of its own."""
    graded = policy.grades([*(Rule(R, outcome) for outcome in Outcome), Rule(H, P)])
    assert graded[R] == Grade(passed=1, failed=1, not_assessed=3, waived=1, partly_assessed=1)
    assert (graded[S], graded[H]) == (Grade(), Grade(passed=1))


def test_judged_is_what_was_judged_in_full_of_what_the_contract_has() -> None:
    """A part of the rules is no whole; a report that does not say how many there are counts its own."""
    rules = [Rule(R, outcome) for outcome in Outcome]
    assert policy.judged_share(rules, {R: 53, S: 23})[R] == (3, 53)
    assert policy.judged_share(rules, {})[R] == (3, 7)
