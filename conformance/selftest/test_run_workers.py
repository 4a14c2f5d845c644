"""A run in several processes: what the controller resolved is handed over, and what workers counted comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomli_w

from conformance.config.handing_over import target_as_json, target_from_json
from conformance.config.profile import from_mapping
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.run.workers import Counted, counted_from, together
from conformance.selftest.commands import synq_conformance


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_a_command_of_the_profile_runs_once(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """It may print another token each time, and every process of a run holds the same one."""
    synq = create()
    with serve(synq) as running:
        profile = describe(synq, running.base_url)
        (tmp_path / "token").write_text(profile["tokens"]["valid"], "utf-8")
        profile["tokens"] = {"valid": {"command": "printf x >> runs && cat token"}}
        del profile["sign_in"]
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        chosen = ("--rule", "documented-request", "--rule", "headers-missing")
        ended = synq_conformance("server", "--profile", "profile.toml", *chosen, *workers, folder=tmp_path)
    assert (ended.code, (tmp_path / "runs").read_text("utf-8")) == (0, "x")


def test_a_target_is_the_same_in_another_process() -> None:
    """Everything that a profile says, resolved: paths with the base path, secrets, capabilities of the run."""
    described = describe(create(), "http://127.0.0.1:1/base")
    target = from_mapping(described, "selftest").with_capabilities("socket", "loopback")
    assert target_from_json(target_as_json(target)) == target


def test_counts_survive_the_way_and_add_up() -> None:
    """Of what each process plans, all plan the same; of the rest each has its part."""
    one = Counted(3, {"200": 3}, {"1": 3}, {"tokens": {"a": 2}}, None, ("b",), planned={"rule": 4})
    drawn = {"tokens": {"a": 1, "c": 1}}
    other = Counted(2, {"200": 1, "401": 1}, {}, drawn, "its own", ("a", "b"), "over", planned={"rule": 4})
    back = [counted_from(json.loads(json.dumps(each.portable()))) for each in (one, other)]
    statuses, tokens = {"200": 4, "401": 1}, {"tokens": {"a": 3, "c": 1}}
    assert together([*back, counted_from({})]) == Counted(
        5, statuses, {"1": 3}, tokens, "its own", ("a", "b"), "over", planned={"rule": 4}
    )
