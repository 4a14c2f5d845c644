"""The runs on right servers of others' making: which are missing, how they are shared out, and what is kept of them."""

from __future__ import annotations

import json
import threading
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conformance.selftest.reference.honest_page import honest_page

TARGETS = Path(__file__).parents[2] / "fixtures" / "targets"
RUN = {
    "target": "one", "language": "C", "depth": "deep", "seed": 0, "keys": True, "recovery": True,
    "started": "2026-11-30T01:02:03+00:00", "exchanges": 1000, "seconds": 9, "at_once": 4, "wrong": [],
}  # fmt: skip


@pytest.fixture
def grid(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program of fixtures/targets."""
    monkeypatch.syspath_prepend(TARGETS)
    return import_module("grid")


def _every(grid: ModuleType) -> list[Any]:
    honest = [target for target in grid.load() if target.expect == "conformant"]
    return list(grid.cells(honest[:2]))


def test_every_target_is_run_once_before_any_is_run_again(grid: ModuleType) -> None:
    """A part of the runs says something of every target."""
    every = _every(grid)
    assert len(every) == len({cell.name for cell in every}) == 2 * 2 * 3 * 2
    assert len({cell.target.name for cell in every[:2]}) == 2


def test_what_was_right_is_not_run_again(grid: ModuleType) -> None:
    """What was wrong is."""
    every = _every(grid)
    rows = [
        {"target": cell.target.name, "depth": cell.depth, "seed": cell.seed, "keys": cell.keys, "wrong": wrong}
        for cell, wrong in zip(every, ([], ["exit 1 instead of 0"]), strict=False)
    ]
    assert grid.missing(every, rows) == every[1:]


def test_no_two_runs_of_one_target_are_made_at_once(grid: ModuleType, tmp_path: Path) -> None:
    """A second thread is given the other target, and a third waits until one is free."""
    shared = grid.Grid(_every(grid), tmp_path / "kept.json")
    taken = [shared.taken(time.monotonic() + 60) for _ in range(3)]
    first, second = next(taken[0]), next(taken[1])
    assert first.target.name != second.target.name
    third: list[Any] = []
    waiting = threading.Thread(target=lambda: third.append(next(taken[2])))
    waiting.start()
    taken[0].close()
    waiting.join(30)
    assert [cell.target.name for cell in third] == [first.target.name]


def test_a_run_replaces_the_older_one_of_its_kind(grid: ModuleType, tmp_path: Path) -> None:
    """So that a false alarm that was mended does not stay on the page."""
    kept = tmp_path / "kept.json"
    shared = grid.Grid([], kept)
    shared.keep(RUN | {"wrong": ["required and failed: x"]})
    shared.keep(RUN | {"seed": 1})
    shared.keep(RUN)
    assert [(run["seed"], run["wrong"]) for run in json.loads(kept.read_text("utf-8"))["runs"]] == [(0, []), (1, [])]


def test_the_page_shows_what_is_right_wrong_and_missing() -> None:
    """By seed, and what was wrong in words; a target that is gone is not counted."""
    runs = [RUN, RUN | {"seed": 2, "wrong": ["exit 1 instead of 0"]}, RUN | {"target": "gone"}]
    page = honest_page({"runs": runs}, {"one": "C"})
    assert "1 of 12 runs are kept as right, 1 as wrong, from 2026-11-30 to 2026-11-30, up to 4 at once" in page
    assert "| `one` | C | - - - | - - - | 0 - **2 wrong** | - - - |" in page
    assert "Without keys, 0 runs had the extra\n`recovery`, which" in page
    assert "| `one`, deep, seed 2, with keys | exit 1 instead of 0 |" in page
