"""A comparison tells what broke, what was fixed and what is no longer judged, by rule and by case."""

from dataclasses import replace

import pytest

from conformance.contract.rules import Level, Role
from conformance.report import compare
from conformance.report.compare import Change
from conformance.results.data import CheckResult, ContractRef, Outcome, Report, ReportError, RuleResult, Subject
from conformance.selftest.report_sample import a_report, rule

P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
A, K = Outcome.PARTLY_ASSESSED, Outcome.FLAKY
R, S = Level.REQUIRED, Level.STANDARD


def with_cases(outcome: Outcome, **cases: Outcome) -> RuleResult:
    return replace(rule(R, outcome), checks=(CheckResult("c", outcome, 3, 3, case_outcomes=cases),))


def kinds(old: Report, new: Report) -> list[Change]:
    return [change.kind for change in compare.comparison(old, new).rules]


@pytest.mark.parametrize(
    ("level", "old", "new", "kind", "regressed"),
    [
        pytest.param(R, P, F, Change.NEWLY_FAILING, True, id="required newly failing"),
        pytest.param(S, P, F, Change.NEWLY_FAILING, True, id="standard newly failing"),
        pytest.param(R, N, F, Change.NEWLY_FAILING, True, id="failing once it was assessed"),
        pytest.param(R, W, F, Change.NEWLY_FAILING, True, id="failing once its waiver is over"),
        pytest.param(R, P, N, Change.NEWLY_UNASSESSED, True, id="required newly unassessed"),
        pytest.param(R, P, A, Change.NEWLY_UNASSESSED, True, id="required newly judged in part only"),
        pytest.param(R, A, N, Change.NEWLY_UNASSESSED, True, id="required no longer judged even in part"),
        pytest.param(R, P, K, Change.NEWLY_UNASSESSED, True, id="runs newly disagree about it"),
        pytest.param(R, K, F, Change.NEWLY_FAILING, True, id="broken in every run now"),
        pytest.param(S, P, A, Change.NEWLY_UNASSESSED, False, id="standard newly judged in part only"),
        pytest.param(R, A, P, Change.OTHERWISE, False, id="newly judged in full"),
        pytest.param(R, N, A, Change.OTHERWISE, False, id="newly judged in part"),
        pytest.param(R, F, E, Change.NEWLY_UNASSESSED, True, id="required ends in an error"),
        pytest.param(S, P, N, Change.NEWLY_UNASSESSED, False, id="standard newly unassessed"),
        pytest.param(R, F, P, Change.FIXED, False, id="fixed"),
        pytest.param(R, F, W, Change.OTHERWISE, False, id="newly waived"),
        pytest.param(R, N, P, Change.OTHERWISE, False, id="newly assessed"),
    ],
)
def test_a_rule_that_came_out_differently(
    level: Level, old: Outcome, new: Outcome, kind: Change, regressed: bool
) -> None:
    """Each change has its kind, and only violations and lost required rules are regressions."""
    found = compare.comparison(a_report(rule(level, old)), a_report(rule(level, new)))
    assert ([change.kind for change in found.rules], found.regressed) == ([kind], regressed)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_report_is_no_regression_of_itself(outcome: Outcome) -> None:
    """Equal reports have no difference, however bad they are."""
    found = compare.comparison(a_report(rule(R, outcome)), a_report(rule(R, outcome)))
    assert (found.rules, found.cases, found.regressed) == ((), (), False)
    assert "Nothing changed." in compare.comparison_markdown(found)


def test_an_added_rule_is_no_regression() -> None:
    """A rule that only the newer report has is named as added."""
    found = compare.comparison(a_report(), a_report(rule(R, F)))
    assert ([change.kind for change in found.rules], found.regressed) == ([Change.ADDED], False)


@pytest.mark.parametrize(
    ("level", "old", "version", "regressed"),
    [
        pytest.param(R, P, "1.0", True, id="a required rule of the same contract"),
        pytest.param(R, N, "1.0", False, id="one that was never judged"),
        pytest.param(S, P, "1.0", False, id="a standard rule"),
        pytest.param(R, P, "2.0", False, id="a rule that the newer contract dropped"),
    ],
)
def test_a_removed_rule(level: Level, old: Outcome, version: str, regressed: bool) -> None:
    """A required rule that was judged and is missing under the same contract is no longer judged."""
    newer = replace(a_report(), contract=ContractRef(version, 71))
    found = compare.comparison(a_report(rule(level, old)), newer)
    assert ([change.kind for change in found.rules], found.regressed) == ([Change.REMOVED], regressed)


