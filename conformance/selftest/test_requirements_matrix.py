"""The guide's demands over a report: what each came to, by which rules and how many cases."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.contract.references import REPOSITORY, reference_url, rule_url
from conformance.contract.requirements import load_requirements
from conformance.contract.rules import Level, Role, load_contract
from conformance.contract.versions import frozen_contract
from conformance.report import requirements_matrix as tracing
from conformance.report.requirements_matrix import RequirementRow
from conformance.report.writing import evidence_of, formats
from conformance.results import data as results
from conformance.results.data import CheckResult, Outcome, Report, RuleResult, Subject
from conformance.selftest.report_sample import a_report

ROOT = Path(__file__).parents[2]
P, F, N, W, E = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.ERROR
A, K = Outcome.PARTLY_ASSESSED, Outcome.FLAKY


def result(rule_id: str, outcome: Outcome) -> RuleResult:
    law = load_contract().rule(rule_id)
    checks = (CheckResult("test_x", outcome, 3, 6),)
    return RuleResult(law.id, law.role, law.level, law.sentence, law.section.title, outcome, checks=checks)


def of_server(**outcomes: Outcome) -> Report:
    return a_report(*(result(name.replace("_", "-"), outcome) for name, outcome in outcomes.items()))


def row(requirement_id: str, *reports: Report) -> RequirementRow:
    table = tracing.requirements_matrix(reports)
    (found,) = (one for _, rows in table.sections for one in rows if one.requirement.id == requirement_id)
    return found


@pytest.mark.parametrize(
    ("expired", "operations", "came_to"),
    [
        pytest.param(P, P, P, id="both hold"),
        pytest.param(P, F, F, id="one is broken"),
        pytest.param(K, P, K, id="one is flaky"),
        pytest.param(E, P, E, id="one ended in an error"),
        pytest.param(F, E, F, id="broken weighs more than an error"),
        pytest.param(P, N, A, id="one is open"),
        pytest.param(N, N, N, id="both are open"),
        pytest.param(P, A, A, id="one is judged in part"),
        pytest.param(P, W, W, id="one is waived"),
        pytest.param(W, N, A, id="one is waived, one is open"),
    ],
)
def test_a_demand_is_as_its_rules_are(expired: Outcome, operations: Outcome, came_to: Outcome) -> None:
    """It passes only if each of its required rules did."""
    report = of_server(token_expired=expired, operation_token_expired=operations)
    assert row("expired-401", report).outcomes == (came_to,)


def test_a_rule_that_the_report_lacks_leaves_its_demand_open() -> None:
    """A run of one rule proves no demand that needs two."""
    assert row("expired-401", of_server(token_expired=P)).outcomes == (A,)


def test_a_lighter_rule_decides_nothing_beside_a_required_one() -> None:
    """A deviating status is shown under its demand, and does not break it."""
    ids = ("foreign-resource", "refusal-without-data", "operation-foreign-resource", "object-foreign")
    held = [result(one, P) for one in ids]
    found = row("outside-organization-403", a_report(*held, result("foreign-resource-status", F)))
    assert found.outcomes == (P,)
    assert [line.id for line in found.lines if line.shown.outcome is F] == ["foreign-resource-status"]


def test_advice_is_as_its_own_rules_are() -> None:
    """A demand without a required rule is judged by those that it has."""
    report = replace(
        a_report(result("refresh-ahead", F), result("no-early-refresh", P)), subject=Subject(Role.CLIENT, "lib", None)
    )
    assert row("refresh-ahead-of-the-hour", report).outcomes == (F,)


def test_reports_of_a_server_and_of_a_client_fill_one_table() -> None:
    """Each demand is judged where its actor was under test."""
    client = replace(a_report(result("scope-constant", P)), subject=Subject(Role.CLIENT, "lib", None))
    server = of_server(tenant_missing=P)
    assert row("scope-does-not-change", server, client).outcomes == (None, P)
    assert row("scope-headers-403", server, client).outcomes == (A, None)


def test_demands_are_counted_by_what_they_came_to() -> None:
    """For each report; those of the other role, and those that no test judges, are none of its own."""
    table = tracing.requirements_matrix((of_server(token_expired=P, operation_token_expired=P), of_server()))
    assert table.counts == (((A, 1), (P, 1)), ())


def test_a_demand_without_rules_says_why() -> None:
    """Or in which report it would be judged."""
    report = of_server(token_expired=P)
    assert row("ask-support", report).unjudged.startswith("cannot be tested: ")
    assert "report of a client, by scope-constant" in row("scope-does-not-change", report).unjudged
    assert row("expired-401", report).unjudged == ""


def saved(report: Report, folder: Path) -> Path:
    (folder / "report.json").write_text(results.dumps(report), "utf-8")
    return folder


def test_the_table_is_written_as_csv(tmp_path: Path) -> None:
    """A line for each demand and rule; every demand is there, with outcome and cases of its rules."""
    report = replace(of_server(token_expired=P, operation_token_expired=N), subject=Subject(Role.SERVER, "=1+1", None))
    done = CliRunner().invoke(
        main, ["report", "matrix", str(saved(report, tmp_path)), "--requirements", "--format", "csv"]
    )
    assert done.exit_code == 0, done.output
    lines = list(csv.DictReader(io.StringIO(done.output)))
    assert {line["requirement"] for line in lines} == {one.id for one in load_requirements()}
    named = {line["rule"]: line for line in lines if line["requirement"] == "expired-401"}
    assert (named["token-expired"]["'=1+1: outcome"], named["token-expired"]["'=1+1: cases"]) == ("passed", "3")
    assert named["operation-token-expired"]["'=1+1: outcome"] == "not assessed"
    assert all(line["rule"] or line["note"] for line in lines)


@pytest.mark.parametrize("style", ["html", "markdown"])
def test_the_table_is_written_for_people(tmp_path: Path, style: str) -> None:
    """Demand, rule, outcome and cases; as a page, sources are links to the text of the RFC."""
    report = of_server(token_expired=F, unauthorized_for_browsers=P, authorization_missing=P)
    command = ["report", "matrix", str(saved(report, tmp_path)), "--requirements", "--format", style]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    shown = ["expired-401", "token-expired", "✗", "3 cases", "cannot be tested"]
    shown += ["https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2"] if style == "html" else []
    assert [one for one in shown if one not in done.output] == []


def test_rules_by_subjects_are_written_as_csv(tmp_path: Path) -> None:
    """The plain matrix, too."""
    done = CliRunner().invoke(
        main, ["report", "matrix", str(saved(of_server(token_expired=P), tmp_path)), "--format", "csv"]
    )
    assert next(csv.DictReader(io.StringIO(done.output)))["staging"] == "passed"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("RFC 6750 §3.1, SHOULD NOT", "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"),
        ("RFC 9111 §5.2.2.5", "https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.5"),
        ("CWE-532", "https://cwe.mitre.org/data/definitions/532.html"),
        ("CVE-2022-21449", "https://www.cve.org/CVERecord?id=CVE-2022-21449"),
        ("Guide: Required request headers", None),
    ],
)
def test_a_source_leads_to_its_text(reference: str, url: str | None) -> None:
    """To the section, not to the document."""
    assert reference_url(reference) == url


def test_a_report_leads_to_the_page_of_a_rule() -> None:
    """In the repository that the package names, and only if the page has the rule."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert settings["project"]["urls"]["Source"] == REPOSITORY
    gone = frozen_contract("1.0").rule("authorization-spacing")
    old = RuleResult(gone.id, gone.role, gone.level, gone.sentence, gone.section.title, F)
    report = a_report(result("token-expired", F), old)
    for name in ("html", "sarif"):
        text = formats()[name].render(report, evidence_of(report))
        assert rule_url("token-expired") in text
        assert rule_url("authorization-spacing") not in text
    assert rule_url("token-expired").startswith(REPOSITORY)


def test_every_rfc_of_the_contract_has_a_link() -> None:
    """None is written in a way that the link misses."""
    sources = {one for rule in load_contract().rules for one in rule.sources if one.startswith(("RFC", "CWE"))}
    assert [one for one in sources if reference_url(one) is None] == []
    assert {rule.level for rule in load_contract().rules} == set(Level)
