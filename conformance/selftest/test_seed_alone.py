"""What a seed draws depends on nothing but the seed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.selftest.commands import MAIN

PACKAGE = Path(__file__).parents[1]
DRAWN = "test_no_generated_path_opens_the_resource"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the one that pip installs to, with the package in it."""
    folder = tmp_path_factory.mktemp("installed") / "site-packages"
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__", "selftest"))
    return folder


def targets_of(seed: int, path: Path, folder: Path) -> list[str]:
    """The request targets that a run with this seed draws, with the package of this path."""
    options = ("server", "--mock", "--depth", "quick", "--seed", str(seed), "--report-dir", "reports")
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", MAIN, *options, "--", "-k", DRAWN],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(path)}, check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    lines = (folder / "reports" / "exchanges.jsonl").read_text("utf-8").splitlines()
    return [one["request"]["target"] for one in map(json.loads, lines) if one["case"].startswith(DRAWN)]


@pytest.mark.parametrize("seed", [7, 12])
def test_a_checkout_draws_what_an_installed_suite_draws(seed: int, installed: Path, tmp_path: Path) -> None:
    """Hypothesis draws words of the sources that are not installed; ours are none of them."""
    drawn = targets_of(seed, PACKAGE.parent, tmp_path)
    assert len(set(drawn)) > 10
    assert drawn == targets_of(seed, installed, tmp_path)


def test_our_sources_are_not_read_for_words(tmp_path: Path) -> None:
    """Reading them all took half a second of each run from a checkout."""
    targets_of(7, PACKAGE.parent, tmp_path)
    read = tmp_path / "reports" / ".hypothesis" / "constants"
    assert not read.exists() or not [*read.iterdir()]
