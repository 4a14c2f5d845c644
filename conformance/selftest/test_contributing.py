"""What .github/CONTRIBUTING.md tells a contributor to write, run and look at is there, and does what it says."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import pytest

from conformance.contract.rules import load_contract
from conformance.contract.schema import parse_contract
from conformance.report.writing import evidence_of
from conformance.results.data import Report
from conformance.selftest.offenders import listed
from conformance.selftest.rich_report import a_rich_report
from conformance.selftest.shown_commands import EXAMPLES, blocks_of, commands_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _blocks(language: str) -> list[str]:
    return blocks_of(PAGE, language)


def _snippet(begins: str) -> str:
    (found,) = (block for language in ("python", "toml") for block in _blocks(language) if block.startswith(begins))
    return found


def test_the_map_is_the_house() -> None:
    """Every room, with the sentence that it says of itself, in the order in which rooms may import each other."""
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE)
    layers = SETTINGS["tool"]["importlinter"]["contracts"][0]["layers"]
    rooms = [room for layer in layers for room in layer.split(" | ")]
    said = [(room.removeprefix("conformance."), (getdoc(import_module(room)) or "").split("\n")[0]) for room in rooms]
    assert rows == said


def test_one_command_gives_what_the_tests_need() -> None:
    """The command of the page installs groups and extras that there are, by a pip that knows groups."""
    (command,) = _blocks("sh")
    assert "pip>=25.1" in command
    assert set(re.findall(r"--group (\w+)", command)) == {"dev"} <= SETTINGS["dependency-groups"].keys()
    (extras,) = re.findall(r"\.\[([\w,]+)\]", command)
    assert extras.split(",") == [*SETTINGS["project"]["optional-dependencies"]]


def test_enough_commands_are_shown() -> None:
    """What they name is there, which the test of all pages sees to."""
    assert len(list(commands_of(PAGE))) >= 15


def test_the_files_and_tests_that_are_named_are_there() -> None:
    """What turns red is a test of this folder; what is to be read or changed is a file of the repository."""
    tests = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    prose = re.sub(r"^ *```.*?^ *```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"`([^`\n]+)`", prose)
    offenders = [one for one in named if re.fullmatch(r"test_\w+", one) and one not in tests]
    paths = [one for one in named if re.fullmatch(r"(conformance|fixtures)/[\w./*-]+", one)]
    offenders += [one for one in paths if not any(ROOT.glob(one)) and not any(each in one for each in EXAMPLES)]
    assert len(paths) >= 15
    assert not offenders, listed(offenders, "let the page name what there is")


def test_the_rule_that_is_shown_is_one() -> None:
    """Appended to the contract it is read, and the check and the fault are for it."""
    text = (ROOT / "conformance" / "contract" / "contract.toml").read_text("utf-8")
    rule = parse_contract(f"{text}\n{_snippet('[[rule]]')}").rules[-1]
    for mark in ("rule", "fault"):
        compile(_snippet(f'@{mark}("{rule.id}")'), mark, "exec")


def test_the_format_that_is_shown_is_one() -> None:
    """It renders the sample report: a line a rule."""
    report: Report = a_rich_report(load_contract())
    module: dict[str, object] = {"__name__": "tap"}
    exec(compile(_snippet('"""The Test Anything'), "tap.py", "exec"), module)  # noqa: S102 - our own page
    render = module["render"]
    assert callable(render)
    points = [line for line in render(report, evidence_of(report)).splitlines() if line.startswith(("ok ", "not ok "))]
    assert len(points) == len(report.rules)


@pytest.mark.parametrize(("begins", "table"), [('name = "urllib"', None), ('language = "Python"', "target")])
def test_the_files_that_are_shown_have_the_keys_of_real_ones(begins: str, table: str | None) -> None:
    """An adapter.toml as that of python-requests, a target.toml as that of aiohttp-joserfc."""
    shown = tomllib.loads(_snippet(begins))
    like = "targets/aiohttp-joserfc/target.toml" if table else "adapters/python-requests/adapter.toml"
    real = tomllib.loads((ROOT / "fixtures" / like).read_text("utf-8"))
    assert shown.keys() == real.keys()
    if table:
        assert shown[table][0].keys() == real[table][0].keys() - {"finding"}
