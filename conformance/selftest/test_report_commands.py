"""The report commands as a pipeline calls them: what they write, and their exit codes."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.contract.rules import Level
from conformance.report.lock import LOCK
from conformance.results import data as results
from conformance.results.data import Outcome, Report
from conformance.selftest.report_sample import a_full_report, a_report, rule


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def saved(report: Report, folder: Path) -> Path:
    folder.mkdir()
    (folder / "report.json").write_text(results.dumps(report), "utf-8")
    return folder


@pytest.fixture
def passing(tmp_path: Path) -> Path:
    return saved(a_report(rule(Level.REQUIRED, Outcome.PASSED)), tmp_path / "passing")


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    return saved(a_report(rule(Level.REQUIRED, Outcome.FAILED)), tmp_path / "failing")


def test_a_format_is_made_again_from_report_json(failing: Path, tmp_path: Path) -> None:
    """The file is named on standard output, and report.json is left as it was."""
    before = (failing / "report.json").read_bytes()
    done = ran("render", failing / "report.json", "--format", "html", "--output-dir", tmp_path / "out")
    assert (done.exit_code, done.output.strip()) == (0, str(tmp_path / "out" / "report.html"))
    assert "Not conformant" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert (failing / "report.json").read_bytes() == before


def test_every_format_is_made_where_none_is_named(failing: Path) -> None:
    """They are written into the report's folder."""
    done = ran("render", failing)
    assert done.exit_code == 0
    assert {Path(line).parent for line in done.output.split()} == {failing}


def test_a_regression_is_exit_1(passing: Path, failing: Path) -> None:
    """And its way back is exit 0."""
    assert ran("compare", passing, failing).exit_code == 1
    assert ran("compare", failing, passing).exit_code == 0


def test_a_comparison_is_written_as_a_page(passing: Path, failing: Path, tmp_path: Path) -> None:
    """The file has it, the terminal nothing."""
    done = ran("compare", passing, failing, "--format", "html", "--output", tmp_path / "c.html")
    assert (done.exit_code, done.output) == (1, "")
    assert "Regressed" in (tmp_path / "c.html").read_text("utf-8")


@pytest.mark.parametrize("style", ["markdown", "html"])
def test_a_matrix_has_a_column_for_every_subject(passing: Path, failing: Path, style: str) -> None:
    """Two subjects of one name are told apart."""
    done = ran("matrix", passing, failing, "--format", style)
    assert done.exit_code == 0
    assert [one for one in ("staging", "2", "token-expired", "✗", "✓") if one not in done.output] == []


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        pytest.param(("passing",), 0, id="pass"),
        pytest.param(("failing", "failing"), 1, id="fail"),
        pytest.param(("passing", "failing"), 3, id="disagree"),
    ],
)
def test_merging_ends_as_the_whole_run_would(
    parts: tuple[str, ...], code: int, passing: Path, failing: Path, tmp_path: Path
) -> None:
    """The report is written and its exit code given."""
    folders = {"passing": passing, "failing": failing}
    done = ran("merge", *(folders[part] for part in parts), "--output-dir", tmp_path / "whole")
    assert done.exit_code == code
    merged = results.loads((tmp_path / "whole" / "report.json").read_text("utf-8"))
    assert merged.rules[0].outcome is {0: Outcome.PASSED, 1: Outcome.FAILED, 3: Outcome.FLAKY}[code]


def test_merging_keeps_every_part_s_exchanges(passing: Path, tmp_path: Path) -> None:
    """The record of the whole is that of its parts, one after the other."""
    (passing / "exchanges.jsonl").write_text('{"rule": "a"}\n', "utf-8")
    ran("merge", passing, passing, "--output-dir", tmp_path / "whole")
    assert (tmp_path / "whole" / "exchanges.jsonl").read_text("utf-8") == '{"rule": "a"}\n' * 2


def test_a_waiver_file_is_suggested_from_failures(failing: Path) -> None:
    """It names the rule and the date that was asked for."""
    done = ran("waivers-suggest", failing, "--until", "2030-01-31")
    assert done.exit_code == 0
    entry = tomllib.loads(done.output)["waiver"][0]
    assert (entry["rule"], entry["until"].isoformat()) == ("token-expired", "2030-01-31")


