"""What every format says alike: the verdict in words, and what to type to see a failure again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract import Level, Role
from conformance.report import view
from conformance.results import INTERRUPTED, Finding, Outcome, Report, Verdict
from conformance.selftest.report_sample import a_full_report, a_report, rule

R, S, H = Level.REQUIRED, Level.STANDARD, Level.HARDENING
P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
RUN = replace(a_full_report().run, named_by=("--profile", "my staging.toml"))
ALONE = "synq-conformance server --profile 'my staging.toml' --rule token-expired --level required --seed 7"


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (a_report(rule(R, P)), "Every required rule was judged and holds."),
        (a_report(rule(R, F), rule(S, P)), "1 of 1 required rule is broken."),
        (a_report(rule(R, P), rule(S, F)), "judged and holds. Beyond that level 1 rule is broken."),
        (a_report(rule(R, P), rule(R, N)), "Every required rule that was judged holds. 1 rule could not be assessed"),
        (a_report(rule(R, P), rule(R, W)), "holds, or is waived. 1 failure is waived, 69 rules"),
        (a_report(rule(R, P), rule(R, E)), "The run broke down in 1 required rule, so it vouches for nothing."),
        (a_report(rule(R, N)), "No required rule could be judged."),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_the_verdict_in_words(report: Report, said: str) -> None:
    """What is broken, open and waived is counted at the level that was asked for, and named beyond it."""
    assert said in view.summary(report)


def test_rules_that_were_left_out_are_counted() -> None:
    """A shard, or a run of one rule, does not look like the whole."""
    assert "70 rules were not part of this run." in view.summary(a_report(rule(R, P)))


def test_an_interrupted_run_says_so() -> None:
    """And not that nothing could be judged."""
    report = a_report(rule(R, P), rule(R, N))
    cut = replace(report, verdict=Verdict.NOT_ASSESSED, run=replace(report.run, notes=(INTERRUPTED,)))
    assert view.summary(cut).startswith("The run was interrupted, so it vouches for nothing.")


@pytest.mark.parametrize(
    ("curl", "commands"),
    [
        pytest.param("curl x", ("curl x",), id="request"),
        pytest.param("curl '[token 0a1b2c3d]'", ("curl '[token 0a1b2c3d]'", ALONE), id="forged-token"),
        pytest.param(None, (ALONE,), id="sent-by-a-client"),
    ],
)
def test_every_finding_can_be_seen_again(curl: str | None, commands: tuple[str, ...]) -> None:
    """By its request, or where that is not enough by its rule alone, on the same subject with the same seed."""
    assert view.commands(RUN, rule(R, F), Finding("x", (401,), 200, curl)) == commands


def test_a_request_too_long_to_show_is_repeated_by_its_rule() -> None:
    """The line says how long it was, and the other line works."""
    said, alone = view.commands(RUN, rule(R, F), Finding("x", (401,), 200, "curl " + "x" * 100_000))
    assert said.startswith("# a command of 100,005 characters")
    assert alone == ALONE


def test_a_client_is_named_as_it_was() -> None:
    """Depth is named where it is not the usual one."""
    run = replace(RUN, named_by=("--adapter", "mine"), depth="deep")
    line = view.alone(run, replace(rule(S, F), role=Role.CLIENT, id="late-401"))
    assert line == "synq-conformance client --adapter mine --rule late-401 --level standard --seed 7 --depth deep"
