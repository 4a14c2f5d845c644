"""The README's commands are the ones that the project runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _commands() -> list[str]:
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_the_readme_begins_with_two_commands() -> None:
    """One checks the embedded Synq, one runs the tests; .ci/run takes both from there."""
    first, second = _commands()[:2]
    assert first.endswith("synq-conformance server")
    assert second.endswith("tox")
    assert "README.md" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("command", ["server", "mock", "list", "explain"])
def test_the_readme_names_every_command(command: str) -> None:
    """A command that a reader could need is shown with its name."""
    assert f"synq-conformance {command}" in (ROOT / "README.md").read_text("utf-8")
