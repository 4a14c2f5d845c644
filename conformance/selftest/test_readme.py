"""The commands of README and manual are the ones that the project runs, and their tables say what is there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.calibrate.adapters import client_subjects
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.cli import main
from conformance.contract.rules import Level, Role, load_contract
from conformance.mock.faults import FAULTS
from conformance.report.commands import report
from conformance.report.writing import formats
from conformance.results import waivers
from conformance.selftest.offenders import listed

ROOT = Path(__file__).parents[2]


README = (ROOT / "README.md").read_text("utf-8")
MANUAL = (ROOT / "conformance" / "MANUAL.md").read_text("utf-8")
ADAPTERS = ROOT / "fixtures" / "adapters"
LIBRARIES = [one for one in client_subjects(ADAPTERS) if one.kind is Kind.LIBRARY]


def _blocks(language: str, page: str = MANUAL) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def _commands() -> list[str]:
    return [line for block in _blocks("sh", README) for line in block.splitlines()]


def test_the_readme_begins_with_two_commands() -> None:
    """One checks the embedded Synq, one runs the tests; .ci/run takes both from there."""
    first, second = _commands()[:2]
    assert first.endswith("synq-conformance server -n 2")
    assert second.endswith("tox")
    assert "README.md" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize(
    "command", ["server", "client", "init", "doctor", "calibrate", "mock", "forge", "send", "list", "explain"]
)
def test_the_manual_names_every_command(command: str) -> None:
    """A command that a reader could need is shown with its name."""
    assert f"synq-conformance {command}" in MANUAL


@pytest.mark.parametrize("fixture", ["synq_mock", "synq_server"])
def test_the_example_for_authors_of_clients_passes(tmp_path: Path, fixture: str) -> None:
    """As it stands there, with a client on httpx; and with the other fixture."""
    (example,) = _blocks("python")
    assert len(example.splitlines()) == 10
    (tmp_path / "test_example.py").write_text(example.replace("synq_mock", fixture), "utf-8")
    library = (ADAPTERS / "python-httpx-auth-sync" / "client.py").read_text("utf-8")
    (tmp_path / "my_library.py").write_text(library, "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 passed" in ended.stdout, ended.stdout


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: one.name)
def test_the_table_of_libraries_says_what_is_declared(library: CalibrationSubject) -> None:
    """And so what calibration holds them to: the rules that each breaks, and whether a required one is among them."""
    (row,) = (line for line in MANUAL.splitlines() if f"fixtures/adapters/{library.name}/NOTES.md" in line)
    _, required, breaks = row.strip("| ").split(" | ")
    assert re.findall(r"`([\w-]+)`", breaks) == list(library.declared)
    levels = {rule.id: rule.level for rule in load_contract().of(Role.CLIENT)}
    broken = any(levels[rule] is Level.REQUIRED for rule in library.declared)
    assert required == ("broken" if broken else "all hold")


def test_every_library_of_the_table_is_there() -> None:
    """No row is left of one that went away."""
    assert MANUAL.count("/NOTES.md") == len(LIBRARIES)


def _targets(folder: str) -> list[dict[str, Any]]:
    targets = tomllib.loads((ROOT / "fixtures" / "targets" / folder / "target.toml").read_text("utf-8"))["target"]
    assert targets
    return targets  # type: ignore[no-any-return]  # what the file's shape is, its own runner checks


def _without_any_key(target: dict[str, Any]) -> str:
    if target["needs_key"]:
        return "needs `keys.public`"
    return f"with the extra `{extra}`" if (extra := target.get("needs_extra")) else "yes"


def test_the_table_of_holes_is_what_the_targets_declare() -> None:
    """A row for every stack on a broken library: its version, its CVE, the rule that finds it, and what that needs."""
    rows = re.findall(r"^\| (\S+ [\d.]+) \| (CVE-\S+) \| `(\S+)` \| (.+) \|$", MANUAL, re.MULTILINE)
    declared = [
        (
            re.sub(r"-(\d[\d.]+).*", r" \1", target["name"]),
            target["why"].partition(":")[0],
            target["caught_by"][0],
            _without_any_key(target),
        )
        for folder in ("broken-python", "broken-node")
        for target in _targets(folder)
    ]
    assert sorted((name.lower(), *rest) for name, *rest in rows) == sorted(declared)


@pytest.mark.parametrize(
    ("folder", "said"),
    [("mistakes", "twelve with classic integration mistakes"), ("null", "fourteen that know nothing")],
)
def test_the_targets_are_as_many_as_the_manual_says(folder: str, said: str) -> None:
    """A count in words is a count all the same."""
    assert {"twelve": 12, "fourteen": 14}[said.partition(" ")[0]] == len(_targets(folder))
    assert said in " ".join(MANUAL.split())


def test_every_stack_is_in_the_table() -> None:
    """A reader of fixtures/targets finds each folder in its table, by name or by pattern."""
    folder = ROOT / "fixtures" / "targets"
    rows = re.findall(r"^\| (`[^|]+/`) \|", (folder / "README.md").read_text("utf-8"), re.MULTILINE)
    patterns = [name for row in rows for name in re.findall(r"`([^`]+)/`", row)]
    stacks = sorted(file.parent.name for file in folder.glob("*/target.toml"))
    offenders = [one for one in stacks if not any(fnmatch(one, pattern) for pattern in patterns)]
    assert not offenders, listed(offenders, "name each folder in the table of fixtures/targets/README.md")


def test_the_faults_that_are_shown_are_there() -> None:
    """More of them than is said, and by the name that is shown."""
    assert "more than two hundred\nservers" in MANUAL
    assert len(FAULTS) > 200
    shown = set(re.findall(r"--fault ([\w-]+)", MANUAL))
    assert shown
    assert shown <= FAULTS.keys()


def _report_commands() -> list[list[str]]:
    lines = (line for block in _blocks("console") for line in block.splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("$ synq-conformance report ")]


REPORT_COMMANDS = {command[2]: command for command in _report_commands()}


@pytest.mark.parametrize(
    ("name", "code"), [("render", 0), ("compare", 0), ("matrix", 0), ("merge", 1), ("waivers-suggest", 0)]
)
def test_the_report_commands_do_what_is_said(
    name: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them runs as it stands there, on reports of one failing run."""
    for folder in ("reports", "main", "shard-1", "shard-2"):
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / "fixtures" / "golden" / "report.json", tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    program, *arguments = REPORT_COMMANDS[name]
    done = CliRunner().invoke(main, arguments)
    assert program == "synq-conformance"
    assert done.exit_code == code, done.output
    outputs = {"matrix": "matrix.html", "merge": "whole/report.html", "waivers-suggest": "waivers.toml"}
    assert (tmp_path / outputs.get(name, "reports/report.json")).is_file()


def test_every_report_command_of_the_manual_is_tried() -> None:
    """None is shown that the test before does not run, and none is kept from the reader."""
    assert set(REPORT_COMMANDS) == set(report.commands)


def test_the_table_of_formats_is_whole() -> None:
    """Every format with its name and the file that it makes."""
    rows = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \| ", MANUAL, re.MULTILINE)
    assert dict(rows) == {name: one.FILENAME for name, one in formats().items()}


def test_the_waiver_that_is_shown_is_one() -> None:
    """It parses, and names a rule of the contract."""
    (waiver,) = waivers.parse_waivers(next(block for block in _blocks("toml") if "[[waiver]]" in block))
    assert load_contract().rule(waiver.rule).level is Level.STANDARD


def test_what_the_readme_shows_is_there() -> None:
    """Its picture; other links are looked at with those of every page."""
    assert "](.github/report.png)" in README
    assert (ROOT / ".github" / "report.png").is_file()


@pytest.mark.parametrize("heading", ["You run the API", "You write a client", "You answer for it", "Limits"])
def test_each_reader_finds_a_recipe(heading: str) -> None:
    """Under a heading of its own, on a page that is read in minutes."""
    assert f"\n## {heading}\n" in README
    assert len(README.splitlines()) < 250
