"""An embedded Synq that is served introduces itself by a profile and by lines for a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.config.profile import VARIABLES, from_profile
from conformance.selftest.commands import MAIN, synq_conformance


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """`synq-conformance mock` with these options; what it prints first, up to the first line that is awaited."""
    command = [sys.executable, "-c", MAIN, "mock", *options]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            while "--env" in options and "RETIRED" not in lines[-1]:
                lines.append(process.stdout.readline())
            yield "".join(lines)
        finally:
            process.terminate()


def test_the_profile_of_a_mock_opens_everything(tmp_path: Path) -> None:
    """All that it has is in the file, and a doctor finds every item right."""
    with served(tmp_path, "--write-profile", "synq.toml"):
        assert from_profile(tmp_path / "synq.toml").tokens.viewer is not None
        ended = synq_conformance("doctor", "--profile", "synq.toml", "--depth", "quick", folder=tmp_path)
    assert ended.code == 0, ended.out
    assert "Tier: keys." in ended.out


def test_a_shell_takes_the_lines_as_they_are(tmp_path: Path) -> None:
    """The variables name the target, and a run in that shell checks it."""
    with served(tmp_path, "--env") as lines:
        shell = ["sh", "-c", f"{lines}\nenv"]
        path = {"PATH": os.environ["PATH"]}
        printed = subprocess.run(shell, capture_output=True, text=True, check=True, env=path)  # noqa: S603 - our own
        environ = dict(line.split("=", 1) for line in printed.stdout.splitlines() if line.startswith("SYNQ_"))
        assert set(VARIABLES) <= set(environ)
        assert "SYNQ_TOKEN_VIEWER" in environ
        assert synq_conformance("doctor", folder=tmp_path, environ=environ).code == 0


def test_a_profile_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Exit code 2, with the file's name; nothing is served."""
    ended = synq_conformance("mock", "--write-profile", "nowhere/synq.toml", folder=tmp_path)
    assert ended.code == 2
    assert ended.lines == ["synq-conformance mock: nowhere/synq.toml: cannot be written: No such file or directory"]
