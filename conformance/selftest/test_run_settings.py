"""Which value an option has: of the command line, else of a variable, else of the profile, else its default."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.config.declared import CONSOLE, OPTIONS
from conformance.config.options import OptionError, RunOptions
from conformance.config.profile import ProfileError, Target, from_mapping, from_profile
from conformance.config.run_table import RUN_OPTIONS, run_table
from conformance.config.settled import Settled, settled_options
from conformance.contract.rules import Role
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import synq_conformance
from conformance.setup.profile_text import profile_text

PROFILE = """[target]
base_url = "https://staging.example"
[scope]
tenant_id = "t"
org_id = "o"
[tokens]
valid = "a.b.c"
"""
FOUND = "synq-conformance.toml"


def given(folder: Path, environ: dict[str, str] | None = None, **values: Any) -> Settled:  # noqa: ANN401 - any options
    """The options with these given, in this folder and environment."""
    known = {one.dest: one.left_out for one in (*OPTIONS, CONSOLE)}
    named = argparse.Namespace(**known | {f"synq_{key}": value for key, value in values.items()})
    return settled_options(named, Role.SERVER, environ or {}, folder)


def with_run(tmp_path: Path, run: str) -> Path:
    path = tmp_path / "p.toml"
    path.write_text(f"{PROFILE}[run]\n{run}\n", "utf-8")
    return path


def test_each_place_goes_before_the_next(tmp_path: Path) -> None:
    """Command line, variable, profile, default."""
    path = str(with_run(tmp_path, 'depth = "quick"'))
    assert given(tmp_path).option.synq_depth == "standard"
    assert given(tmp_path, profile=path).option.synq_depth == "quick"
    assert given(tmp_path, {"SYNQ_DEPTH": "deep"}, profile=path).option.synq_depth == "deep"
    assert given(tmp_path, {"SYNQ_DEPTH": "deep"}, profile=path, depth="standard").option.synq_depth == "standard"


def test_a_profile_may_say_all_that_is_declared(tmp_path: Path) -> None:
    """Paths start from its folder; the values are what the command line would make of them."""
    text = """depth = "deep"\nlevel = "standard"\nseed = 7\nformats = ["junit", "sarif"]\ndeadline = "10m"
waivers = "w.toml"\nunassessed = "u.toml"\nstrict_coverage = true\nmin_assessed = "90%"
fail_on = ["not-assessed:standard"]\nbaseline = "main"\nvault = "v"\nwait_for_expiry = true\noperator = "Ada"\n"""
    assert set(re.findall(r"^(\w+) = ", text, re.MULTILINE)) == set(RUN_OPTIONS)
    option = given(tmp_path, profile=str(with_run(tmp_path, text))).option
    assert (option.synq_seed, tuple(option.synq_format), option.synq_deadline) == (7, ("junit", "sarif"), "10m")
    assert option.synq_waivers == str(tmp_path / "w.toml")
    assert option.synq_baseline == str(tmp_path / "main")
    assert option.synq_strict_coverage is True


def test_a_profile_with_options_is_a_profile(tmp_path: Path) -> None:
    """Whatever else reads it is not in the way of [run]."""
    assert from_profile(with_run(tmp_path, "seed = 3"), {}).base_url == "https://staging.example"


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ('depht = "deep"', r'p\.toml: run\.depht: unknown key; did you mean "depth"\?'),
        ('depth = "deepest"', r"p\.toml: run\.depth: must be 'quick', 'standard' or 'deep'"),
        ('seed = "7"', r"run\.seed: must be a whole number, not a string"),
        ('formats = "junit"', r"run\.formats: must be an array, not a string"),
        ('waivers = {env = "NOWHERE"}', r"run\.waivers: the environment variable NOWHERE is not set"),
    ],
    ids=["unknown", "choice", "number", "array", "variable"],
)
def test_a_wrong_option_of_a_profile_is_refused_by_its_key(tmp_path: Path, run: str, said: str) -> None:
    """As every other key of the file is."""
    with pytest.raises(ProfileError, match=said):
        run_table(with_run(tmp_path, run), {})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SYNQ_DEPTH", "deepest", "SYNQ_DEPTH deepest: must be one of quick, standard, deep"),
        ("SYNQ_SEED", "many", "SYNQ_SEED many: must be a whole number"),
        ("SYNQ_LEVEL", "", "SYNQ_LEVEL is empty"),
        ("SYNQ_PROFILE", " ", "SYNQ_PROFILE is empty"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(tmp_path: Path, name: str, value: str, said: str) -> None:
    """An empty one as well: an undefined variable of a CI system arrives so."""
    with pytest.raises(OptionError, match=said):
        given(tmp_path, {name: value})


def test_a_list_of_a_variable_stands_between_commas(tmp_path: Path) -> None:
    """As in SYNQ_FORMATS=junit,sarif."""
    assert given(tmp_path, {"SYNQ_FORMATS": "junit, sarif"}).option.synq_format == ["junit", "sarif"]


def test_a_profile_is_found_here_and_in_the_folders_above(tmp_path: Path) -> None:
    """The nearest, and only if nothing names a target."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / FOUND).write_text(PROFILE, "utf-8")
    assert given(tmp_path).option.synq_profile == FOUND
    assert given(below).option.synq_profile == str(tmp_path / FOUND)
    assert (
        given(below, {"SYNQ_PROFILE": "other.toml"}, profile=None, url="https://x.example").option.synq_profile is None
    )
    for named in ({"url": "https://x.example"}, {"embedded": True}, {"mock": True}, {"fault": ["x"]}):
        assert given(below, **named).option.synq_profile is None
    assert given(below, {"SYNQ_BASE_URL": "https://x.example"}).option.synq_profile is None


