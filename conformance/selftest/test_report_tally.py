"""What the cases of a run add up to: the worst of them, never more than was seen, in any order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract import rules as contract
from conformance.results.aggregate import Case, Gap, aggregate
from conformance.results.data import Finding, Outcome

P, F, N, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.ERROR
A = Outcome.PARTLY_ASSESSED
RULE = next(rule for rule in contract.load_contract().rules if rule.cases == 1)


def case(name: str, outcome: Outcome = P, check: str = "test_a::test_b", *findings: Finding) -> Case:
    return Case(RULE.id, check, name, outcome, 2, None if outcome is P else f"{name} was {outcome}", findings)


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ((P, P), P), ((P, F), F), ((P, E), E), ((E, F), F), ((N, N), N), ((P, N), A), ((N, F), F), ((N, E), E), ((), N),
    ],
)  # fmt: skip
def test_a_rule_is_what_its_worst_case_is(outcomes: tuple[Outcome, ...], whole: Outcome) -> None:
    """A failure outweighs an error, both outweigh the rest; with a case that was not judged no rule passes."""
    cases = [case(str(number), outcome) for number, outcome in enumerate(outcomes)]
    assert aggregate([RULE], cases)[0].outcome is whole


@pytest.mark.parametrize(
    ("outcomes", "whole"), [((P, P), A), ((P, P, P), P), ((P, F), F), ((P, E), E), ((), N)], ids=str
)
def test_a_rule_that_was_cut_short_does_not_pass(outcomes: tuple[Outcome, ...], whole: Outcome) -> None:
    """Of three planned cases all three have to be seen; a violation that was seen stays one."""
    cases = [case(str(number), outcome) for number, outcome in enumerate(outcomes)]
    result = aggregate([RULE], cases, {RULE.id: 3})[0]
    assert result.outcome is whole
    if whole in (A, N):
        assert result.reason == f"only {len(cases)} of 3 cases were run"


UNMET, TROUBLE, IMPOSSIBLE = Gap.UNMET, Gap.TROUBLE, Gap.INAPPLICABLE


@pytest.mark.parametrize(
    ("gaps", "whole"),
    [
        pytest.param((None, UNMET), A, id="something was not supplied"),
        pytest.param((None, TROUBLE), A, id="trouble"),
        pytest.param((None, IMPOSSIBLE), P, id="a case that cannot exist"),
        pytest.param((None, IMPOSSIBLE, UNMET), A, id="one that cannot exist, and one that could"),
        pytest.param((IMPOSSIBLE, IMPOSSIBLE), N, id="no case can exist"),
        pytest.param((UNMET,), N, id="nothing was supplied"),
    ],
)
def test_what_a_case_lacks_decides_what_its_rule_lacks(gaps: tuple[Gap | None, ...], whole: Outcome) -> None:
    """Whether its cases stand in one check or in one each."""
    for check in ("test_a::test_b", "test_a::test_{}"):
        cases = [
            replace(case(str(number), N if gap else P, check.format(number)), gap=gap)
            for number, gap in enumerate(gaps)
        ]
        assert aggregate([RULE], cases)[0].outcome is whole


def by(means: str, *gaps: Gap | None, shows: str | None = "a thing") -> list[Case]:
    """The cases of one check of several that show the same."""
    made = [case(str(number), N if gap else P, f"test_a::{means}") for number, gap in enumerate(gaps)]
    return [replace(one, gap=gap, shows=shows, means=means) for one, gap in zip(made, gaps, strict=True)]


@pytest.mark.parametrize(
    ("cases", "whole"),
    [
        pytest.param([*by("one", None), *by("other", UNMET, UNMET)], P, id="one is enough"),
        pytest.param([*by("one", None, None), *by("other", None)], P, id="both"),
        pytest.param([*by("one", UNMET), *by("other", UNMET)], N, id="neither"),
        pytest.param([*by("one", None, UNMET), *by("other", UNMET)], A, id="one in part is not enough"),
        pytest.param([*by("one", None), *by("other", TROUBLE)], A, id="trouble is never made up for"),
        pytest.param([*by("one", IMPOSSIBLE), *by("other", UNMET)], N, id="what cannot exist shows nothing"),
        pytest.param([*by("one", None), *by("other", UNMET, shows="another")], A, id="another thing"),
        pytest.param([*by("one", None, shows=None), *by("other", UNMET, shows=None)], A, id="no alternatives"),
    ],
)
def test_of_checks_that_show_the_same_one_is_enough(cases: list[Case], whole: Outcome) -> None:
    """If it was judged in full, and the others lack nothing but what the profile may supply."""
    assert aggregate([RULE], cases)[0].outcome is whole


def test_the_report_says_by_which_means_a_rule_was_judged() -> None:
    """And by which not; and also which cases cannot exist on this target."""
    (result,) = aggregate([RULE], [*by("one", None), *by("two", None, IMPOSSIBLE), *by("three", UNMET)])
    assert result.reason == (
        "a thing: judged by one and two, not by three; 1 case does not exist here: 1 was not-assessed"
    )
    assert [(check.outcome, check.shows, check.means, check.left) for check in result.checks] == [
        (P, "a thing", "one", 0), (N, "a thing", "three", 0), (P, "a thing", "two", 0),
    ]  # fmt: skip


def test_a_rule_that_was_judged_in_part_says_why_and_how_much_is_left() -> None:
    """The reason is the one that most of its open cases give; a check tells of its own."""
    cases = [*by("one", None, TROUBLE, shows=None), *by("two", UNMET, IMPOSSIBLE, shows=None)]
    cases = [replace(one, reason=f"lacks {one.gap}") if one.gap else one for one in cases]
    (result,) = aggregate([RULE], [*cases, replace(cases[2], name="more")])
    assert (result.outcome, result.reason) == (A, "lacks unmet")
    assert [(check.outcome, check.reason, check.left) for check in result.checks] == [
        (A, "lacks trouble", 1), (N, "lacks unmet", 2),
    ]  # fmt: skip


def test_what_had_trouble_is_the_reason_if_its_alternative_lacks_something() -> None:
    """To supply what the other needs would not have helped."""
    cases = [*by("one", TROUBLE), *by("other", UNMET, UNMET)]
    (result,) = aggregate([RULE], [replace(one, reason=f"lacks {one.gap}") for one in cases])
    assert (result.outcome, result.reason) == (N, "lacks trouble")


def test_fewer_cases_than_the_contract_asks_for_are_no_pass() -> None:
    """If the rest cannot exist it is open in part, and otherwise the suite is broken."""
    rule = replace(RULE, cases=3)
    cases = [case("a"), case("b")]
    assert aggregate([rule], cases)[0].outcome is E
    assert aggregate([rule], [*cases, replace(case("c", N), gap=IMPOSSIBLE)])[0].outcome is A


def test_the_order_does_not_depend_on_who_was_done_first() -> None:
    """Two workers that come to an end in another order make the same report."""
    found = Finding("x", (401,), 200, case="b")
    cases = [case("b", F, "test_a::test_b", found), case("a"), case("c", P, "test_a::test_a")]
    assert aggregate([RULE], cases) == aggregate([RULE], cases[::-1])


def test_a_finding_of_a_named_case_comes_before_a_generated_one() -> None:
    """A name says more to a reader, and stays the same from run to run."""
    generated, named = Finding("generated", (401,), 200), Finding("named", (401,), 200, case="z")
    cases = [case("", F, "test_a::test_a", generated), case("z", F, "test_z::test_z", named)]
    first, second = aggregate([RULE], cases)[0].findings
    assert (first.summary, first.check) == ("named", "test_z::test_z")
    assert (second.summary, second.check) == ("generated", "test_a::test_a")
