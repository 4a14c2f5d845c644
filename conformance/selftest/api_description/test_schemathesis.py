"""Schemathesis, with all its checks, finds nothing in what the embedded Synq says of itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.mock.describe import describe
from conformance.mock.serve import Served, serve
from conformance.mock.state import create
from conformance.selftest.peers.schemathesis_run import schemathesis_commands

EXAMPLES = 60
"""Inputs for an operation."""


@pytest.fixture
def served() -> Iterator[Served]:
    """The embedded Synq on a port."""
    with serve(create()) as running:
        yield running


@pytest.mark.parametrize("name", ["whole", "objects", "revoking"])
def test_nothing_is_found(served: Served, tmp_path: Path, name: str) -> None:
    """Every phase, every check, with a good token; and with two, of two tenants."""
    profile = describe(served.synq, served.base_url)
    run = subprocess.run(  # noqa: S603 - a fixed command
        schemathesis_commands(profile, tmp_path, "-n", str(EXAMPLES))[name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-8_000:] + run.stderr[-2_000:]
    assert "passed" in run.stdout
    assert served.synq.written > 0 or name == "revoking", "what Schemathesis sent was never accepted"