def test_an_older_report_is_rendered(tmp_path: Path) -> None:
    """A report of the schema before makes every format."""
    old = {
        "schema": "synq-conformance/report/0",
        "target": {"role": "server", "name": "old", "base_url": None},
        "contract": {"version": "0.9", "rules": 1},
        "run": {"started": "2025", "duration_s": 1, "suite_version": "0.9", "exchanges": 2},
        "rules": [json.loads(results.dumps(a_full_report()))["rules"][1] | {"outcome": "skipped"}],
    }
    (tmp_path / "report.json").write_text(json.dumps(old), "utf-8")
    assert ran("render", tmp_path).exit_code == 0
    assert "not assessed" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    "command", [["render"], ["compare", "{good}"], ["matrix"], ["merge", "--output-dir", "{out}"], ["waivers-suggest"]]
)
@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b"\xff", b'{"schema": "other"}', b'{"schema": "synq-conformance/report/1"}', b"[" * 10**5],
    ids=["missing", "empty", "cut", "list", "octets", "other-schema", "no-keys", "depth"],
)
def test_bad_input_is_one_line_and_exit_2(
    command: list[str], content: bytes | None, passing: Path, tmp_path: Path
) -> None:
    """A file that is missing or no report is named, without a traceback."""
    bad = tmp_path / "bad.json"
    if content is not None:
        bad.write_bytes(content)
    done = ran(*(word.format(good=passing, out=tmp_path / "out") for word in command), bad)
    assert done.exit_code == 2
    assert len(done.output.splitlines()) == 1
    assert "bad.json" in done.output


@pytest.mark.parametrize("command", [["render"], ["merge", "--output-dir", "{out}"], ["matrix"]])
@pytest.mark.parametrize(
    "evidence",
    [[], {"request": "GET"}, {"request": {"headers": {"a": 1}}}, {"response": {"headers": [["a"]]}}, {"response": [1]}],
    ids=str,
)
def test_evidence_of_another_shape_is_one_line_and_exit_2(
    command: list[str], evidence: object, failing: Path, tmp_path: Path
) -> None:
    """A report that was edited by hand gets a message with the place, not a traceback."""
    data = json.loads((failing / "report.json").read_text("utf-8"))
    data["rules"][0]["findings"] = [{"summary": "x", "expected": [401], "got": 200, "exchange": evidence}]
    (failing / "report.json").write_text(json.dumps(data), "utf-8")
    done = ran(*(word.format(out=tmp_path / "out") for word in command), failing)
    assert (done.exit_code, len(done.output.splitlines())) == (2, 1)
    assert "rules.0.findings.0.exchange" in done.output


@pytest.mark.parametrize("started", [1e300, -1e18, None, "x"], ids=str)
def test_exchanges_of_an_impossible_time_are_still_archived(started: object, failing: Path) -> None:
    """Whatever was written into the record by hand."""
    line = {"rule": "a", "started": started, "duration_ms": 1e308, "response": {"status": 1e300}}
    (failing / "exchanges.jsonl").write_text(json.dumps(line), "utf-8")
    assert ran("render", failing, "--format", "har").exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        ["render", "{good}", "--output-dir", "{file}/x"],
        ["merge", "{good}", "--output-dir", "{file}/x"],
        ["compare", "{good}", "{good}", "-o", "{file}/x"],
        ["matrix", "{good}", "-o", "{file}/x"],
        ["waivers-suggest", "{good}", "-o", "{file}/x"],
    ],
    ids=lambda command: command[0],
)
def test_an_output_that_cannot_be_written_is_one_line_and_exit_2(
    command: list[str], passing: Path, tmp_path: Path
) -> None:
    """The message names the place."""
    (tmp_path / "file").touch()
    done = ran(*(word.format(good=passing, file=tmp_path / "file") for word in command))
    assert (done.exit_code, len(done.output.splitlines())) == (2, 1)
    assert "file: cannot be written" in done.output or "x: cannot be written" in done.output


def test_parts_that_do_not_belong_together_are_exit_2(passing: Path, tmp_path: Path) -> None:
    """Another seed is another run."""
    report = a_report(rule(Level.REQUIRED, Outcome.PASSED))
    other = saved(replace(report, run=replace(report.run, seed=8)), tmp_path / "other")
    done = ran("merge", passing, other, "--output-dir", tmp_path / "whole")
    assert (done.exit_code, done.output.strip()) == (2, "part 2 has the seed 8, part 1 has 7")


@pytest.mark.parametrize("command", ["render", "merge"])
def test_an_unknown_format_is_exit_2(command: str, passing: Path, tmp_path: Path) -> None:
    """The message names those that there are."""
    done = ran(command, passing, "--format", "pdf", "--output-dir", tmp_path / "out")
    assert (done.exit_code, len(done.output.splitlines())) == (2, 1)
    assert "html" in done.output


def test_a_merged_report_is_written_in_more_formats(passing: Path, tmp_path: Path) -> None:
    """As many as are asked for."""
    assert ran("merge", passing, "--output-dir", tmp_path / "o", "--format", "junit", "--format", "html").exit_code == 0
    assert {one.name for one in (tmp_path / "o").iterdir()} - {LOCK} == {
        "report.json", "report.html", "junit.xml", "exchanges.jsonl",
    }  # fmt: skip
