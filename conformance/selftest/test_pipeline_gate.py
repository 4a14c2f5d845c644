"""The gate of a pipeline: what is open is known and listed, or the run fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from conformance.config.gate_options import FailOn, GateError, GateOptions, fail_on_of, percent_of
from conformance.contract.rules import Level, Role
from conformance.report.pipeline_gate import PipelineGate, gate_of, held_to
from conformance.results import data as results
from conformance.results.coverage import UnassessedError, load_unassessed, suggest_unassessed
from conformance.results.data import ContractRef, Outcome, Report, RuleResult, Run, Subject
from conformance.results.waivers import Waiver

TODAY = date(2026, 6, 15)
P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
PART = Outcome.PARTLY_ASSESSED
ENTRY = '[[unassessed]]\nrule = "role-forbidden"\nreason = "no viewer"\nuntil = 2026-06-15\n'


def a_rule(name: str, outcome: Outcome, level: Level = Level.REQUIRED) -> RuleResult:
    reason = "supply tokens.viewer in the profile" if outcome in {N, PART} else None
    return RuleResult(name, Role.SERVER, level, "A sentence.", "Scope", outcome, reason)


def a_report(**outcomes: Outcome) -> Report:
    """Rules of level required with these outcomes; two underscores before `standard` make one of that level."""
    rules = tuple(
        a_rule(name.removesuffix("__standard").replace("_", "-"), outcome, _level(name))
        for name, outcome in ({"documented_request": P} | outcomes).items()
    )
    run = Run("2026-06-15T00:00:00+00:00", 1.0, 0, "1.0.0", 2, "standard")
    return Report(Subject(Role.SERVER, "staging", None), ContractRef("1.1", len(rules)), run, rules)


def _level(name: str) -> Level:
    return Level.STANDARD if name.endswith("__standard") else Level.REQUIRED


def listed(tmp_path: Path, text: str = ENTRY) -> PipelineGate:
    file = tmp_path / "unassessed.toml"
    file.write_text(text, "utf-8")
    return gate_of(GateOptions(unassessed=file), Role.SERVER)


STRICT = gate_of(GateOptions(strict_coverage=True), Role.SERVER)


@pytest.mark.parametrize("outcome", [N, PART], ids=["not at all", "in part"])
def test_an_open_rule_that_is_not_listed_fails_the_run(outcome: Outcome) -> None:
    """The complaint names the rule, and what to supply."""
    held = held_to(STRICT, a_report(role_forbidden=outcome), (), TODAY)
    assert held.exit_code == 1
    assert "role-forbidden (required)" in held.complaints[0]
    assert "supply tokens.viewer" in held.complaints[0]


@pytest.mark.parametrize("outcome", [N, PART], ids=["not at all", "in part"])
def test_an_open_rule_that_is_listed_does_not(tmp_path: Path, outcome: Outcome) -> None:
    """On the last day of the entry as well; the list alone makes coverage strict."""
    held = held_to(listed(tmp_path), a_report(role_forbidden=outcome), (), TODAY)
    assert (held.exit_code, held.complaints) == (0, ())


def test_a_list_makes_coverage_strict(tmp_path: Path) -> None:
    """What it does not name fails the run."""
    assert held_to(listed(tmp_path), a_report(token_expired=N), (), TODAY).exit_code == 1


@pytest.mark.parametrize("outcome", [P, W], ids=["passed", "waived"])
def test_a_listed_rule_that_was_judged_fails_the_run(tmp_path: Path, outcome: Outcome) -> None:
    """The list says what is open, and no more: else it would hide the rule the day it is lost."""
    held = held_to(listed(tmp_path), a_report(role_forbidden=outcome), (), TODAY)
    assert held.exit_code == 1
    assert "take it out of the list" in held.complaints[0]


def test_an_entry_over_date_fails_the_run(tmp_path: Path) -> None:
    """A list that is never looked at again is none. Its rule is complained of once."""
    held = held_to(listed(tmp_path), a_report(role_forbidden=N), (), date(2026, 6, 16))
    assert [one for one in held.complaints if "2026-06-15, which is over" in one] == list(held.complaints)
    assert held.exit_code == 1


def test_a_waiver_for_a_rule_that_was_not_judged_fails_a_strict_run(tmp_path: Path) -> None:
    """It excuses nothing, and would hide that the rule is open."""
    waiver = Waiver("role-forbidden", "known", TODAY, "T-1")
    held = held_to(listed(tmp_path), a_report(role_forbidden=N), (waiver,), TODAY)
    assert "waiver role-forbidden: its rule was not judged" in held.complaints[0]
    assert held_to(PipelineGate(), a_report(role_forbidden=N), (waiver,), TODAY).complaints == ()


def test_the_level_of_the_run_says_what_must_be_covered() -> None:
    """An open standard rule fails a run of level standard, and no run of level required."""
    report = a_report(scheme_case__standard=N)
    assert held_to(STRICT, report, (), TODAY).exit_code == 0
    standard = replace(report, run=replace(report.run, level=Level.STANDARD))
    assert held_to(STRICT, standard, (), TODAY).exit_code == 1


def test_an_entry_of_a_rule_that_the_run_left_out_is_left_alone(tmp_path: Path) -> None:
    """A shard does not complain of the entries of another."""
    assert held_to(listed(tmp_path), a_report(token_expired=P), (), TODAY).complaints == ()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda report: replace(report, run=replace(report.run, cut_short="deadline")), id="cut short"),
        pytest.param(lambda report: replace(report, rules=(*report.rules, a_rule("x", E))), id="error"),
    ],
)
def test_a_run_that_proves_nothing_keeps_its_exit_code(spoil: Callable[[Report], Report]) -> None:
    """3 says that it could not be assessed; dozens of open rules beside it would say nothing."""
    held = held_to(STRICT, spoil(a_report(role_forbidden=N)), (), TODAY)
    assert (held.exit_code, held.complaints) == (3, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(ENTRY.replace("role-for", "roll-for"), r'u\.toml: .*did you mean "role', id="misspelt"),
        pytest.param(ENTRY.replace("role-forbidden", "retry-after-401"), "no server rule", id="other role"),
        pytest.param(ENTRY + ENTRY, r"unassessed\[#2\]\.rule: role-forbidden is listed twice", id="twice"),
        pytest.param(ENTRY.replace('"no viewer"', '""'), r"\.reason: is empty; write one", id="no reason"),
        pytest.param(ENTRY.replace("2026-06-15", '"soon"'), r"\.until: must be a date", id="no date"),
        pytest.param(ENTRY + 'ticket = "T"\n', r"\.ticket: unknown key", id="unknown key"),
        pytest.param("[[unassesed]]\n", 'did you mean "unassessed"', id="unknown table"),
    ],
)
def test_a_wrong_list_is_refused_by_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    """It is looked at before the run, not after an hour of it."""
    file = tmp_path / "u.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UnassessedError, match=said):
        load_unassessed(file, Role.SERVER)


@pytest.mark.parametrize(
    ("least", "code"),
    [(75.0, 0), (75.1, 1)],
    ids=["reached", "missed"],
)
def test_a_share_of_the_rules_must_be_judged(least: float, code: int) -> None:
    """Three of four are 75 percent; waived ones were judged, rules beyond the level do not count."""
    report = a_report(token_expired=P, org_missing=W, role_forbidden=PART, scheme_case__standard=N)
    held = held_to(PipelineGate(min_assessed=least), report, (), TODAY)
    assert held.exit_code == code
    assert all("only 75% assessed (3 of 4 rules up to level required judged)" in one for one in held.complaints)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FailOn("not-assessed"), 0),
        (FailOn("not-assessed", Level.STANDARD), 1),
        (FailOn("waived"), 1),
    ],
    ids=lambda one: one.name if isinstance(one, FailOn) else "",
)
def test_a_run_fails_for_what_it_is_told_to(kind: FailOn, code: int) -> None:
    """Up to the level that is named, or else its own."""
    report = a_report(org_missing=W, scheme_case__standard=N)
    assert held_to(PipelineGate(fail_on=(kind,)), report, (), TODAY).exit_code == code


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"role_forbidden": P}, {"role_forbidden": N}, "judged less than before: 1 rule: role-forbidden"),
        ({"scheme_case__standard": P}, {"scheme_case__standard": F}, "newly failing: 1 rule: scheme-case"),
        ({"role_forbidden": N}, {"role_forbidden": N}, None),
        ({"role_forbidden": N}, {"role_forbidden": P}, None),
        ({"scheme_case__standard": F}, {"scheme_case__standard": F}, None),
    ],
    ids=["judged less", "newly failing", "still open", "now judged", "still failing"],
)
def test_a_run_fails_for_what_is_worse_than_its_baseline(
    before: dict[str, Outcome], now: dict[str, Outcome], said: str | None
) -> None:
    """What was as it is before is no regression."""
    held = held_to(PipelineGate(baseline=a_report(**before)), a_report(**now), (), TODAY)
    assert held.exit_code == (1 if said else 0)
    assert (said or "") in "".join(held.complaints)


def test_a_shard_is_compared_with_its_own_rules() -> None:
    """What it left out did not get lost."""
    shard = a_report()
    shard = replace(shard, contract=replace(shard.contract, rules=2))
    assert held_to(PipelineGate(baseline=a_report(token_expired=P)), shard, (), TODAY).complaints == ()


def test_a_baseline_is_read_before_the_run(tmp_path: Path) -> None:
    """From its file or its folder; one that is not there, is none or of the other suite is wrong usage."""
    (tmp_path / "report.json").write_text(results.dumps(a_report()), "utf-8")
    found = gate_of(GateOptions(baseline=tmp_path), Role.SERVER).baseline
    assert found is not None
    assert found.subject.name == "staging"
    with pytest.raises(GateError, match="of a server, and this run checks a client"):
        gate_of(GateOptions(baseline=tmp_path / "report.json"), Role.CLIENT)
    with pytest.raises(GateError, match="leave --baseline out"):
        gate_of(GateOptions(baseline=tmp_path / "nowhere.json"), Role.SERVER)
    (tmp_path / "report.json").write_text("{}", "utf-8")
    with pytest.raises(GateError, match="not a report"):
        gate_of(GateOptions(baseline=tmp_path), Role.SERVER)


@pytest.mark.parametrize("text", ["failed", "not-assessed:", "not-assessed:high", ""])
def test_a_wrong_kind_to_fail_on_is_refused(text: str) -> None:
    """With what is expected."""
    with pytest.raises(GateError, match="expected not-assessed or waived"):
        fail_on_of(text)


@pytest.mark.parametrize("text", ["0%", "101%", "most", "", "-3"])
def test_a_wrong_share_is_refused(text: str) -> None:
    """With an example of a right one."""
    with pytest.raises(GateError, match="such as 90%"):
        percent_of(text)


def test_a_suggested_list_waits_for_reasons(tmp_path: Path) -> None:
    """It names what the level leaves open, why, and cannot be used before each entry has a reason."""
    text = suggest_unassessed(a_report(role_forbidden=N, scheme_case__standard=N), TODAY)
    assert "# not assessed: supply tokens.viewer in the profile (required)" in text
    assert "scheme-case" not in text
    with pytest.raises(UnassessedError, match="reason: is empty"):
        listed(tmp_path, text)
    assert listed(tmp_path, text.replace('reason = ""', 'reason = "r"')).listed is not None
