"""What the cases of a run add up to: the worst of them, never more than was seen, whoever was done first."""

from __future__ import annotations

import pytest

from conformance import contract
from conformance.results import Finding, Outcome
from conformance.tally import Case, tally

P, F, N, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.ERROR
RULE = next(rule for rule in contract.load().rules if rule.cases == 1)


def case(name: str, outcome: Outcome = P, check: str = "test_a::test_b", *findings: Finding) -> Case:
    return Case(RULE.id, check, name, outcome, 2, None if outcome is P else f"{name} was {outcome}", findings)


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ((P, P), P), ((P, F), F), ((P, E), E), ((E, F), F), ((N, N), N), ((P, N), P), ((N, F), F), ((), N),
    ],
)  # fmt: skip
def test_a_rule_is_what_its_worst_case_is(outcomes: tuple[Outcome, ...], whole: Outcome) -> None:
    """A failure outweighs an error, both outweigh what passed; what could not be judged takes nothing away."""
    cases = [case(str(number), outcome) for number, outcome in enumerate(outcomes)]
    assert tally([RULE], cases)[0].outcome is whole


@pytest.mark.parametrize(
    ("outcomes", "whole"), [((P, P), N), ((P, P, P), P), ((P, F), F), ((P, E), E), ((), N)], ids=str
)
def test_a_rule_that_was_cut_short_does_not_pass(outcomes: tuple[Outcome, ...], whole: Outcome) -> None:
    """Of three planned cases all three have to be seen; a breach that was seen stays one."""
    cases = [case(str(number), outcome) for number, outcome in enumerate(outcomes)]
    result = tally([RULE], cases, {RULE.id: 3})[0]
    assert result.outcome is whole
    if whole is N:
        assert result.reason == f"the run ended after {len(cases)} of 3 cases"


def test_the_order_does_not_depend_on_who_was_done_first() -> None:
    """Two workers that come to an end in another order make the same report."""
    found = Finding("x", (401,), 200, case="b")
    cases = [case("b", F, "test_a::test_b", found), case("a"), case("c", P, "test_a::test_a")]
    assert tally([RULE], cases) == tally([RULE], cases[::-1])


def test_a_finding_of_a_named_case_comes_before_a_generated_one() -> None:
    """A name says more to a reader, and stays the same from run to run."""
    generated, named = Finding("generated", (401,), 200), Finding("named", (401,), 200, case="z")
    cases = [case("", F, "test_a::test_a", generated), case("z", F, "test_z::test_z", named)]
    first, second = tally([RULE], cases)[0].findings
    assert (first.summary, first.check) == ("named", "test_z::test_z")
    assert (second.summary, second.check) == ("generated", "test_a::test_a")
