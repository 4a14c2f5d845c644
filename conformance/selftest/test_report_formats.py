"""Every machine format is valid by the schema that its readers publish, and says what the report says."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import xmlschema
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2  # type: ignore[import-untyped] # untyped
from in_toto_attestation.v1 import statement_pb2  # type: ignore[import-untyped] # untyped
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT6

from conformance.contract import rules as contract
from conformance.report import view
from conformance.report.format import Evidence
from conformance.report.formats import badge, ctrf, har, intoto, junit, markdown, sarif
from conformance.report.writing import evidence_of, formats
from conformance.results.data import Outcome, Report, Verdict
from conformance.selftest.golden import FOLDER
from conformance.selftest.report_sample import a_report, ending_in, rule
from conformance.selftest.rich_report import HOSTILE, a_rich_report, rich_exchanges

SCHEMAS = FOLDER / "schemas"
SKIPPED = (Outcome.NOT_ASSESSED, Outcome.PARTLY_ASSESSED, Outcome.WAIVED)


@pytest.fixture(scope="module")
def report() -> Report:
    """A run over every rule of the contract's server side, with every outcome and much malice."""
    law = contract.load_contract()
    return a_rich_report(replace(law, rules=law.of(contract.Role.SERVER)))


@pytest.fixture(scope="module")
def evidence(report: Report) -> Evidence:
    return evidence_of(report, rich_exchanges(report))


def schema(name: str) -> Any:  # noqa: ANN401 - a JSON Schema
    return json.loads((SCHEMAS / name).read_text("utf-8"))


def count(report: Report, *outcomes: Outcome) -> int:
    return sum(rule.outcome in outcomes for rule in report.rules)


def test_the_formats_are_found_by_their_modules() -> None:
    """Adding a file to the room adds a format; two never write the same file."""
    found = formats()
    assert set(found) == {path.stem for path in Path(badge.__file__).parent.glob("*.py")} - {"__init__"}
    assert len({one.FILENAME for one in found.values()}) == len(found) >= 8


def test_junit_is_valid(report: Report, evidence: Evidence) -> None:
    """By the schema of Jenkins' xUnit plugin."""
    xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd")).validate(junit.render(report, evidence))


@pytest.mark.parametrize(
    ("path", "outcomes"),
    [
        pytest.param("./testsuite/testcase/failure", (Outcome.FAILED,), id="failure"),
        pytest.param("./testsuite/testcase/error", (Outcome.ERROR, Outcome.FLAKY), id="error"),
        pytest.param("./testsuite/testcase/skipped", SKIPPED, id="skipped"),
        pytest.param("./testsuite/testcase", tuple(Outcome), id="testcase"),
    ],
)
def test_junit_has_an_element_for_every_outcome(
    report: Report, evidence: Evidence, path: str, outcomes: tuple[Outcome, ...]
) -> None:
    """As many as the report has rules of it."""
    root = xmlschema.XMLResource(junit.render(report, evidence)).root
    assert len(root.findall(path)) == count(report, *outcomes)


def test_junit_counts_its_own_cases(report: Report, evidence: Evidence) -> None:
    """The attributes of all suites add up to the elements in them."""
    root = xmlschema.XMLResource(junit.render(report, evidence)).root
    added = {name: sum(int(one.attrib[name]) for one in root) for name in ("tests", "failures", "errors", "skipped")}
    assert added == {
        "tests": len(report.rules),
        "failures": count(report, Outcome.FAILED),
        "errors": count(report, Outcome.ERROR, Outcome.FLAKY),
        "skipped": count(report, *SKIPPED),
    }


def test_sarif_is_valid(report: Report, evidence: Evidence) -> None:
    """By OASIS's own schema."""
    jsonschema.Draft4Validator(schema("sarif-schema-2.1.0.json")).validate(json.loads(sarif.render(report, evidence)))


