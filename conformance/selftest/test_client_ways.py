"""How a client is named: what is wrong with an option is said before anything is started."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from conformance.client.adapters.adapter import load_adapter, prepared
from conformance.client.adapters.launcher import launcher_of
from conformance.config.options import OptionError


def options(**given: object) -> argparse.Namespace:
    """The options of a run, as pytest has them."""
    names = ("command", "factory", "adapter", "attach", "mock")
    return argparse.Namespace(**{f"synq_{name}": given.get(name) for name in names})


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        pytest.param({}, "no client is named", id="none"),
        pytest.param({"command": "a", "adapter": "b"}, "--command and --adapter each name", id="two"),
        pytest.param({"command": "a", "mock": True}, "--mock needs --factory", id="mock-without-factory"),
        pytest.param({"command": "a 'b"}, "--command", id="open-quote"),
        pytest.param({"command": " "}, "is empty", id="empty-command"),
        pytest.param({"factory": "json"}, "PKG.MOD:CALLABLE", id="no-callable"),
        pytest.param({"factory": "no_such_module:make"}, "no_such_module", id="no-module"),
        pytest.param({"factory": "json:no_such"}, "no_such", id="no-attribute"),
        pytest.param({"factory": "json:__name__"}, "cannot be called", id="not-callable"),
        pytest.param({"adapter": "no/such/folder"}, "cannot be read", id="no-folder"),
    ],
)
def test_a_wrong_option_is_named(given: dict[str, object], complaint: str) -> None:
    """The message says which option, and what to give."""
    with pytest.raises(OptionError, match=complaint):
        launcher_of(options(**given))


def test_a_command_becomes_a_way() -> None:
    """Its name is the program's until the adapter has introduced itself."""
    assert launcher_of(options(command="/usr/bin/node adapter.mjs")).name == "node"


def adapter_of(folder: Path, text: str) -> Path:
    """A folder with this adapter.toml."""
    (folder / "adapter.toml").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "variant", "complaint"),
    [
        pytest.param("command = [", "", "adapter.toml", id="not-toml"),
        pytest.param("name = 'a'", "", "command: is missing and must be given", id="no-command"),
        pytest.param("command = ['a', 1]", "", r"command\[#2\]: must be a string", id="number-in-command"),
        pytest.param("command = ['a']\nsetup = ['b']", "", r"setup\[#1\]: must be an array", id="setup-not-of-lists"),
        pytest.param("command = ['a']\nsetup = 'b'", "", "setup: must be an array", id="setup-no-list"),
        pytest.param("command = ['a']\n[[variant]]", "", r"variant\[#1\].name: is missing", id="variant-unnamed"),
        pytest.param("command = ['a']\nvariant = 'b'", "", "variant: must be an array", id="variant-no-table"),
        pytest.param("command = ['a']", ":b", "has no variants", id="no-variants"),
        pytest.param("command = ['a']\n[[variant]]\nname = 'b'", "", "name one of its variants", id="no-variant-named"),
        pytest.param("command = ['a']\n[[variant]]\nname = 'b'", ":c", "name one of", id="unknown-variant"),
    ],
)
def test_a_wrong_adapter_file_is_named(tmp_path: Path, text: str, variant: str, complaint: str) -> None:
    """The message has the file and the key."""
    with pytest.raises(OptionError, match=complaint):
        load_adapter(f"{adapter_of(tmp_path, text)}{variant}")


def test_a_variant_adds_its_arguments(tmp_path: Path) -> None:
    """To the command of the folder."""
    adapter_of(tmp_path, "name = 'x'\ncommand = ['a']\n[[variant]]\nname = 'b'\narguments = ['c']")
    adapter = load_adapter(f"{tmp_path}:b")
    assert adapter.command == ("a", "c")
    assert adapter.name == "x (b)"


def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`{env}` is the same folder for set-up and command, and set-up does not run again."""
    monkeypatch.setenv("SYNQ_ADAPTER_ENVS", str(tmp_path / "envs"))
    adapter_of(tmp_path, "command = ['x', '{env}/made']\nsetup = [['mkdir', '{env}/made']]")
    adapter = load_adapter(str(tmp_path))
    program = prepared(adapter)
    assert Path(program.command[1]).is_dir()
    assert prepared(adapter) == program


def test_a_failed_set_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the command said, and it is tried again the next time."""
    monkeypatch.setenv("SYNQ_ADAPTER_ENVS", str(tmp_path / "envs"))
    adapter_of(tmp_path, "command = ['x']\nsetup = [['sh', '-c', 'echo no such package >&2; exit 7']]")
    with pytest.raises(OptionError, match="ended with 7: no such package"):
        prepared(load_adapter(str(tmp_path)))
    with pytest.raises(OptionError, match="ended with 7"):
        prepared(load_adapter(str(tmp_path)))
