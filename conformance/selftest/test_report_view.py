"""What every format says alike: the verdict in words, and what to type to see a failure again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract.rules import Level, Role
from conformance.report import view
from conformance.results.data import INTERRUPTED, CheckResult, ContractRef, Finding, Outcome, Report, Verdict
from conformance.selftest.report_sample import a_full_report, a_report, ending_in, rule, whole

R, S, H = Level.REQUIRED, Level.STANDARD, Level.HARDENING
P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
A, K = Outcome.PARTLY_ASSESSED, Outcome.FLAKY
RUN = replace(a_full_report().run, named_by=("--profile", "my staging.toml"))
ALONE = "synq-conformance server --profile 'my staging.toml' --rule token-expired --level required --seed 7"


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (whole(a_report(rule(R, P))), "Every required rule was judged and holds."),
        (a_report(rule(R, F), rule(S, P)), "1 of 1 required rule is broken."),
        (whole(a_report(rule(R, P), rule(S, F))), "judged and holds. Beyond that level 1 rule is broken."),
        (a_report(rule(R, P), rule(R, N)), "Every required rule that was judged holds. 1 rule could not be assessed"),
        (a_report(rule(R, P), rule(R, W)), "holds, or is waived. 1 failure is waived, 69 rules"),
        (a_report(rule(R, P), rule(R, E)), "The run broke down in 1 required rule, so it proves nothing."),
        (a_report(rule(R, P), rule(R, A)), "1 rule was assessed in part only"),
        (a_report(rule(R, P), rule(R, K)), "Repeated runs disagree about 1 required rule, so they prove nothing."),
        (a_report(rule(R, F), rule(R, K)), "Repeated runs disagree about 1 rule"),
        (a_report(rule(R, N)), "No required rule could be judged."),
        (a_report(rule(R, A)), "No required rule could be judged in full."),
        (a_report(rule(R, P), replace(rule(R, N), id="documented-request")), "was not judged itself"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_the_verdict_in_words(report: Report, said: str) -> None:
    """What is broken, open and waived is counted at the level that was asked for, and named beyond it."""
    assert said in view.report_summary(report)


def test_rules_that_were_left_out_are_counted() -> None:
    """A shard, or a run of one rule, does not look like the whole."""
    assert "70 rules were not part of this run." in view.report_summary(a_report(rule(R, P)))


def test_an_interrupted_run_says_so() -> None:
    """And not that nothing could be judged."""
    report = a_report(rule(R, P), rule(R, N))
    cut = replace(report, run=replace(report.run, cut_short=INTERRUPTED))
    assert view.report_summary(cut).startswith("The run was interrupted, so it proves nothing.")


def test_a_run_that_ended_by_itself_says_why() -> None:
    """With a violation that was seen as well."""
    for outcome, said in ((P, "so it proves nothing: The token"), (F, "is broken. And the run ended early: The")):
        report = a_report(rule(R, outcome))
        cut_short = replace(report.run, cut_short="the token expired; get one")
        assert said in view.report_summary(replace(report, run=cut_short))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_headline_says_how_much_was_judged(verdict: Verdict) -> None:
    """Next to every verdict, of the contract's rules and not of the run's."""
    report = replace(ending_in(verdict), contract=ContractRef("1.0", 71, {R: 53}))
    seen = 0 if verdict is Verdict.NOT_ASSESSED else 1
    means = ", with accounts" if seen else ""
    assert view.headline(report) == f"{view.TITLES[report.verdict]}: {seen} of 53 required rules judged{means}"


def test_a_rule_that_was_judged_in_part_says_how_much_is_open() -> None:
    """Of the cases that the rule lacks; an old report does not know their number."""
    part = replace(rule(R, A), checks=(CheckResult("a", A, 87, 174, left=13), CheckResult("b", P, 1, 2)))
    assert view.in_part(part) == "13 of 101 cases not judged"
    assert view.in_part(rule(R, A)) == "judged in part"
    assert view.in_part(rule(R, N)) == ""


@pytest.mark.parametrize(
    ("curl", "commands"),
    [
        pytest.param("curl x", ("curl x",), id="request"),
        pytest.param("curl '[token 0a1b2c3d]'", ("curl '[token 0a1b2c3d]'", ALONE), id="forged-token"),
        pytest.param(None, (ALONE,), id="sent-by-a-client"),
    ],
)
def test_every_finding_can_be_seen_again(curl: str | None, commands: tuple[str, ...]) -> None:
    """By its request, or if that is not enough by its rule alone, on the same subject with the same seed."""
    assert view.commands(RUN, rule(R, F), Finding("x", (401,), 200, curl)) == commands


def test_a_request_too_long_to_show_is_repeated_by_its_rule() -> None:
    """The line says how long it was, and the other line works."""
    said, alone = view.commands(RUN, rule(R, F), Finding("x", (401,), 200, "curl " + "x" * 100_000))
    assert said.startswith("# a command of 100,005 characters")
    assert alone == ALONE


def test_a_client_is_named_as_it_was() -> None:
    """Depth is named if it is not the usual one."""
    run = replace(RUN, named_by=("--adapter", "mine"), depth="deep")
    line = view.alone(run, replace(rule(S, F), role=Role.CLIENT, id="late-401"))
    assert line == "synq-conformance client --adapter mine --rule late-401 --level standard --seed 7 --depth deep"
