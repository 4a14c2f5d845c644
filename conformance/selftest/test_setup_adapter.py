"""`init adapter` writes an adapter that works as it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conformance.client.adapters.adapter import load_adapter
from conformance.selftest.commands import synq_conformance
from conformance.setup.commands import LANGUAGES
from conformance.setup.writing_adapters import SKELETONS, tool_missing

SLOW = {"rust", "shell"}
"""One is compiled with crates from their registry, the other starts a program for each step."""
HERE = [language for language in LANGUAGES if language not in SLOW and tool_missing(language) is None]
"""Languages that this machine speaks: Python at least. `tox -e adapters` needs all of them."""


@pytest.mark.parametrize("language", HERE)
def test_an_adapter_works_as_it_stands(language: str, tmp_path: Path) -> None:
    """It is written, and goes through every step of --smoke."""
    written = synq_conformance("init", "adapter", "--language", language, "-o", "mine", folder=tmp_path)
    assert written.code == 0, written.err
    assert "synq-conformance client --adapter mine --smoke" in written.out
    ended = synq_conformance("client", "--adapter", "mine", "--smoke", folder=tmp_path)
    assert ended.code == 0, ended.out + ended.err


def test_python_is_among_them() -> None:
    """So that the test above is never without a case."""
    assert "python" in HERE
    assert sorted(LANGUAGES) == sorted(one.name for one in SKELETONS.iterdir() if one.name != "__pycache__")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_adapter_can_be_loaded(language: str, tmp_path: Path) -> None:
    """Its adapter.toml is a right one, and so is every file that it names, whether or not the language is here."""
    folder = tmp_path / "mine"
    assert synq_conformance("init", "adapter", "--language", language, "-o", str(folder), folder=tmp_path).code == 0
    found = load_adapter(str(folder))
    assert found.name == "my client"
    named = [word for word in found.command if "." in word and "{" not in word]
    assert all((folder / word).is_file() for word in named), named


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A folder that has a file of the name is left as it is: exit code 2, and which."""
    (tmp_path / "client.py").write_text("# mine\n", "utf-8")
    ended = synq_conformance("init", "adapter", "--language", "python", "-o", ".", folder=tmp_path)
    assert ended.code == 2
    assert "has client.py already" in ended.err
    assert [one.name for one in tmp_path.iterdir()] == ["client.py"]


def test_a_client_of_the_skeleton_breaks_no_required_rule(tmp_path: Path) -> None:
    """In this process, by its factory: what a first look at the report should show is the library's, not ours."""
    shutil.copytree(SKELETONS / "python", tmp_path, dirs_exist_ok=True)
    rules = ("three-headers", "retry-after-401", "no-retry-on-403", "sign-in-recovers")
    arguments = ("client", "--factory", "client:make", "--depth", "quick", *(f"--rule={one}" for one in rules))
    ended = synq_conformance(*arguments, folder=tmp_path, environ={"PYTHONPATH": "."})
    assert ended.code == 0, ended.out + ended.err
