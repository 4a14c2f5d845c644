"""Whatever a target answers, a run ends in bounded time and memory, with a report that is harmless and small."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest
import tomli_w

from conformance.mock.describe import describe
from conformance.mock.state import create
from conformance.selftest.commands import synq_conformance
from conformance.selftest.hostile import ANSWERS, hostile

LARGEST_FILE = 5 * 2**20
MEMORY = 500 * 2**20
PARALLEL = ["answers-not-crossed"]
SINGLE = ["headers-missing", "challenge-present", "error-body"]


@pytest.mark.parametrize("name", ANSWERS)
def test_hostile_refusals(name: str, tmp_path: Path) -> None:
    """The documented request is answered well, and what is refused hurts: in single and in parallel requests."""
    synq = create()
    with hostile(ANSWERS[name](), synq) as base_url:
        profile = describe(synq, base_url) | {"limits": {"timeout_s": 0.5, "concurrency": 64}}
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        rules = [word for rule in (*SINGLE, *PARALLEL) for word in ("--rule", rule)]
        formats = [word for one in ("junit", "sarif", "har", "markdown") for word in ("--format", one)]
        ended = synq_conformance(
            "server", "--profile", "profile.toml", "--depth", "quick", *rules, *formats, folder=tmp_path
        )
    assert ended.code in (0, 1, 3), ended.err
    assert "Traceback" not in ended.out + ended.err
    report = json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))
    errors = [rule["reason"] for rule in report["rules"] if rule["outcome"] == "error"]
    assert errors == []
    sizes = {file.name: file.stat().st_size for file in (tmp_path / "reports").iterdir() if file.is_file()}
    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}
    assert not [char for char in ended.out if char in "\x1b\x07\x9b\u202e"]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MEMORY


@pytest.mark.parametrize("name", ANSWERS)
def test_hostile_to_everything(name: str, tmp_path: Path) -> None:
    """Nothing can be judged, and that is said at once."""
    with hostile(ANSWERS[name](), None) as base_url:
        profile = describe(create(), base_url) | {"limits": {"timeout_s": 0.5}}
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        ended = synq_conformance("server", "--profile", "profile.toml", folder=tmp_path, within_s=60)
    assert ended.code == 3, ended.err
    assert "could not be assessed" in ended.err
    assert "Traceback" not in ended.err
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MEMORY
