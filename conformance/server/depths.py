"""How far generated checks go: the number of inputs and of steps at each depth."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, settings


@dataclass(frozen=True, slots=True)
class Extent:
    """Inputs for a property; lives of the state machine, and steps in each."""

    examples: int
    lives: int
    steps: int


EXTENTS = {"quick": Extent(15, 3, 12), "standard": Extent(60, 12, 20), "deep": Extent(1_000, 150, 40)}


def hypothesis_settings(depth: str) -> Extent:
    """Make this depth Hypothesis's default: no deadline, no database, one failure at a time."""
    extent = EXTENTS[depth]
    settings.register_profile(
        f"synq-{depth}",
        max_examples=extent.examples,
        stateful_step_count=extent.steps,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(f"synq-{depth}")
    return extent
