"""A report survives its own text, older ones are read, and its schema says what the data classes say."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from conformance import results
from conformance.contract import Level
from conformance.results import Outcome, ReportError, Verdict
from conformance.selftest.report_sample import a_full_report, a_report, rule

P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
R, S, H = Level.REQUIRED, Level.STANDARD, Level.HARDENING


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
    shipped = files("conformance.report").joinpath("report-1.schema.json").read_text("utf-8")
    assert json.loads(shipped) == results.json_schema()


def test_a_report_is_valid_by_the_schema() -> None:
    """What dumps writes, the schema accepts."""
    schema = results.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(results.dumps(a_full_report())))


def test_the_schema_refuses_an_unknown_outcome() -> None:
    """An outcome outside the five is not a report."""
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
    """A bad report.json gives a ReportError that says where, and no other exception."""
    with pytest.raises(ReportError, match=said):
        results.loads(text)


@pytest.mark.parametrize(
    ("rules", "level", "verdict"),
    [
        pytest.param([(R, P), (S, P)], R, Verdict.CONFORMANT, id="all passed"),
        pytest.param([(R, P), (S, F)], R, Verdict.CONFORMANT, id="a lighter failure is only graded"),
        pytest.param([(R, P), (S, F)], S, Verdict.NOT_CONFORMANT, id="a failure at the chosen level"),
        pytest.param([(R, F), (S, P)], H, Verdict.NOT_CONFORMANT, id="a heavier failure"),
        pytest.param([(R, P), (R, N)], R, Verdict.CONFORMANT_AS_ASSESSED, id="a required rule open"),
        pytest.param([(R, P), (R, W)], R, Verdict.CONFORMANT_AS_ASSESSED, id="a required failure waived"),
        pytest.param([(R, P), (S, N)], R, Verdict.CONFORMANT, id="a lighter rule open"),
        pytest.param([(R, P), (R, E)], R, Verdict.NOT_ASSESSED, id="an error at the chosen level"),
        pytest.param([(R, P), (S, E)], R, Verdict.CONFORMANT, id="an error in a lighter rule"),
        pytest.param([(R, F), (R, E)], R, Verdict.NOT_CONFORMANT, id="a breach beside an error"),
        pytest.param([(R, N), (S, P)], S, Verdict.NOT_ASSESSED, id="no required rule judged"),
        pytest.param([], R, Verdict.NOT_ASSESSED, id="no rule at all"),
    ],
)
def test_the_verdict_follows_from_the_rules(rules: list[tuple[Level, Outcome]], level: Level, verdict: Verdict) -> None:
    """Breaches weigh most, then breakdowns, then what is open."""
    assert results.verdict([rule(*one) for one in rules], level) is verdict


@pytest.mark.parametrize(
    ("verdict", "complaints", "code"),
    [
        pytest.param(Verdict.CONFORMANT, (), 0, id="conformant"),
        pytest.param(Verdict.CONFORMANT_AS_ASSESSED, (), 0, id="as assessed"),
        pytest.param(Verdict.NOT_CONFORMANT, (), 1, id="not conformant"),
        pytest.param(Verdict.NOT_ASSESSED, (), 3, id="not assessed"),
        pytest.param(Verdict.CONFORMANT, ("stale",), 1, id="a stale waiver"),
        pytest.param(Verdict.NOT_ASSESSED, ("stale",), 3, id="a stale waiver in a run that broke down"),
    ],
)
def test_the_exit_code_follows_from_the_verdict(verdict: Verdict, complaints: tuple[str, ...], code: int) -> None:
    """A pipeline reads the verdict from the exit code."""
    assert results.exit_code(replace(a_report(), verdict=verdict, complaints=complaints)) == code


def test_grades_count_errors_as_not_assessed() -> None:
    """A level's grade adds up to its rules."""
    graded = results.grades([rule(R, P), rule(R, F), rule(R, E), rule(R, N), rule(R, W), rule(H, P)])
    assert graded[R] == results.Grade(passed=1, failed=1, not_assessed=2, waived=1)
    assert graded[S] == results.Grade()
