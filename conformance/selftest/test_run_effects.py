"""What a run leaves behind on its target."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.selftest.commands import synq_conformance

MOST_WRITES = 12
"""The contract asks about writes in a few cases; every other case has to do without."""


def test_a_run_writes_a_few_times_at_most(tmp_path: Path) -> None:
    """A target's shelves are not filled by controls, nor by generated courses."""
    synq_conformance("server", "--mock", folder=tmp_path)
    lines = (tmp_path / "reports" / "exchanges.jsonl").read_text("utf-8").splitlines()
    kept = [json.loads(line) for line in lines]
    written = [
        f"{one['rule']}: {one['case']} ({one['part']})"
        for one in kept
        if one["request"]["method"] == "POST"
        and one["request"]["target"].startswith("/api/v1/pim/")
        and (one["response"] or {"status": None})["status"] == 201
    ]
    assert 1 <= len(written) <= MOST_WRITES, written
