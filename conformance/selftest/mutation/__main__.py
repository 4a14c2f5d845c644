"""Mutate the judge with mutmut in a copy of the project, and hold what survives against what is explained.

`python -m conformance.selftest.mutation`, from a checkout, with mutmut installed. Exit 0 if every mutant is
noticed or explained, 1 if not, 3 if they could not be tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from conformance.selftest.mutation.survivors import NotTried, explained, problems, tried

CHECKOUT = Path(__file__).parents[3]
EXPLAINED = Path(__file__).with_name("explained.toml")
SETTINGS = Path(__file__).with_name("setup.cfg")
COPIED = ("conformance", "conftest.py", "pyproject.toml")


def main() -> int:
    """Copy, mutate, judge; the exit code."""
    os.nice(10)
    tick = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in COPIED:
            _copy(CHECKOUT / name, folder / name)
        _copy(SETTINGS, folder / "setup.cfg")
        children = str(os.cpu_count() or 1)
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "mutmut", "run", "--max-children", children],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        try:
            total, left = tried(folder / "mutants")
        except NotTried as error:
            click.echo(f"{done.stdout[-4000:]}\n{error}", err=True)
            return 3
    known = explained(EXPLAINED)
    found = problems(left, known, EXPLAINED)
    for problem in found:
        click.echo(f"{problem}\n")
    click.echo(
        f"{total} mutants of the judge: {total - len(left)} noticed by a test, {len(left & known.keys())} equivalent, "
        f"{len(left - known.keys())} unexplained, in {time.perf_counter() - tick:.0f} s"
    )
    return 1 if found else 0


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


if __name__ == "__main__":
    sys.exit(main())
