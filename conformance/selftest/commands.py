"""The command line as its users call it: a process, its exit code, and what it prints."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.selftest.forked import run_forked

WITHIN_S = 300
MAIN = "from conformance.cli import main; main()"
INTERRUPTIBLE = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {MAIN}"
"""The same for tests that send SIGINT: what a shell starts in the background may be deaf to it."""
NAMED = {"SYNQ_TOKEN": "not-a-token", "SYNQ_TENANT_ID": "tenant-1", "SYNQ_ORG_ID": "org-1"}
"""A target's environment that is complete, and accepted by no target."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said on standard error, line by line."""
        return [line for line in self.err.splitlines() if line.strip()]


def synq_conformance(
    *arguments: str,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    within_s: float = WITHIN_S,
    main: str = MAIN,
) -> Ended:
    """Run the command in this folder, with no SYNQ_ variable but these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SYNQ_", "PYTEST_"))}
    done = run_forked(main, arguments, folder, inherited | dict(environ or {}), within_s)
    return Ended(done.returncode, done.stdout, done.stderr)
