"""Waivers excuse known failures, and nothing else, for as long as they say."""

from dataclasses import replace
from datetime import date

import pytest

from conformance.contract.rules import Level, Role
from conformance.results import data as results
from conformance.results import waivers
from conformance.results.data import (
    CheckResult,
    ContractRef,
    Finding,
    Outcome,
    Report,
    RuleResult,
    Run,
    Subject,
    Verdict,
)
from conformance.results.waivers import WaiverError

TODAY = date(2026, 6, 15)
P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR

ENTRY = '[[waiver]]\nrule = "token-expired"\nreason = "known"\nuntil = 2026-06-15\nticket = "T-1"\n'


def a_report(outcome: Outcome, *checks: tuple[str, Outcome]) -> Report:
    failing = RuleResult(
        "token-expired",
        Role.SERVER,
        Level.REQUIRED,
        "Expired is 401.",
        "Expiry",
        outcome,
        checks=tuple(CheckResult(name, one, 1, 2) for name, one in checks or (("a", outcome),)),
    )
    passing = RuleResult("org-missing", Role.SERVER, Level.REQUIRED, "No org is 403.", "Headers", P)
    rules = (failing, passing)
    return Report(
        Subject(Role.SERVER, "staging", None),
        ContractRef("1.0", 71),
        Run("2026-06-15T00:00:00+00:00", 1.0, 0, "1.0.0", 2, "standard"),
        rules,
    )


def applied(report: Report, text: str = ENTRY, today: date = TODAY) -> Report:
    return waivers.apply_waivers(waivers.parse_waivers(text), report, today)


def test_a_waived_failure_leaves_the_run_conformant_as_assessed() -> None:
    """The failure is waived, with reason, date and ticket, and the exit code is 0."""
    report = applied(a_report(F))
    assert report.rules[0].outcome is W
    assert report.rules[0].waiver == {"reason": "known", "until": "2026-06-15", "ticket": "T-1"}
    assert report.verdict is Verdict.CONFORMANT_AS_ASSESSED
    assert report.grades[Level.REQUIRED].waived == 1
    assert report.exit_code == 0


def test_a_waiver_whose_rule_passes_is_stale() -> None:
    """A waiver that excuses nothing makes a run fail that would have been conformant."""
    report = applied(a_report(P))
    assert "stale" in report.complaints[0]
    assert report.exit_code == 1


def test_a_waiver_over_date_excuses_nothing() -> None:
    """On the day after its date the failure counts again, and the waiver is complained of."""
    report = applied(a_report(F), today=date(2026, 6, 16))
    assert report.rules[0].outcome is F
    assert "is over" in report.complaints[0]
    assert report.exit_code == 1


@pytest.mark.parametrize("outcome", [N, E], ids=["not assessed", "error"])
def test_a_waiver_never_covers_what_was_not_judged(outcome: Outcome) -> None:
    """The suite's own limits are not excused: neither waived nor stale."""
    report = applied(a_report(outcome))
    assert (report.rules[0].outcome, report.complaints) == (outcome, ())


def test_a_waiver_for_one_check_leaves_the_other_failures() -> None:
    """A second failing check keeps the rule failed."""
    report = applied(a_report(F, ("a", F), ("b", F)), ENTRY + 'check = "a"\n')
    assert report.rules[0].outcome is F
    assert [check.outcome for check in report.rules[0].checks] == [W, F]


def test_a_waiver_for_the_only_failing_check_waives_the_rule() -> None:
    """If nothing else fails, the rule counts as waived."""
    assert applied(a_report(F, ("a", F), ("b", P)), ENTRY + 'check = "a"\n').rules[0].outcome is W


def test_an_error_beside_a_waived_check_stays_an_error() -> None:
    """Excusing the violation does not excuse the breakdown."""
    assert applied(a_report(F, ("a", F), ("b", E)), ENTRY + 'check = "a"\n').rules[0].outcome is E


