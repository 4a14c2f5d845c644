"""Whatever text a report holds, in any place and however much of it: every format stays whole and harmless."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import xmlschema

from conformance.report import compare, matrix
from conformance.report.console import print_report
from conformance.report.formats import markdown
from conformance.report.writing import evidence_of, formats
from conformance.results import data as results
from conformance.results.data import Report
from conformance.selftest.golden import FOLDER
from conformance.selftest.rich_report import HOSTILE, rich_exchanges

FIXED = {"schema", "role", "level", "outcome", "outcomes", "verdict", "id", "started", "until"}
"""Keys whose values are not text, or are not the target's to choose."""
UNSEEN = set("\x00\x07\x08\x1b\r\u202e\u2066\ufffe\U000e0041") | {"\ud800"}
JSON_FORMATS = ("badge", "ctrf", "har", "intoto", "sarif")


def _spoiled(data: Any, text: str) -> Any:  # noqa: ANN401 - JSON data has no narrower type
    """The data with this text in every place where a report has text, the request target and names included."""
    match data:
        case str():
            return text
        case list():
            return [_spoiled(item, text) for item in data]
        case {"case_outcomes": cases, **rest}:
            named = {f"{text}{number}": one for number, one in enumerate(cases.values())}
            return {**_spoiled(rest, text), "case_outcomes": named}
        case dict():
            return {key: value if key in FIXED else _spoiled(value, text) for key, value in data.items()}
        case _:
            return data


@pytest.fixture(scope="module", params=[HOSTILE, HOSTILE * 500], ids=["malice", "megabytes-of-it"])
def report(request: pytest.FixtureRequest) -> Report:
    """The sample report with malice in place of every text."""
    data = json.loads((FOLDER / "report.json").read_text("utf-8"))
    return results.loads(json.dumps(_spoiled(data, request.param)))


@pytest.fixture(scope="module")
def rendered(report: Report) -> dict[str, str]:
    """Every format of it."""
    evidence = evidence_of(report, rich_exchanges(report))
    return {name: one.render(report, evidence) for name, one in formats().items()}


def _printed(report: Report) -> str:
    file = io.StringIO()
    print_report(report, file, width=80)
    return file.getvalue()


def _others(report: Report) -> dict[str, Callable[[], str]]:
    table, comparison = matrix.outcome_matrix([report, report]), compare.comparison(report, report)
    return {
        "console": lambda: _printed(report),
        "matrix.md": lambda: matrix.matrix_markdown(table),
        "matrix.html": lambda: matrix.matrix_html(table),
        "compare.md": lambda: compare.comparison_markdown(comparison),
        "compare.html": lambda: compare.comparison_html(comparison),
    }


@pytest.mark.parametrize("name", JSON_FORMATS)
def test_json_stays_json(rendered: dict[str, str], name: str) -> None:
    """It parses, and every string in it can be seen."""
    assert json.loads(rendered[name])
    assert not UNSEEN & set(json.dumps(json.loads(rendered[name]), ensure_ascii=False))


def test_xml_stays_xml(rendered: dict[str, str]) -> None:
    """It parses, and is still valid."""
    xmlschema.XMLSchema(str(FOLDER / "schemas" / "junit-10.xsd")).validate(rendered["junit"])


@pytest.mark.parametrize("name", sorted(set(formats()) - {"har"}))
def test_a_format_is_bounded(rendered: dict[str, str], name: str) -> None:
    """Megabytes in every text make no format larger than 2 MB; the archive alone keeps what was kept."""
    assert len(rendered[name].encode()) < 2_000_000


@pytest.mark.parametrize("name", sorted(formats()))
def test_nothing_hides_in_a_format(rendered: dict[str, str], name: str) -> None:
    """No control, bidi or other unseen character comes through."""
    assert not UNSEEN & set(rendered[name])


def test_markup_stays_text(rendered: dict[str, str]) -> None:
    """No element of the target's is in the page."""
    assert "onerror" in rendered["html"]
    assert [tag for tag in ("<img src=x", "<script>alert") if tag in rendered["html"]] == []


@pytest.mark.parametrize("name", ["console", "matrix.md", "matrix.html", "compare.md", "compare.html"])
def test_what_is_made_of_reports_is_harmless_as_well(report: Report, name: str) -> None:
    """Bounded, and without a character that cannot be seen."""
    text = _others(report)[name]()
    assert not UNSEEN & set(text)
    assert len(text.encode()) < 2_000_000


def test_a_step_summary_is_within_github_s_bound(report: Report) -> None:
    """Of 1 MiB."""
    assert len(markdown.render(report, evidence_of(report)).encode()) < 1024 * 1024