def test_sarif_has_a_result_for_every_finding_and_suppresses_what_is_waived(report: Report, evidence: Evidence) -> None:
    """Each with a fingerprint of its own; what was not assessed is no result."""
    run = json.loads(sarif.render(report, evidence))["runs"][0]
    waived = [one for one in run["results"] if "suppressions" in one]
    assert {one["ruleId"] for one in waived} == {"scheme-case"}
    assert len(run["results"]) == sum(max(1, len(rule.findings)) for rule in report.rules if _broken(rule.outcome))
    prints = [one["fingerprints"]["synqConformance/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)


def _broken(outcome: Outcome) -> bool:
    return outcome in (Outcome.FAILED, Outcome.FLAKY, Outcome.WAIVED)


def test_sarif_fingerprints_stay_when_only_the_answer_changes(report: Report, evidence: Evidence) -> None:
    """Code scanning tells an old alert from a new one by them."""

    def prints(of: Report) -> list[str]:
        run = json.loads(sarif.render(of, evidence))["runs"][0]
        return [one["fingerprints"]["synqConformance/v1"] for one in run["results"]]

    changed = tuple(
        replace(rule, findings=tuple(replace(one, got=500, summary="answered 500") for one in rule.findings))
        for rule in report.rules
    )
    assert prints(replace(report, rules=changed)) == prints(report)


def test_sarif_rules_have_help(report: Report, evidence: Evidence) -> None:
    """Every rule of the contract is explained in its alert."""
    rules = json.loads(sarif.render(report, evidence))["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules if "How to fix it" not in rule["help"]["text"]] == []


def test_ctrf_is_valid_and_counts_its_tests(report: Report, evidence: Evidence) -> None:
    """By the format's own schema, with sums that agree with its tests."""
    data = json.loads(ctrf.render(report, evidence))
    jsonschema.Draft7Validator(schema("ctrf.schema.json")).validate(data)
    summary, tests = data["results"]["summary"], data["results"]["tests"]
    statuses = ("passed", "failed", "skipped", "pending", "other")
    assert {one: summary[one] for one in statuses} == {
        one: sum(test["status"] == one for test in tests) for one in statuses
    }
    assert summary["failed"] == count(report, Outcome.FAILED)


def test_har_is_valid(report: Report, evidence: Evidence) -> None:
    """By the HAR 1.2 schemas, with an entry for every kept exchange."""
    parts = {path.name: json.loads(path.read_text("utf-8")) for path in (SCHEMAS / "har").glob("*.json")}
    found = ((name, Resource.from_contents(part, default_specification=DRAFT6)) for name, part in parts.items())
    registry: Registry[Any] = Registry().with_resources(found)
    data = json.loads(har.render(report, evidence))
    checker = jsonschema.Draft6Validator.FORMAT_CHECKER
    jsonschema.Draft6Validator(parts["har.json"], registry=registry, format_checker=checker).validate(data)
    assert len(data["log"]["entries"]) == len(evidence.exchanges)


@pytest.mark.parametrize("target", ["*", "//x", "http://other.example/", f"/{HOSTILE}", "/%zz?a=%", "/\ud800", ""])
def test_har_addresses_stay_at_the_target(report: Report, target: str) -> None:
    """Whatever request target was sent, the address is printable, and its host is the target's."""
    entry = {"request": {"method": "GET", "target": target, "headers": [], "body": ""}, "response": None}
    data = json.loads(har.render(report, Evidence("0" * 64, (entry,))))
    url = data["log"]["entries"][0]["request"]["url"]
    assert urlsplit(url).hostname == "staging.synq.example"
    assert url.isascii()
    assert url.isprintable()


def test_the_badge_is_valid(report: Report, evidence: Evidence) -> None:
    """By what shields.io says of an endpoint."""
    jsonschema.Draft202012Validator(schema("shields-endpoint.schema.json")).validate(
        json.loads(badge.render(report, evidence))
    )


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_conformant_run_has_a_bright_badge(verdict: Verdict) -> None:
    """No other verdict can be taken for it."""
    data = json.loads(badge.render(ending_in(verdict), Evidence("0" * 64)))
    assert (data["color"] == "brightgreen") is (verdict is Verdict.CONFORMANT)
    assert data["message"].startswith(verdict.value.split("-")[0])


def test_the_statement_is_one_of_in_toto_s(report: Report, evidence: Evidence) -> None:
    """Its own protocol buffers read statement and predicate, without a field that they do not know."""
    data = json.loads(intoto.render(report, evidence))
    statement = json_format.ParseDict(data, statement_pb2.Statement())
    assert statement.type == "https://in-toto.io/Statement/v1"
    predicate = json_format.ParseDict(data["predicate"], test_result_pb2.TestResult())
    assert predicate.result in {"PASSED", "WARNED", "FAILED"}
    assert [one.name for one in predicate.configuration if not (one.uri or one.digest)] == []


def test_the_statement_is_over_the_report_as_it_lies_there(report: Report, tmp_path: Path) -> None:
    """Its digest is that of the report.json in the same folder."""
    from conformance.report.writing import write_report

    write_report(report, tmp_path, ("intoto",))
    statement = json.loads((tmp_path / "report.intoto.json").read_text("utf-8"))
    digest = hashlib.sha256((tmp_path / "report.json").read_bytes()).hexdigest()
    assert statement["subject"] == [{"name": "report.json", "digest": {"sha256": digest}}]


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (Verdict.CONFORMANT, "PASSED"),
        (Verdict.CONFORMANT_AS_ASSESSED, "WARNED"),
        (Verdict.NOT_CONFORMANT, "FAILED"),
        (Verdict.NOT_ASSESSED, "FAILED"),
    ],
)
def test_the_statement_says_no_more_than_the_verdict(verdict: Verdict, result: str) -> None:
    """Only a conformant run is attested as passed."""
    data = json.loads(intoto.render(ending_in(verdict), Evidence("0" * 64)))
    assert data["predicate"]["result"] == result


def test_the_markdown_stays_within_a_step_summary() -> None:
    """However much is broken, it is cut below 1 MiB, and says so."""
    law = contract.load_contract()
    report = a_rich_report(law)
    bad = next(rule for rule in report.rules if rule.id == "alg-none")
    many = replace(report, rules=tuple(replace(bad, id=f"rule-{number}") for number in range(2000)))
    text = markdown.render(many, Evidence("0" * 64))
    assert len(text.encode()) < 1024 * 1024
    assert "Too long to show here" in text


def test_a_step_summary_is_written_where_a_workflow_asks_for_it(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Markdown is added to what the step wrote before."""
    from conformance.report.writing import write_report

    summary = tmp_path / "summary.md"
    summary.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    write_report(report, tmp_path / "out", ())
    assert summary.read_text("utf-8").startswith("before\n# Synq contract: not conformant")


def test_a_step_summary_that_cannot_be_written_loses_no_report(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is written all the same, and a line says what was not."""
    from conformance.report.writing import write_report

    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary.md"))
    write_report(report, tmp_path / "out", ("html",))
    assert (tmp_path / "out" / "report.html").is_file()
    assert "summary.md: cannot be written: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(formats()))
def test_a_waiver_is_shown_with_reason_ticket_and_date(report: Report, evidence: Evidence, name: str) -> None:
    """In every format but the badge, which has room for their number alone."""
    text = formats()[name].render(report, evidence)
    wanted = ("the gateway is replaced in March", "API-2117", "2027-01-31")
    shown = ("1 waived",) if name == "badge" else wanted
    if name == "badge":
        rules = tuple(replace(rule, level=contract.Level.REQUIRED) for rule in report.rules)
        text = badge.render(replace(report, rules=rules), evidence)
    assert [one for one in shown if one not in text] == []


@pytest.mark.parametrize("name", sorted(set(formats()) - {"badge"}))
def test_a_waiver_of_one_check_is_shown_where_the_rule_fails(report: Report, evidence: Evidence, name: str) -> None:
    """What is excused of a rule is said although the rest of it is broken."""
    waiver = {"reason": "an old proxy", "ticket": "API-9", "until": "2027-02-28"}
    rules = tuple(
        replace(rule, checks=(replace(rule.checks[0], outcome=Outcome.WAIVED, waiver=waiver), *rule.checks[1:]))
        if rule.id == "alg-none"
        else rule
        for rule in report.rules
    )
    text = formats()[name].render(replace(report, rules=rules), evidence)
    assert [one for one in ("an old proxy", "API-9", "2027-02-28") if one not in text] == []


def test_sarif_suppresses_what_the_waived_check_of_a_failing_rule_found(report: Report, evidence: Evidence) -> None:
    """And nothing else of the rule."""
    waiver = {"reason": "an old proxy", "ticket": "API-9", "until": "2027-02-28"}
    bad = next(rule for rule in report.rules if rule.id == "alg-none")
    checks = (replace(bad.checks[0], outcome=Outcome.WAIVED, waiver=waiver), *bad.checks[1:])
    findings = (replace(bad.findings[0], check=checks[0].id), replace(bad.findings[1], check=checks[1].id))
    data = json.loads(sarif.render(a_report(replace(bad, checks=checks, findings=findings)), evidence))
    assert ["suppressions" in one for one in data["runs"][0]["results"]] == [True, False]


def test_every_format_says_how_much_was_judged(report: Report, evidence: Evidence) -> None:
    """Of the required rules, next to the verdict."""
    told = view.judged_words(report)
    said = {name: one.render(report, evidence) for name, one in formats().items()}
    assert [name for name, text in said.items() if told not in text] == []


@pytest.mark.parametrize("name", sorted(set(formats()) - {"badge", "har"}))
def test_what_was_judged_in_part_is_shown_as_such_and_never_as_passed(evidence: Evidence, name: str) -> None:
    """Nothing of a report in which no rule passed is called passed."""
    text = formats()[name].render(a_report(rule(contract.Level.REQUIRED, Outcome.PARTLY_ASSESSED)), evidence)
    told = {"intoto": '"warnedTests": [\n   "token-expired"', "markdown": "only in part", "ctrf": '"partly-assessed"'}
    assert told.get(name, "partly assessed") in text
    passed = {"intoto": '"passedTests": []', "ctrf": '"passed": 0', "html": '<td class="zero">0</td>'}
    assert passed.get(name, "") in text


@pytest.mark.parametrize("name", sorted(set(formats()) - {"badge", "har", "intoto"}))
def test_why_a_run_ended_early_is_said(report: Report, evidence: Evidence, name: str) -> None:
    """Wherever a reader may start."""
    cut = replace(report, run=replace(report.run, cut_short="the token expired at noon"))
    assert "the token expired at noon" in formats()[name].render(cut, evidence).replace("The token", "the token")


def test_a_partial_verdict_is_amber(evidence: Evidence) -> None:
    """Neither the green of a whole one nor the grey of none."""
    data = json.loads(badge.render(ending_in(Verdict.CONFORMANT_AS_ASSESSED), evidence))
    assert data["color"] == "yellow"
    assert data["message"] == "conformant as far as assessed, 1 of 1 required rule judged, with accounts"