@pytest.mark.parametrize("reached", [False, True], ids=["unreachable", "interrupted"])
def test_a_waiver_for_a_check_that_was_not_reached_is_left_alone(reached: bool) -> None:
    """If no check of a rule was run, or the run was cut short, it is not known that the check does not exist."""
    report = a_report(F) if reached else a_report(N)
    failing = report.rules[0] if reached else replace(report.rules[0], checks=())
    run = replace(report.run, cut_short=results.INTERRUPTED if reached else None)
    report = replace(report, rules=(failing, *report.rules[1:]), run=run)
    assert applied(report, ENTRY + 'check = "not-reached"\n').rules == report.rules


def test_a_waiver_for_a_rule_that_the_run_left_out_is_left_alone() -> None:
    """A shard does not complain of the waivers of another."""
    report = a_report(F)
    other = applied(replace(report, rules=report.rules[1:]))
    assert other.complaints == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(ENTRY.replace("token-expired", "token-expird"), "token-expird", id="unknown rule"),
        pytest.param(ENTRY.replace("token-expired", "retry-after-401"), "no server rule", id="other role"),
        pytest.param(ENTRY + 'check = "z"\n', "no such check", id="unknown check"),
    ],
)
def test_a_waiver_that_matches_nothing_is_an_error(text: str, said: str) -> None:
    """A typing mistake in a waiver never passes for a waiver."""
    with pytest.raises(WaiverError, match=said):
        applied(a_report(F), text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[[waiver]", "w.toml: ", id="not TOML"),
        pytest.param(ENTRY.replace("ticket", "tickets"), r"w\.toml: waiver\[token-expired\]\.ticket: is", id="key"),
        pytest.param(ENTRY + "x = 1\n", r"w\.toml: waiver\[token-expired\]\.x: unknown key", id="unknown key"),
        pytest.param(ENTRY.replace('"known"', '" "'), r"\.reason: is empty; write one", id="blank reason"),
        pytest.param(ENTRY.replace("2026-06-15", '"soon"'), r"\.until: must be a date", id="date as text"),
        pytest.param("[waivers]\n", r"w\.toml: waivers: unknown key", id="unknown table"),
        pytest.param(ENTRY + ENTRY, r"waiver\[#2\]\.rule: token-expired is waived twice", id="given twice"),
    ],
)
def test_a_wrong_file_is_refused_by_file_and_key(text: str, said: str) -> None:
    """The message names the file and the path of the key."""
    with pytest.raises(WaiverError, match=said):
        waivers.parse_waivers(text, "w.toml")


def test_a_suggested_file_names_every_failure_and_waits_for_reasons() -> None:
    """The starting file cannot be used before the reasons are written."""
    text = waivers.suggest(a_report(F), TODAY)
    assert 'rule = "token-expired"' in text
    with pytest.raises(WaiverError, match="reason"):
        waivers.parse_waivers(text)


def test_what_is_not_waived_of_a_rule_stands_first() -> None:
    """A reader who has to act sees what is left to be mended, not what is excused."""
    report = a_report(F, ("a", F), ("b", F))
    findings = tuple(Finding(f"found by {name}", (401,), 200, check=name) for name in ("a", "b"))
    checks = tuple(replace(check, reason=f"broken in {check.id}") for check in report.rules[0].checks)
    rule = replace(report.rules[0], findings=findings, checks=checks, reason="broken in a")
    waived = applied(replace(report, rules=(rule, *report.rules[1:])), ENTRY + 'check = "a"\n').rules[0]
    assert (waived.outcome, waived.reason) == (F, "broken in b")
    assert [one.summary for one in waived.findings] == ["found by b", "found by a"]


def test_a_suggestion_excuses_no_check_that_holds() -> None:
    """If only some checks of a rule fail, the others stay what they are: judged."""
    report = a_report(F, ("holds", P), ("broken", F))
    text = waivers.suggest(report, TODAY).replace('reason = ""', 'reason = "r"').replace('ticket = ""', 'ticket = "t"')
    assert [one.name for one in waivers.parse_waivers(text)] == ["token-expired (broken)"]
    assert applied(report, text).rules[0].outcome is W