def test_a_client_has_no_profile(tmp_path: Path) -> None:
    """What lies about in a folder says nothing of a client."""
    (tmp_path / FOUND).write_text(PROFILE, "utf-8")
    known = argparse.Namespace(**{one.dest: one.left_out for one in (*OPTIONS, CONSOLE)})
    assert settled_options(known, Role.CLIENT, {}, tmp_path).option.synq_profile is None


def test_every_option_says_its_default_its_variable_and_its_key() -> None:
    """In one style, of the one declaration."""
    helps = {one.name: one.whole_help for one in OPTIONS}
    assert helps["depth"].endswith("(default: standard; SYNQ_DEPTH; run.depth of the profile)")
    assert helps["url"].endswith("(SYNQ_BASE_URL)")
    assert helps["report-dir"].endswith("(default: reports; SYNQ_REPORT_DIR)")
    assert helps["format"].endswith("(may be given again; SYNQ_FORMATS; run.formats of the profile)")


def test_options_are_shared_by_the_whole_program() -> None:
    """The data class has what the declaration has."""
    assert "profile_from" in RunOptions.__slots__


@pytest.fixture(scope="module")
def target() -> Iterator[dict[str, Any]]:
    """The profile of a reference server on loopback."""
    synq = create()
    with serve(synq) as served:
        yield describe(synq, served.base_url)


RULES = ("--rule=documented-request", "--rule=org-missing")


def test_a_found_profile_is_checked_and_named(target: dict[str, Any], tmp_path: Path) -> None:
    """The first line says which file; its [run] decides."""
    text = profile_text(target) + '\n[run]\ndepth = "quick"\nseed = 9\nformats = ["junit"]\n'
    (tmp_path / FOUND).write_text(text, "utf-8")
    ended = synq_conformance("server", *RULES, folder=tmp_path)
    assert ended.code == 0, ended.err
    assert f"at {target['target']['base_url']} (found: {FOUND})" in " ".join(ended.out.split())
    assert "seed 9, depth quick" in " ".join(ended.out.split())
    assert (tmp_path / "reports" / "junit.xml").is_file()


def test_a_profile_of_the_variable_is_checked(target: dict[str, Any], tmp_path: Path) -> None:
    """And its report goes to the folder of a variable."""
    (tmp_path / "x.toml").write_text(profile_text(target), "utf-8")
    environ = {"SYNQ_PROFILE": "x.toml", "SYNQ_REPORT_DIR": "out", "SYNQ_LEVEL": "standard"}
    ended = synq_conformance("server", *RULES, folder=tmp_path, environ=environ)
    assert ended.code == 0, ended.err
    assert "(SYNQ_PROFILE x.toml)" in " ".join(ended.out.split())
    assert (tmp_path / "out" / "report.json").is_file()
    assert not (tmp_path / "reports").exists()


def test_a_wrong_key_of_a_found_profile_is_exit_code_2(tmp_path: Path) -> None:
    """Nothing else is checked in its place."""
    (tmp_path / FOUND).write_text(PROFILE + '[run]\ndeadline = "soon"\n', "utf-8")
    ended = synq_conformance("server", folder=tmp_path)
    assert ended.code == 2
    assert f"{FOUND}: run.deadline: --deadline soon: expected a time" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--levle", "standard"], "--levle: did you mean --level?"),
        (["--format", "junti"], 'did you mean "junit"?'),
        (["--depth", "deeep"], "'deeep' is not one of"),
    ],
    ids=["option", "format", "choice"],
)
def test_what_is_misspelt_is_told_with_what_was_meant(tmp_path: Path, arguments: list[str], said: str) -> None:
    """Exit code 2, and no traceback."""
    ended = synq_conformance("server", "--mock", *arguments, folder=tmp_path)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_options_of_pytest_go_through(tmp_path: Path) -> None:
    """With and without two dashes before them."""
    ended = synq_conformance("server", "--mock", *RULES, "-k", "documented", "--", "--durations=1", folder=tmp_path)
    assert ended.code in (0, 3), ended.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_its_completion(tmp_path: Path, shell: str) -> None:
    """As the README says."""
    environ = {"_SYNQ_CONFORMANCE_COMPLETE": f"{shell}_source"}
    main = "from conformance.cli import main; main(prog_name='synq-conformance')"
    ended = synq_conformance(folder=tmp_path, environ=environ, main=main)
    assert "synq-conformance" in ended.out or "_synq_conformance" in ended.out


def test_a_target_stays_what_it_is_with_options_beside_it(target: dict[str, Any]) -> None:
    """[run] is no part of a target: the same target, however it is checked."""
    assert from_mapping(target | {"run": {"seed": 3}}, "selftest") == from_mapping(target, "selftest")
    assert "run" not in Target.__slots__
