"""The plugin in a project of others: it costs nothing, gives the same verdict as the command, and steps aside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.commands import Ended, synq_conformance
from conformance.selftest.interrupting import COUNTED

HEAVY = ("hypothesis", "respx", "httpx", "pydantic", "rich", "click", "joserfc", "jinja2", "conformance.contract.rules")
RULES = ("documented-request", "org-missing", "scheme-case")


def plain_pytest(*arguments: str, folder: Path, module: bool = True) -> Ended:
    """Pytest in this folder, as `python -m pytest` or as `pytest`, which does not look into the folder for packages."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("SYNQ_", "PYTEST_", "_SYNQ"))
    }
    started = ["-m", "pytest"] if module else ["-P", "-c", "import pytest, sys; sys.exit(pytest.main())"]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *started, "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=inherited,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def test_an_unrelated_project_pays_for_nothing(tmp_path: Path) -> None:
    """None of what a run needs is imported (but for what brings a plugin of its own)."""
    (tmp_path / "test_theirs.py").write_text(
        f"import sys\n\n\ndef test_it():\n    assert [one for one in {HEAVY!r} if one in sys.modules] == []\n", "utf-8"
    )
    ended = plain_pytest("-p", "no:hypothesispytest", "-p", "no:respx", folder=tmp_path)
    assert ended.code == 0, ended.out


def test_a_foreign_marker_is_still_unknown(tmp_path: Path) -> None:
    """The plugin's own begin with synq_."""
    (tmp_path / "test_theirs.py").write_text(
        "import pytest\n\n\n@pytest.mark.needs('x')\ndef test_it():\n    pass\n", "utf-8"
    )
    ended = plain_pytest("--strict-markers", folder=tmp_path)
    assert ended.code == 2
    assert "'needs' not found in `markers`" in ended.out
    markers = plain_pytest("--markers", folder=tmp_path).out
    assert "@pytest.mark.synq_rule(id)" in markers


def test_the_options_are_one_group_without_what_is_internal(tmp_path: Path) -> None:
    """What the command passes on by itself is not offered."""
    shown = plain_pytest("--help", folder=tmp_path).out
    assert shown.count("Synq conformance:") == 1
    assert "--synq-report-dir" in shown
    assert "--synq-console" not in shown


TIMED = ("id", "journal", "exchanges")
"""What is of one run only: its id, and the digests of files that tell the time."""


def _told(report: Path) -> dict[str, Any]:
    """The report without what differs from run to run."""

    def without(value: Any) -> Any:  # noqa: ANN401 - parsed JSON
        match value:
            case dict():
                return {key: without(each) for key, each in value.items() if key not in {*COUNTED, *TIMED}}
            case list():
                return [without(each) for each in value]
        return value

    found: dict[str, Any] = without(json.loads(report.read_text("utf-8")))
    return found


@pytest.mark.parametrize("faults", [(), ("missing-org-defaulted",)], ids=["honest", "broken"])
def test_plain_pytest_gives_the_verdict_and_the_report_of_the_command(tmp_path: Path, faults: tuple[str, ...]) -> None:
    """The same options, the same exit code, the same report."""
    rules, named = [f"--rule={one}" for one in RULES], [f"--fault={one}" for one in faults]
    command = synq_conformance("server", "--mock", *rules, *named, "--report-dir", "a", folder=tmp_path)
    options = [one.replace("--", "--synq-", 1) for one in ("--mock", *rules, *named, "--report-dir=b")]
    plain = plain_pytest("--pyargs", "conformance.server", *options, folder=tmp_path)
    assert (command.code, plain.code) == ((1, 1) if faults else (0, 0)), plain.out
    assert _told(tmp_path / "a" / "report.json") == _told(tmp_path / "b" / "report.json")
    headline = next(line for line in command.out.splitlines() if "required rules judged" in line)
    assert headline in plain.out


def _project(folder: Path) -> Path:
    """A project with a package of its own that is named conformance."""
    package = folder / "conformance"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "core.py").write_text("ANSWER = 42\n", "utf-8")
    (folder / "conftest.py").write_text("", "utf-8")
    (folder / "test_theirs.py").write_text(
        "from conformance.core import ANSWER\n\n\ndef test_it():\n    assert ANSWER == 42\n", "utf-8"
    )
    return folder


@pytest.mark.parametrize("module", [True, False], ids=["python -m pytest", "pytest"])
def test_another_package_of_the_name_is_left_alone(tmp_path: Path, module: bool) -> None:
    """Its tests pass, and one line says that the plugin is off and why."""
    ended = plain_pytest(folder=_project(tmp_path), module=module)
    assert ended.code == 0, ended.out + ended.err
    (line,) = [one for one in ended.out.splitlines() if "its plugin is off" in one]
    assert f"{tmp_path / 'conformance'} is another package named conformance" in line
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_the_command_works_beside_another_package_of_the_name(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """It was started as itself, whatever lies in the folder."""
    _project(tmp_path)
    safe = "import sys; sys.path[:] = [one for one in sys.path if one]; from conformance.cli import main; main()"
    rules = [f"--rule={one}" for one in RULES[:2]]
    ended = synq_conformance("server", "--mock", *rules, *workers, folder=tmp_path, main=safe)
    assert ended.code == 0, ended.err
