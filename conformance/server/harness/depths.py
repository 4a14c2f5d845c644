"""How far generated checks go: the number of inputs and of steps at each depth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import Flaky

from conformance.evidence.judge import NotAssessed, Violation
from conformance.server.harness.kept_examples import KeptExamples
from conformance.server.harness.target_api import TargetApi

HOME = ".hypothesis"
"""Hypothesis's own folder, below the report folder: what a run found is there for the next one to try first."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Inputs for a property; runs of the state machine, and steps in each."""

    examples: int
    lives: int
    steps: int


EXTENTS = {"quick": Extent(15, 3, 12), "standard": Extent(60, 12, 20), "deep": Extent(1_000, 150, 40)}


def hypothesis_settings(depth: str, report_dir: Path | None) -> Extent:
    """Make this depth Hypothesis's default: no deadline, one failure at a time, examples kept in the report folder."""
    extent = EXTENTS[depth]
    database = None
    if report_dir is not None:
        set_hypothesis_home_dir(report_dir / HOME)
        database = KeptExamples(report_dir / HOME / "examples")
    settings.register_profile(
        f"synq-{depth}",
        max_examples=extent.examples,
        stateful_step_count=extent.steps,
        deadline=None,
        derandomize=False,
        database=database,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(f"synq-{depth}")
    return extent


@contextmanager
def seen_once(synq: TargetApi | None) -> Iterator[None]:
    """A violation that Hypothesis cannot show again still is one: the target remembers something.

    Raises Violation for it, in place of Hypothesis's Flaky.
    """
    try:
        yield
    except Flaky as flaky:
        if synq is None or synq.violation is None:
            _raise_what_is_no_breach(flaky)
            raise
        once = "; sent again as part of the same course, it was answered rightly"
        findings = (replace(finding, summary=finding.summary + once) for finding in synq.violation.findings)
        raise Violation(*findings, request=synq.violation.request) from flaky


def _raise_what_is_no_breach(flaky: Flaky) -> None:
    """What a generated case could not judge is no failure of the check, although Hypothesis takes it for one."""
    for error in getattr(flaky, "exceptions", ()):
        if isinstance(error, NotAssessed):
            raise error from flaky


def settle_examples(*, judged: bool) -> None:
    """Keep the examples of a case that has ended, if it was judged."""
    if settings.default is not None and isinstance(settings.default.database, KeptExamples):
        settings.default.database.settle(judged=judged)


def draw_by(number: int, item: pytest.Item) -> None:
    """Let this seed decide what the check draws, if it draws; the examples are kept all the same."""
    if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
        seed(number)(item.obj)
        if settings.default is not None and settings.default.database is not None:
            settings(settings.default)(item.obj)  # by itself, a seed does without the database