def test_a_case_that_newly_fails_in_a_rule_that_failed_is_a_regression() -> None:
    """The rule's outcome is the same, the case's is not."""
    found = compare.comparison(a_report(with_cases(F, a=F)), a_report(with_cases(F, a=F, b=F)))
    assert [(change.kind, change.case) for change in found.cases] == [(Change.NEWLY_FAILING, "b")]
    assert (found.rules, found.regressed) == ((), True)


def test_a_fixed_case_is_named() -> None:
    """A case that is no longer among those that did not pass is fixed."""
    found = compare.comparison(a_report(with_cases(F, a=F, b=F)), a_report(with_cases(F, a=F)))
    assert [(change.kind, change.case) for change in found.cases] == [(Change.FIXED, "b")]


def whole(outcome: Outcome, *passed: str, **others: Outcome) -> RuleResult:
    """A rule whose one check names every case."""
    check = CheckResult("c", outcome, len(passed) + len(others), 3, case_outcomes=others, passed_cases=passed)
    return replace(rule(R, outcome), checks=(check,))


@pytest.mark.parametrize(
    ("old", "new", "changes", "regressed"),
    [
        pytest.param(whole(P, "a", "b"), whole(P, "a"), [(Change.REMOVED, "b")], False, id="removed"),
        pytest.param(whole(P, "a"), whole(P, "a", "b"), [(Change.ADDED, "b")], False, id="added"),
        pytest.param(whole(F, a=F), whole(F, a=F, b=F), [(Change.ADDED, "b")], False, id="added, and failing"),
        pytest.param(whole(F, "b", a=F), whole(F, a=F, b=F), [(Change.NEWLY_FAILING, "b")], True, id="failing"),
        pytest.param(whole(P, "a", "b"), whole(P, "a", b=N), [(Change.NEWLY_UNASSESSED, "b")], False, id="unassessed"),
        pytest.param(whole(F, "b", a=F), whole(P, "a", "b"), [(Change.FIXED, "a")], False, id="fixed"),
    ],
)
def test_a_case_is_told_from_one_that_is_not_there(
    old: RuleResult, new: RuleResult, changes: list[tuple[Change, str]], regressed: bool
) -> None:
    """If both reports name what passed, a case that one of them lacks is removed or added, not passed."""
    found = compare.comparison(a_report(old), a_report(new))
    assert [(change.kind, change.case) for change in found.cases] == changes
    assert (found.regressed, any(change.kind is Change.NEWLY_FAILING for change in found.rules)) == (regressed, False)


def test_a_case_whose_failure_is_waived_is_no_regression() -> None:
    """The waiver that excuses the rule excuses its cases."""
    waived = replace(whole(W, a=F), waiver={"reason": "r", "until": "2999-01-01", "ticket": "T"})
    found = compare.comparison(a_report(whole(P, "a")), a_report(waived))
    assert [(change.kind, change.new) for change in found.cases] == [(Change.OTHERWISE, W)]
    assert not found.regressed
    over = compare.comparison(a_report(waived), a_report(whole(F, a=F)))
    assert [change.kind for change in over.cases] == [Change.NEWLY_FAILING]


def test_a_check_that_one_side_lacks_is_named_as_a_whole() -> None:
    """Not each of its cases."""
    two = replace(rule(R, P), checks=(CheckResult("c", P, 3, 3), CheckResult("d", P, 3, 3)))
    one = replace(two, checks=two.checks[:1])
    removed, added = compare.comparison(a_report(two), a_report(one)), compare.comparison(a_report(one), a_report(two))
    assert [(change.kind, change.check, change.case) for change in removed.cases] == [(Change.REMOVED, "d", "")]
    assert [(change.kind, change.check, change.case) for change in added.cases] == [(Change.ADDED, "d", "")]
    assert "passed → not there" in compare.comparison_markdown(removed)


def test_an_older_report_without_cases_is_compared_by_rule_alone() -> None:
    """Cases that the older report did not keep are not taken for passed."""
    old = replace(rule(R, F), checks=(CheckResult("c", F, 3, 3),))
    assert compare.comparison(a_report(old), a_report(with_cases(F, a=F))).cases == ()


def test_a_server_is_not_compared_with_a_client() -> None:
    """The two have no rule in common."""
    client = replace(a_report(), subject=Subject(Role.CLIENT, "c", None))
    with pytest.raises(ReportError, match="of a server, the other of a client"):
        compare.comparison(a_report(), client)


def test_both_faces_name_every_change() -> None:
    """Markdown and page have rule, case and both outcomes."""
    found = compare.comparison(a_report(with_cases(P)), a_report(with_cases(F, early=F)))
    for text in (compare.comparison_markdown(found), compare.comparison_html(found)):
        assert [one for one in ("token-expired", "c[early]", "passed → failed", "Regressed") if one not in text] == []
