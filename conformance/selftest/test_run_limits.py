"""A profile's limits hold for everything that a run sends: kept connections, new ones, raw octets, flights."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.http.limits import Allowance, Ledger
from conformance.selftest.commands import synq_conformance
from conformance.selftest.noting import served_noting

RULES = ["wire-refused", "answers-not-crossed", "connection-not-trusted", "headers-missing"]
PREFLIGHT = 1
"""The request before the run that asks whether it makes sense at all."""


class Served:
    """A reference server on a port, and when it was asked."""

    def __init__(self, profile: dict[str, Any], asked: list[float]) -> None:
        self.profile, self.asked = profile, asked


@pytest.fixture
def served() -> Iterator[Served]:
    """Every request that gets through the HTTP parser is noted."""
    asked: list[float] = []
    with served_noting(lambda _: asked.append(time.monotonic())) as (_, profile):
        yield Served(profile, asked)


def _run(served: Served, folder: Path, **limits: object) -> dict[str, Any]:
    profile = served.profile | {"limits": {"concurrency": 8, **limits}}
    (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
    rules = [word for rule in RULES for word in ("--rule", rule)]
    synq_conformance("server", "--profile", "profile.toml", "--depth", "quick", *rules, folder=folder)
    report: dict[str, Any] = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return report


def test_no_more_is_sent_than_the_profile_allows(served: Served, tmp_path: Path) -> None:
    """Once they are used up, what is left to judge is not assessed, and says so."""
    report = _run(served, tmp_path, max_requests=60)
    assert 30 <= len(served.asked) <= 60 + PREFLIGHT
    reasons = [rule["reason"] for rule in report["rules"] if rule["outcome"] != "passed"]
    assert reasons
    assert all("limits.max_requests" in reason for reason in reasons)


def test_requests_keep_their_distance(served: Served, tmp_path: Path) -> None:
    """At 200 a second, no half second sees more than 100, whichever connections they come over."""
    report = _run(served, tmp_path, requests_per_second=200)
    assert {rule["outcome"] for rule in report["rules"]} == {"passed"}
    first, *_ = served.asked
    halves = [int((moment - first) * 2) for moment in served.asked]
    assert max(halves.count(half) for half in set(halves)) <= 100 + 8  # those in flight may arrive together


@pytest.mark.parametrize("per_second", [8, 50, 400])
def test_the_allowance_is_kept_and_used(per_second: int) -> None:
    """Neither more than was allowed, nor so much less that a run takes twice its time."""
    allowance = Allowance(Ledger(), requests_per_second=per_second, max_requests=None)
    began, requests = time.perf_counter(), max(4, per_second // 2)
    for _ in range(requests):
        allowance.take()
    due_s = requests / per_second
    assert 0.6 * due_s <= time.perf_counter() - began + 1 / min(per_second, 10) <= 2 * due_s + 0.5


def test_a_run_behind_its_rate_does_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sleep, however short, gives the processor away: a quarter of a run's time on a busy machine."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    allowance = Allowance(Ledger(), requests_per_second=1_000_000, max_requests=None)
    for _ in range(3):
        allowance.take()
    assert slept == []
