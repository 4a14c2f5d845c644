"""A terminal or a log that lacks characters gets others: no verdict is lost for a tick that cannot be written."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.report.console import print_report
from conformance.report.encodings import fit_to_encoding
from conformance.selftest.commands import MAIN, WITHIN_S
from conformance.selftest.report_sample import a_full_report


@pytest.mark.parametrize(
    ("encoding", "errors", "written"),
    [
        pytest.param("ascii", "strict", b"x v ... -> ?", id="ascii"),
        pytest.param("ascii", "surrogateescape", b"x v ... -> ?", id="posix"),
        pytest.param("cp1252", "strict", b"x v \x85 -> \xe9", id="cp1252"),
        pytest.param("utf-8", "strict", "✗ ✓ … → é".encode(), id="utf-8"),
        pytest.param("ascii", "backslashreplace", b"\\u2717 \\u2713 \\u2026 \\u2192 \\xe9", id="as-it-was-told"),
    ],
)
def test_what_an_encoding_lacks_is_written_in_what_it_has(encoding: str, errors: str, written: bytes) -> None:
    """A stream that was told what to do with such characters does that."""
    octets = io.BytesIO()
    stream = io.TextIOWrapper(octets, encoding, errors)
    fit_to_encoding(stream)
    print("✗ ✓ … → é", end="", file=stream, flush=True)
    assert octets.getvalue() == written


def test_a_report_is_printed_in_ascii() -> None:
    """With all its marks."""
    octets = io.BytesIO()
    stream = io.TextIOWrapper(octets, "ascii")
    print_report(a_full_report(), stream, width=80)
    stream.flush()
    assert b"x token-expired" in octets.getvalue()


OF_NO_COMMAND = ("SYNQ_", "PYTEST_", "LC_", "PYTHONIOENCODING")
"""Variables that tell a command of something else than this test does."""
IN_ASCII = {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}


def command(*arguments: str, folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: the encoding of its outputs is chosen when Python starts."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OF_NO_COMMAND)}
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", MAIN, *arguments], cwd=folder, env=inherited | environ, timeout=WITHIN_S, check=False,
        capture_output=True, text=True, encoding="latin-1",
    )  # fmt: skip


@pytest.mark.parametrize("environ", [IN_ASCII, {"PYTHONIOENCODING": "cp1252"}], ids=["posix", "cp1252"])
def test_a_run_ends_with_its_own_verdict_in_every_locale(environ: dict[str, str], tmp_path: Path) -> None:
    """And not with exit code 1, which means that the target is not conformant."""
    alone = ("--embedded", "--rule", "documented-request", "--depth", "quick")
    ended = command("server", *alone, folder=tmp_path, environ=environ)
    assert (ended.returncode, "required rules judged" in ended.stdout) == (0, True), ended.stdout + ended.stderr


@pytest.mark.parametrize("arguments", [("explain", "token-revoked"), ("doctor", "--embedded")], ids=" ".join)
def test_a_command_answers_in_ascii(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Although its texts have ticks and dashes."""
    ended = command(*arguments, folder=tmp_path, environ=IN_ASCII)
    assert (ended.returncode, ended.stdout.isascii()) == (0, True), ended.stdout + ended.stderr
