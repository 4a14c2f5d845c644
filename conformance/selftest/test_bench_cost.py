"""Where the time of a run goes: every second is counted once, with the part of the suite that spent it."""

from __future__ import annotations

import cProfile
import time
from pathlib import Path

import pytest

from conformance.selftest.bench.cost import WAITING, area_of, shares


@pytest.mark.parametrize(
    ("file", "area"),
    [
        ("/x/conformance/evidence/redaction.py", "record, without secrets"),
        ("/x/conformance/http/transport.py", "sending and reading"),
        ("/x/conformance/server/test_paths.py", "checks and controls"),
        ("/x/conformance/mock/reference.py", "the embedded Synq"),
        ("/x/site-packages/hypothesis/core.py", "drawing inputs (Hypothesis)"),
        ("/x/site-packages/_pytest/runner.py", "pytest and pluggy"),
        ("<frozen importlib._bootstrap>", "start-up"),
        ("/x/lib/python3.12/pathlib.py", "the rest of Python"),
    ],
)
def test_a_source_file_belongs_to_an_area(file: str, area: str) -> None:
    """By its folder."""
    assert area_of(file) == area


def test_waiting_is_told_from_work(tmp_path: Path) -> None:
    """And the shares come to one."""
    profile = cProfile.Profile()
    profile.runcall(time.sleep, 0.2)
    profile.runcall(sorted, range(1_000))
    profile.dump_stats(tmp_path / "profile.out")
    found = shares(tmp_path / "profile.out")
    assert sum(found.values()) == pytest.approx(1.0)
    assert next(iter(found)) == WAITING
