"""Workers of xdist on this machine give the report of one process; others are refused before anything is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.commands import synq_conformance

RULES = ("documented-request", "headers-missing", "tenant-foreign")
USAGE = 4
"""The exit code of pytest for wrong usage."""


def _run(folder: Path, name: str, workers: Sequence[str]) -> tuple[int, str, dict[str, Any]]:
    chosen = [f"--synq-rule={one}" for one in RULES]
    words = ["--pyargs", "conformance.server", "-p", "no:cacheprovider", "--synq-embedded", *chosen, *workers]
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest", *words, f"--synq-report-dir={name}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    file = folder / name / "report.json"
    return ended.returncode, ended.stdout + ended.stderr, json.loads(file.read_text("utf-8")) if file.is_file() else {}


def _timeless(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**rule, "checks": [{**check, "duration_s": 0} for check in rule["checks"]]} for rule in report["rules"]
    ]


def test_gateways_of_this_machine_give_the_same_report(tmp_path: Path) -> None:
    """Two processes, started by execnet with an interpreter that is named: rule for rule as one process."""
    code, _, alone = _run(tmp_path, "alone", ())
    spread, _, shared = _run(tmp_path, "shared", ("-d", "--tx", f"2*popen//python={sys.executable}"))
    assert (code, spread) == (0, 0)
    assert _timeless(shared) == _timeless(alone)
    assert shared["verdict"] == alone["verdict"]


@pytest.mark.parametrize(
    "workers",
    [
        ("--tx", "ssh=machine"),
        ("--tx", "2*ssh=machine//python=python3"),
        ("--tx", "socket=192.0.2.1:8888"),
        ("--px", "id=other//ssh=machine", "--tx", "3*popen//via=other"),
        ("--tx", "popen", "--tx", "ssh=machine"),
    ],
    ids=["ssh", "several by ssh", "socket", "through another gateway", "one here and one there"],
)
def test_gateways_of_another_machine_are_refused(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """In one line that says what to do; without it xdist starts workers for ever that cannot judge."""
    code, said, report = _run(tmp_path, "reports", ("-d", *workers))
    assert (code, report) == (USAGE, {})
    (line,) = (one for one in said.splitlines() if one.strip())
    assert "a run keeps its limits, its deadline and its evidence on one machine" in line
    assert "--synq-shard" in line


def test_the_command_refuses_them_too(tmp_path: Path) -> None:
    """As wrong usage, and the embedded server is not started for it."""
    ended = synq_conformance("server", "--", "-d", "--tx", "ssh=machine", folder=tmp_path)
    assert ended.code == 2
    assert "on one machine" in ended.err
