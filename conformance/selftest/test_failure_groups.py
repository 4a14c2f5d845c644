"""Failed rules under their one likely cause: in the data, in every format that people read, and in a run."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.rules import Level
from conformance.report.console import print_report
from conformance.report.failure_groups import failure_groups, group_note, group_title
from conformance.report.writing import evidence_of, formats
from conformance.results.causes import Cause, causes
from conformance.results.data import Finding, Outcome, Report, RuleResult, dumps, loads
from conformance.selftest.commands import synq_conformance
from conformance.selftest.report_sample import a_report, rule

CACHE, END = "answers come from a cache", "a token is known by its end"
F, K, N = Outcome.FAILED, Outcome.FLAKY, Outcome.NOT_ASSESSED


def _broken(name: str, *found: str | None, outcome: Outcome = F) -> RuleResult:
    findings = tuple(Finding(f"answered 200 to {name}", (401,), 200, cause=cause) for cause in found)
    return replace(rule(Level.REQUIRED, outcome), id=name, findings=findings)


REPORT = a_report(
    _broken("tenant-foreign", None),
    _broken("token-expired", CACHE, CACHE),
    _broken("alg-none", END),
    _broken("token-revoked", CACHE, outcome=K),
    _broken("token-malformed", CACHE, None),
    replace(rule(Level.REQUIRED, N), id="org-foreign"),
)


def test_a_cause_has_the_rules_that_it_explains_whole() -> None:
    """The one of most rules comes first; a rule with other findings as well is one of which it explains a part."""
    assert causes(REPORT.rules) == (
        Cause(CACHE, ("token-expired", "token-revoked"), ("token-malformed",)),
        Cause(END, ("alg-none",)),
    )


def test_a_waived_rule_is_no_rule_that_failed() -> None:
    """Nor is one that was not judged."""
    assert causes([_broken("alg-none", END, outcome=Outcome.WAIVED)]) == ()


def test_rules_that_no_cause_explains_stay_on_their_own() -> None:
    """They come last, and none is lost."""
    groups = failure_groups(REPORT, REPORT.rules[:5])
    assert [[one.id for one in group.rules] for group in groups] == [
        ["token-expired", "token-revoked"], ["alg-none"], ["tenant-foreign", "token-malformed"],
    ]  # fmt: skip
    assert group_title(groups[0]) == f"Likely cause of 2 rules: {CACHE}"
    assert str(group_note(groups[0])).endswith("It also explains a part of what was found of token-malformed.")
    assert group_title(groups[2]) == "2 other rules, each on its own"


def test_the_causes_stand_before_the_rules_in_the_data() -> None:
    """They are made anew from the findings: what a file says of them is not believed."""
    data = json.loads(dumps(REPORT))
    assert list(data).index("causes") < list(data).index("rules")
    assert data["causes"][0]["rules"] == ["token-expired", "token-revoked"]
    data["causes"] = [{"cause": "the moon", "rules": ["alg-none"]}]
    assert loads(json.dumps(data)).causes == REPORT.causes
    del data["causes"]
    assert loads(json.dumps(data)).causes == REPORT.causes


def _shown(report: Report, name: str) -> str:
    if name == "console":
        file = io.StringIO()
        print_report(report, file, width=200)
        return file.getvalue()
    return formats()[name].render(report, evidence_of(report, []))


@pytest.mark.parametrize("name", ["console", "html", "markdown"])
def test_the_cause_stands_above_its_rules(name: str) -> None:
    """A reader sees what to mend before the list of what it broke."""
    text = _shown(REPORT, name)
    said = "Answered 200 to" if name == "html" else "answered 200 to"
    order = ("token-expired", "token-revoked", "alg-none", "tenant-foreign", "token-malformed")
    places = [text.index(f"{said} {one}") for one in order]
    cause, other, rest = (text.index(one) for one in (f"Likely cause of 2 rules: {CACHE}", END, "2 other rules"))
    assert cause < places[0] < places[1] < other < places[2] < rest < places[3] < places[4]


@pytest.mark.parametrize("name", ["console", "html", "markdown"])
def test_a_report_without_causes_is_a_list_as_before(name: str) -> None:
    """No group, and no word of one."""
    text = _shown(a_report(_broken("alg-none", None), _broken("token-expired", None)), name)
    assert "other rule" not in text
    assert "ikely cause" not in text


@pytest.mark.parametrize("name", ["console", "html", "junit", "markdown", "sarif"])
def test_a_finding_on_its_own_tells_its_cause(name: str) -> None:
    """Of a rule with several causes the reader sees which finding comes from which."""
    text = _shown(a_report(_broken("token-malformed", CACHE, None)), name)
    assert CACHE in text


def test_a_run_groups_what_has_one_cause(tmp_path: Path) -> None:
    """Of two faults the one explains its rules, and the rule of the other stays on its own."""
    faults = ("--fault", "signature-never-verified", "--fault", "catalogue-cached-at-the-edge")
    rules = ("alg-unknown", "kid-injection", "responses-not-shared", "documented-request")
    selected = [word for one in rules for word in ("--rule", one)]
    synq_conformance("server", "--mock", *faults, *selected, folder=tmp_path)
    report = loads((tmp_path / "reports" / "report.json").read_text("utf-8"))
    (cause,) = report.causes
    assert cause.cause.startswith("the signature is not looked at")
    assert cause.rules == ("alg-unknown", "kid-injection")
    assert [one.outcome for one in report.rules if one.id == "responses-not-shared"] == [F]
