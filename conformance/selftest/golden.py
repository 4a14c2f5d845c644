"""Makes the golden files: `python -m conformance.selftest.golden` writes fixtures/golden/ and the schema anew."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from unittest import mock

from conformance.contract import rules as contract
from conformance.contract.rules import Contract
from conformance.contract.schema import parse_contract
from conformance.report import compare, matrix, requirements_matrix
from conformance.report.console import print_report
from conformance.report.writing import evidence_of, formats
from conformance.results import data as results
from conformance.results import waivers
from conformance.results.data import CheckResult, Outcome, Report, Subject
from conformance.selftest.rich_report import a_rich_report, rich_exchanges

SCHEMA = Path(compare.__file__).parent / "report-2.schema.json"
FOLDER = Path(__file__).parents[2] / "fixtures" / "golden"


def sample_contract() -> Contract:
    """The rules that the samples are judged by, held still while contract.toml goes on."""
    return parse_contract((FOLDER / "contract.toml").read_text("utf-8"))


def golden() -> dict[str, str]:
    """Every golden file by its name."""
    law = sample_contract()
    with mock.patch.object(contract, "load_contract", return_value=law):
        report = a_rich_report(law)
        evidence = evidence_of(report, rich_exchanges(report))
        files = {one.FILENAME: one.render(report, evidence) for one in formats().values()}
        other = _all_passed(report)
        demands = requirements_matrix.requirements_matrix((report, other))
        comparison, table = compare.comparison(other, report), matrix.outcome_matrix((report, other))
        return files | {
            "report.json": results.dumps(report),
            "summary.txt": _printed(report),
            "compare.md": compare.comparison_markdown(comparison),
            "compare.html": compare.comparison_html(comparison),
            "matrix.md": matrix.matrix_markdown(table),
            "matrix.html": matrix.matrix_html(table),
            "matrix.csv": matrix.matrix_csv(table),
            "requirements.md": requirements_matrix.requirements_markdown(demands),
            "requirements.html": requirements_matrix.requirements_html(demands),
            "requirements.csv": requirements_matrix.requirements_csv(demands),
            "waivers.toml": waivers.suggest(report, date(2027, 1, 31)),
        }


RETIRED = {"headers-missing": (CheckResult("test_sample::retired", Outcome.PASSED, 1, 2),)}
"""Checks that only the older of two compared reports has."""


def _passed(check: CheckResult) -> CheckResult:
    return replace(check, outcome=Outcome.PASSED, case_outcomes={}, left=0)


def _all_passed(report: Report) -> Report:
    rules = tuple(
        replace(
            rule,
            outcome=Outcome.PASSED,
            reason=None,
            findings=(),
            waiver=None,
            checks=(*(_passed(check) for check in rule.checks), *RETIRED.get(rule.id, ())),
        )
        for rule in report.rules
    )
    subject = Subject(report.subject.role, "reference", "https://reference.synq.example")
    return replace(report, subject=subject, rules=rules, complaints=(), operations=())


def _printed(report: Report) -> str:
    file = io.StringIO()
    print_report(report, file, width=100)
    return file.getvalue()


def write() -> None:
    """Write the golden files and the schema."""
    for name, text in golden().items():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")
    SCHEMA.write_text(json.dumps(results.json_schema(), indent=1) + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    write()
