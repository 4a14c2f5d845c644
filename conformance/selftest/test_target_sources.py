"""Strings of a profile that come from the environment, a file or a command."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from conformance.config import value_sources as sources
from conformance.config.value_sources import SourceError, resolve

PATH = {"PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize(
    "value", ["plain", 5, True, {}, {"name": "x"}, {"env": "A", "default": "x"}, ["env"]], ids=repr
)
def test_what_names_no_source_stays_as_it_is(tmp_path: Path, value: object) -> None:
    """Only a table of source keys is a source; the rest is for validation to judge."""
    assert resolve(value, tmp_path, {"A": "secret"}) == value


def test_a_variable_gives_its_value(tmp_path: Path) -> None:
    """{env} reads the environment that it is given."""
    assert resolve({"env": "SYNQ_TOKEN"}, tmp_path, {"SYNQ_TOKEN": "abc"}) == "abc"


@pytest.mark.parametrize(
    ("environ", "state"), [({}, "not set"), ({"SYNQ_TOKEN": ""}, "empty")], ids=["absent", "empty"]
)
def test_a_variable_without_a_value_is_named(tmp_path: Path, environ: dict[str, str], state: str) -> None:
    """A pipeline whose secret is missing learns which one."""
    with pytest.raises(SourceError, match=f"the environment variable SYNQ_TOKEN is {state}"):
        resolve({"env": "SYNQ_TOKEN"}, tmp_path, environ)


def test_a_variable_of_other_octets_is_refused(tmp_path: Path) -> None:
    """What the system could not decode is not sent as something else."""
    with pytest.raises(SourceError, match="SYNQ_TOKEN is not UTF-8 text"):
        resolve({"env": "SYNQ_TOKEN"}, tmp_path, {"SYNQ_TOKEN": "a\udcff"})


@pytest.mark.parametrize("content", ["abc", "abc\n", "abc\r\n", "\ufeffabc\n"], ids=repr)
def test_a_file_gives_its_text_without_the_line_end(tmp_path: Path, content: str) -> None:
    """Files end with a newline, tokens do not."""
    (tmp_path / "token").write_bytes(content.encode())
    assert resolve({"file": "token"}, tmp_path, {}) == "abc"


def test_a_file_is_found_by_its_absolute_path_too(tmp_path: Path) -> None:
    """Mounted secrets live elsewhere than the profile."""
    (tmp_path / "token").write_text("abc")
    assert resolve({"file": str(tmp_path / "token")}, Path("/nowhere"), {}) == "abc"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(None, "cannot be read: No such file or directory", id="absent"),
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\n \n", "is empty", id="blank"),
        pytest.param(b"\xff\xfe", "is not UTF-8 text", id="binary"),
    ],
)
def test_a_file_without_a_text_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """The path and the reason."""
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        resolve({"file": "token"}, tmp_path, {})
    assert str(caught.value) == f"the file {tmp_path / 'token'} {reason}"


def test_a_command_gives_what_it_prints(tmp_path: Path) -> None:
    """It runs in the profile's folder, by the shell, with the environment that it is given."""
    (tmp_path / "part").write_text("b\n")
    found = resolve({"command": 'echo " $A"$(cat part)'}, tmp_path, {**PATH, "A": "a"})
    assert found == "ab"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        pytest.param("exit 3", "the command exited with 3", id="silent"),
        pytest.param(
            "echo one >&2; echo two >&2; exit 4", "the command exited with 4: two", id="complaining"
        ),
        pytest.param("true", "the command's output is empty", id="empty"),
        pytest.param(r"printf '\377'", "the command's output is not UTF-8 text", id="binary"),
    ],
)
def test_a_command_that_gives_no_text_says_why(tmp_path: Path, command: str, reason: str) -> None:
    """The exit status and the last line of its complaint."""
    with pytest.raises(SourceError) as caught:
        resolve({"command": command}, tmp_path, PATH)
    assert str(caught.value) == reason


def test_a_failing_command_does_not_show_its_output(tmp_path: Path) -> None:
    """What a failed command printed may be half of a secret."""
    with pytest.raises(SourceError) as caught:
        resolve({"command": "echo canary-4711; exit 1"}, tmp_path, PATH)
    assert "canary" not in str(caught.value)


def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on after the time-out, and what the command started is gone with it."""
    monkeypatch.setattr(sources, "COMMAND_TIMEOUT_S", 0.2)
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"no answer within 0\.2 s"):
        resolve({"command": "(sleep 2; touch late) & sleep 20"}, tmp_path, PATH)
    assert time.monotonic() - started < 2
    time.sleep(max(0.0, started + 2.3 - time.monotonic()))
    assert not (tmp_path / "late").exists()


@pytest.mark.parametrize(
    "value", [{"env": "A", "file": "b"}, {"env": 5}, {"file": ""}, {"command": ["ls"]}], ids=repr
)
def test_a_source_of_another_shape_is_refused(tmp_path: Path, value: object) -> None:
    """One key and one name; the message shows the three forms."""
    with pytest.raises(SourceError, match=r"must be a string, or one of \{env = "):
        resolve(value, tmp_path, {"A": "a"})
