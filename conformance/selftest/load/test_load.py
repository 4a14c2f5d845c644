"""`synq-conformance load` as its user starts it: right servers are right at thousands of requests, a fault is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.mock.variants import apply_variant
from conformance.selftest.commands import Ended, synq_conformance

WITHIN_S = 180


@contextmanager
def served(
    folder: Path,
    *faults: str,
    variant: str | None = None,
    **tables: Any,  # noqa: ANN401 - tables of a profile
) -> Iterator[None]:
    """An embedded Synq, and its profile in this folder."""
    synq = create()
    for name in faults:
        apply_fault(synq, name)
    if variant is not None:
        apply_variant(synq, variant)
    with serve(synq) as running:
        profile = describe(synq, running.base_url) | tables
        (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        yield


def load(folder: Path, *arguments: str) -> tuple[Ended, Any]:
    """Load it; how the command ended, and load.json."""
    ended = synq_conformance("load", "--profile", "profile.toml", *arguments, folder=folder, within_s=WITHIN_S)
    return ended, json.loads((folder / "reports" / "load.json").read_text("utf-8"))


def test_an_honest_server_is_right_at_thousands_of_requests(tmp_path: Path) -> None:
    """Over a minute, from two processes."""
    with served(tmp_path):
        ended, told = load(tmp_path, "--run-time", "60s", "--processes", "2", "--users", "40")
    assert (ended.code, told["wrong"], told["not_judged"]) == (0, {}, {}), ended.out + ended.err
    assert told["requests"] == told["judged"] > 3_000
    assert 0 < told["latencies_ms"]["0.5"] <= told["latencies_ms"]["0.99"]
    assert told["requests_per_second"] > 50
    assert "right under load" in ended.out
    assert (tmp_path / "reports" / "load.html").stat().st_size > 10_000


@pytest.mark.parametrize("variant", ["one-session", "few-sessions"])
def test_callers_share_a_token_if_a_sign_in_ends_the_others(variant: str, tmp_path: Path) -> None:
    """They would end each other's, and the target would be called wrong for it."""
    with served(tmp_path, variant=variant):
        ended, told = load(tmp_path, "--run-time", "5s", "--users", "8")
    assert (ended.code, told["wrong"]) == (0, {}), ended.out + ended.err
    assert told["judged"] > 100
    assert "all callers share one" in ended.out


def test_a_fault_that_shows_only_under_load_is_found(tmp_path: Path) -> None:
    """One caller alone sees nothing of it, unless its first request follows close upon another."""
    with served(tmp_path, "answers-crossed-under-load"):
        _, alone = load(tmp_path, "--run-time", "5s", "--users", "1")
        ended, told = load(tmp_path, "--run-time", "10s", "--users", "8")
    assert sum(alone["wrong"].values()) <= 1
    assert ended.code == 1, ended.out + ended.err
    assert sum(number for problem, number in told["wrong"].items() if "another tenant's" in problem) > 10


def test_the_rate_of_the_profile_is_kept_to(tmp_path: Path) -> None:
    """By all processes together."""
    with served(tmp_path, limits={"requests_per_second": 20}):
        ended, told = load(tmp_path, "--run-time", "10s", "--processes", "2", "--users", "4")
    assert ended.code == 0, ended.out + ended.err
    assert 60 < told["requests"] <= 230
    assert "20 requests a second at most" in ended.out


def test_a_target_that_is_gone_is_not_assessed(tmp_path: Path) -> None:
    """Nothing that was not answered says anything of the contract."""
    with served(tmp_path):
        pass
    ended, told = load(tmp_path, "--run-time", "4s", "--users", "2")
    assert (ended.code, told["wrong"], told["judged"]) == (3, {}, 0), ended.out + ended.err
    assert "not assessed" in ended.out
