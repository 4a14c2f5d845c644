"""A report survives its own text, older ones are read, and its schema says what the data classes say."""

import json
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from conformance.contract.rules import Level
from conformance.results import data as results
from conformance.results.data import CheckResult, Outcome, ReportError, Verdict
from conformance.selftest.report_sample import a_full_report, a_report, ending_in, rule, whole

P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
A, R = Outcome.PARTLY_ASSESSED, Level.REQUIRED


def test_a_report_comes_back_from_its_text_as_it_was() -> None:
    """Nothing is lost between a report and its report.json, not even a lone surrogate."""
    report = a_full_report()
    assert results.dumps(results.loads(results.dumps(report))) == results.dumps(report)


def test_report_json_is_ascii_and_names_its_schema_first() -> None:
    """Whatever a target sent, printing report.json cannot reorder a line or move a cursor."""
    text = results.dumps(a_full_report())
    assert text.isascii()
    assert next(iter(json.loads(text))) == "schema"


def test_the_shipped_schema_says_what_the_data_classes_say() -> None:
    """The JSON Schema in the package is the one that the classes give."""
    shipped = files("conformance.report").joinpath("report-2.schema.json").read_text("utf-8")
    assert json.loads(shipped) == results.json_schema()


def test_a_report_is_valid_by_the_schema() -> None:
    """What dumps writes, the schema accepts."""
    schema = results.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(results.dumps(a_full_report())))


def test_the_schema_refuses_an_unknown_outcome() -> None:
    """An outcome that there is not makes no report."""
    data = json.loads(results.dumps(a_full_report()))
    data["rules"][0]["outcome"] = "skipped"
    assert not jsonschema.Draft202012Validator(results.json_schema()).is_valid(data)


def test_a_report_of_the_schema_before_is_read() -> None:
    """Version 0's skipped rules are not assessed, and its verdict is counted from its rules."""
    run = {"started": "2025", "duration_s": 1, "suite_version": "0.9", "exchanges": 2}
    passed = {"id": "a", "role": "server", "level": "required", "title": "A.", "section": "S", "outcome": "passed"}
    old = {
        "schema": "synq-conformance/report/0",
        "target": {"role": "server", "name": "old", "base_url": None},
        "contract": {"version": "0.9", "rules": 2},
        "run": run,
        "rules": [passed, {**passed, "id": "b", "outcome": "skipped"}],
    }
    report = results.loads(json.dumps(old))
    assert [one.outcome for one in report.rules] == [P, N]
    assert report.verdict is Verdict.CONFORMANT_AS_ASSESSED
    assert report.judged[R] == (1, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{", "Expecting", id="not JSON"),
        pytest.param("[]", "no report", id="a list"),
        pytest.param('{"schema": "other/9"}', "'other/9'", id="another schema"),
        pytest.param('{"schema": "synq-conformance/report/1"}', "subject: Field required", id="a key missing"),
        pytest.param('{"schema": "synq-conformance/report/0"}', "Field required", id="an old one cut short"),
        pytest.param("[" * 100_000, "recursion", id="nested without end"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(text: str, said: str) -> None:
    """A bad report.json gives a ReportError that names the place, and no other exception."""
    with pytest.raises(ReportError, match=said):
        results.loads(text)


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("claimed", list(Verdict))
def test_a_verdict_in_a_file_is_not_believed(verdict: Verdict, claimed: Verdict) -> None:
    """What a report.json says of itself does not count, only what its rules came to."""
    data = json.loads(results.dumps(ending_in(verdict)))
    grades = {level: {"passed": 99, "failed": 0, "not_assessed": 0, "waived": 0} for level in data["grades"]}
    forged = data | {"verdict": claimed, "judged": {"required": [99, 99]}, "grades": grades}
    report = results.loads(json.dumps(forged))
    assert results.dumps(report) == results.dumps(ending_in(verdict))


def of_version_1(*rules: dict[str, Any], **run: Any) -> str:  # noqa: ANN401 # parsed JSON
    """A report of the schema before, as the suite wrote it."""
    data = json.loads(results.dumps(whole(a_report())))
    for key in ("judged", "levels", "cut_short"):
        (data["contract"] if key == "levels" else data["run"] if key == "cut_short" else data).pop(key)
    told = {"schema": "synq-conformance/report/1", "verdict": "conformant", "rules": list(rules)}
    data["contract"]["rules"] = len(rules)
    return json.dumps(data | told | {"run": data["run"] | run})


def rule_of_version_1(outcome: Outcome, **cases: Outcome) -> dict[str, Any]:
    check = CheckResult("c", outcome, 1, 2, case_outcomes=cases)
    data = json.loads(results.dumps(a_report(replace(rule(R, outcome), checks=(check,)))))["rules"][0]
    for key in ("shows", "means", "left"):
        data["checks"][0].pop(key)
    return {**data, "flaky": False}


def test_a_report_of_version_1_is_read_and_judged_by_the_policy() -> None:
    """What passed there passes, what failed fails, and the verdict is counted from the rules."""
    assert results.loads(of_version_1(rule_of_version_1(P))).verdict is Verdict.CONFORMANT
    assert results.loads(of_version_1(rule_of_version_1(F))).verdict is Verdict.NOT_CONFORMANT


def test_what_version_1_called_passed_with_an_open_case_is_partly_assessed() -> None:
    """One judged case of many turned a rule green there."""
    report = results.loads(of_version_1(rule_of_version_1(P, supplied=N)))
    assert (report.rules[0].outcome, report.rules[0].checks[0].outcome) == (A, A)
    assert report.verdict is Verdict.NOT_ASSESSED


def test_an_interrupted_run_of_version_1_vouches_for_nothing() -> None:
    """It said so in a note, and merged into exit 0."""
    report = results.loads(of_version_1(rule_of_version_1(P), notes=[results.INTERRUPTED, "merged from 2 runs"]))
    assert (report.run.cut_short, report.run.notes) == (results.INTERRUPTED, ("merged from 2 runs",))
    assert (report.verdict, report.exit_code) == (Verdict.NOT_ASSESSED, 3)


def test_what_runs_disagreed_about_in_version_1_keeps_its_outcome_and_reason() -> None:
    """There it had the worse outcome, with a mark."""
    old = rule_of_version_1(F) | {"flaky": True, "reason": "repeated runs disagree: failed in 1, passed in 1"}
    (found,) = results.loads(of_version_1(old)).rules
    assert (found.outcome, found.reason) == (F, old["reason"])


@pytest.mark.parametrize("value", [None, 7, "x", [], [[]], [{"checks": 7}], [{"outcome": [], "checks": [{}, 7]}]])
@pytest.mark.parametrize("version", ["0", "1"])
def test_nonsense_in_an_older_report_is_refused_in_one_line(value: object, version: str) -> None:
    """Anything in the place of its rules, its run or its notes."""
    sound = json.loads(of_version_1(rule_of_version_1(P))) | {"schema": f"synq-conformance/report/{version}"}
    sound["target"] = sound["subject"]
    for broken in (sound | {"rules": value}, sound | {"run": value}, sound | {"run": sound["run"] | {"notes": value}}):
        with suppress(ReportError):  # an empty list may stand there
            assert value in ([], None) or results.loads(json.dumps(broken)) is None
