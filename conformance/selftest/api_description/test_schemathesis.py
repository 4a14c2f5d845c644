"""Schemathesis, with all its checks, finds nothing in what the embedded Synq says of itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.mock import world
from conformance.mock.describe import describe
from conformance.mock.routes import DESCRIPTION_PATH, REVOKE
from conformance.mock.serve import Served, serve
from conformance.mock.state import create

COMMAND = Path(sys.executable).parent / "schemathesis"
EXAMPLES = 60
"""Inputs for an operation."""


@pytest.fixture
def served() -> Iterator[Served]:
    """The embedded Synq on a port."""
    with serve(create()) as running:
        yield running


PHASES = "examples,coverage,fuzzing"


@pytest.mark.parametrize(
    "chosen",
    [("--exclude-path", REVOKE, "--phases", f"{PHASES},stateful"), ("--include-path", REVOKE, "--phases", PHASES)],
    ids=["the-rest", "revoking"],
)
def test_nothing_is_found(served: Served, tmp_path: Path, chosen: tuple[str, ...]) -> None:
    """Every phase, every check, with a good token; revoking goes by itself, since it ends the token."""
    token = describe(served.synq, served.base_url)["tokens"]["valid"]
    fields = {"Authorization": f"Bearer {token}", "X-Tenant-ID": world.TENANT, "X-Org-ID": world.ORG}
    headers = [word for name, value in fields.items() for word in ("--header", f"{name}: {value}")]
    how = ("--checks", "all", "--mode", "all", "--seed", "0")
    run = subprocess.run(  # noqa: S603 - a fixed command
        [COMMAND, "run", f"{served.base_url}{DESCRIPTION_PATH}", *headers, *how, *chosen, "-n", str(EXAMPLES)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-8_000:] + run.stderr[-2_000:]
    assert "passed" in run.stdout
    assert served.synq.written > 0 or "--include-path" in chosen, "what Schemathesis sent was never accepted"
