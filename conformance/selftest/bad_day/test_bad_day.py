"""Trouble of the line never turns a right target into a broken one, and never turns a broken one into a passed rule."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.bad_day.test_ways import others
from conformance.selftest.bad_line import (
    Trouble,
    answered,
    bad_line,
    body_cut,
    bursts,
    closed_before_the_answer,
    late,
    outage,
    reset,
)
from conformance.selftest.commands import Ended, synq_conformance

TIMEOUT_S = 0.5


@dataclass(frozen=True)
class Day:
    """What is wrong with the line, and how often."""

    trouble: Trouble
    share: float = 0.02
    lasting: bool = False


def days() -> dict[str, Day]:
    """Every kind of bad day; an outage and a burst remember when they began, so each test makes its own."""
    return {
        "resets": Day(reset),
        "closed": Day(closed_before_the_answer),
        "503": Day(answered(503)),
        "bursts": Day(bursts(4), 0.004, lasting=False),
        "outage": Day(outage(3.0), 0.001, lasting=True),
        "late": Day(late(2 * TIMEOUT_S), 0.01),
        "cut": Day(body_cut),
    }


def run(day: Day, seed: int, folder: Path, *faults: str) -> tuple[Ended, dict[str, Any]]:
    """How the command ended, and the report."""
    synq = create()
    for name in faults:
        apply_fault(synq, name)
    with serve(synq) as running, bad_line(
        running.base_url, day.trouble, share=day.share, seed=seed, lasting=day.lasting
    ) as line:
        profile = describe(synq, line.base_url)
        profile["limits"] = {"timeout_s": TIMEOUT_S}
        (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        ended = synq_conformance("server", "--profile", "profile.toml", "--level", "hardening", folder=folder)
        assert line.struck or day.trouble.__qualname__.startswith("late"), "the line was good all day"
    return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8"))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", days())
def test_a_right_server_stays_right(name: str, seed: int, tmp_path: Path) -> None:
    """No rule fails, the same rules are judged, and the exit code is 0."""
    ended, report = run(days()[name], seed, tmp_path)
    assert (others(report), ended.code) == ({}, 0)


@pytest.mark.parametrize("name", days())
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("role-unchecked", "role-forbidden"),
        ("request-without-any-header-served", "headers-missing"),
        ("answers-crossed-under-load", "answers-not-crossed"),
    ],
)
def test_a_broken_server_is_still_found(name: str, fault: str, rule: str, tmp_path: Path) -> None:
    """The fault's own rule fails, and no rule passes that would have failed on a good line."""
    ended, report = run(days()[name], 1, tmp_path, fault)
    failed = [one["id"] for one in report["rules"] if one["outcome"] == "failed"]
    assert rule in failed
    assert ended.code == 1
