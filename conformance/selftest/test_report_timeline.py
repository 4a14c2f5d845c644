"""The history of one subject: since when a rule fails, what is unsteady, and how the verdict and its share went."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.contract.rules import Level
from conformance.report.timeline import timeline
from conformance.results import data as results
from conformance.results.data import Outcome, Report
from conformance.selftest.report_sample import a_report, rule

P, F, O, W, K = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.FLAKY  # noqa: E741


def begun(day: int, *outcomes: Outcome | None, version: str = "1.1") -> Report:
    """A run of this day of the month, with a rule for each of the outcomes that there is one of."""
    rules = [
        replace(rule(Level.REQUIRED, outcome), id=f"rule-{number}")
        for number, outcome in enumerate(outcomes)
        if outcome is not None
    ]
    report = a_report(*rules)
    run = replace(report.run, started=f"2026-11-{day:02}T03:00:00+00:00")
    return replace(report, run=run, contract=replace(report.contract, version=version))


def of_one_rule(*outcomes: Outcome | None) -> tuple[int | None, int, bool]:
    """Since which run it fails, how often it changed, and whether it is unsteady."""
    past = timeline([(str(day), begun(day, outcome, P)) for day, outcome in enumerate(outcomes, start=1)])
    one = next(one for one in past.rules if one.id == "rule-0")
    return one.failing_since, one.changes, one.unsteady


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param((P, P, P), (None, 0, False), id="holds"),
        pytest.param((F, F, F), (0, 0, False), id="always"),
        pytest.param((P, F, F), (1, 1, False), id="broke"),
        pytest.param((P, F, P), (None, 2, False), id="mended"),
        pytest.param((P, F, P, F), (3, 3, True), id="now-so-now-so"),
        pytest.param((F, O, F), (0, 0, False), id="open-between"),
        pytest.param((P, F, None), (1, 1, False), id="left-out-at-last"),
        pytest.param((P, F, W), (1, 1, False), id="waived"),
        pytest.param((P, K, P), (None, 0, True), id="flaky"),
        pytest.param((F, K, F), (0, 0, True), id="flaky-between"),
        pytest.param((O, F), (1, 0, False), id="open-before"),
    ],
)
def test_a_rule_fails_since_its_oldest_unbroken_failure(
    outcomes: Sequence[Outcome | None], expected: tuple[int | None, int, bool]
) -> None:
    """What was not judged says nothing; a waived failure is one; breaking and being mended is not unsteady."""
    assert of_one_rule(*outcomes) == expected


def saved(folder: Path, *reports: Report) -> Path:
    for number, report in enumerate(reports):
        (folder / f"run-{number}").mkdir(parents=True)
        (folder / f"run-{number}" / "report.json").write_text(results.dumps(report), "utf-8")
    return folder


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["report", "history", *map(str, arguments)])


def test_ten_runs_are_told_in_their_order(tmp_path: Path) -> None:
    """Whatever their folders are called; the newest contract is named from its run on."""
    days = (7, 3, 10, 1, 9, 2, 8, 4, 6, 5)
    reports = [begun(day, F if day >= 5 else P, P, version="1.1" if day >= 8 else "1.0") for day in days]
    done = ran(saved(tmp_path / "runs", *reports), "--output-dir", tmp_path / "out")
    data: dict[str, Any] = json.loads((tmp_path / "out" / "history.json").read_text("utf-8"))
    page = (tmp_path / "out" / "history.html").read_text("utf-8")
    assert done.exit_code == 0
    assert [run["started"][8:10] for run in data["runs"]] == [f"{day:02}" for day in range(1, 11)]
    assert [run["verdict"] for run in data["runs"]] == ["conformant-as-assessed"] * 4 + ["not-conformant"] * 6
    assert (data["rules"][0]["failing_since"], data["rules"][1]["failing_since"]) == ("2026-11-05T03:00:00+00:00", None)
    assert [
        words
        for words in ("10 runs", "2026-11-05 03:00", "from here on contract 1.1", "2 of 2 ", "<td>1</td>")
        if words not in page
    ] == []


def test_a_verdict_is_made_anew_of_each_report(tmp_path: Path) -> None:
    """As everywhere."""
    folder = saved(tmp_path / "runs", begun(1, F))
    path = folder / "run-0" / "report.json"
    path.write_text(path.read_text("utf-8").replace('"verdict": "not-conformant"', '"verdict": "conformant"'), "utf-8")
    ran(folder, "--output-dir", tmp_path)
    assert json.loads((tmp_path / "history.json").read_text("utf-8"))["runs"][0]["verdict"] == "not-conformant"


def test_what_a_target_says_stays_text(tmp_path: Path) -> None:
    """Its name, above all."""
    report = begun(1, F)
    named = replace(report, subject=replace(report.subject, name="<script>alert(1)</script>\u202e"))
    ran(saved(tmp_path / "runs", named), "--output-dir", tmp_path)
    page = (tmp_path / "history.html").read_text("utf-8")
    assert ("<script>alert" in page, "\u202e" in page) == (False, False)


@pytest.mark.parametrize("kind", ["subjects", "empty", "time"])
def test_what_makes_no_history_is_one_line_and_exit_2(tmp_path: Path, kind: str) -> None:
    """It says what is wrong."""
    one = begun(1, P)
    other = replace(one, subject=replace(one.subject, name="another"))
    untimed = replace(one, run=replace(one.run, started="yesterday"))
    reports = {"subjects": (one, other), "empty": (), "time": (untimed,)}[kind]
    (tmp_path / "runs").mkdir()
    done = ran(saved(tmp_path / "runs", *reports), "--output-dir", tmp_path / "out")
    words = {"subjects": "staging and of the server another", "empty": "has no report.json", "time": "is no time"}[kind]
    assert (done.exit_code, words in done.output, done.output.count("\n")) == (2, True, 1)
