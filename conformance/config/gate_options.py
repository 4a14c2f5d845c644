"""What a run was asked to fail for besides broken rules: the options of the gate as plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from conformance.contract.rules import Level

FAIL_ON = ("not-assessed", "waived")
"""What `--fail-on` knows besides the failures, which always count."""


@dataclass(frozen=True, slots=True)
class FailOn:
    """A kind of outcome for which a run fails."""

    what: str
    level: Level | None = None
    """Up to this level; None is the run's own."""

    @property
    def name(self) -> str:
        return self.what if self.level is None else f"{self.what}:{self.level}"


@dataclass(frozen=True, slots=True)
class GateOptions:
    """The gate of a run. As it is, it lets through whatever the rules let through."""

    strict_coverage: bool = False
    unassessed: Path | None = None
    min_assessed: float | None = None
    """Percent of the rules of the run's level."""
    fail_on: tuple[FailOn, ...] = ()
    baseline: Path | None = None


NO_GATE = GateOptions()


class GateError(ValueError):
    """An option of the gate, or a file that it names, is not usable; the message says which and why."""


def fail_on_of(text: str) -> FailOn:
    """Returns what "not-assessed:standard" and its like say; raises GateError for any other text."""
    what, colon, level = text.partition(":")
    if what not in FAIL_ON or (colon and level not in tuple(Level)):
        kinds, levels = " or ".join(FAIL_ON), ", ".join(Level)
        raise GateError(f"--fail-on {text}: expected {kinds}, and a level if need be ({levels}): not-assessed:standard")
    return FailOn(what, Level(level) if colon else None)


def percent_of(text: str) -> float:
    """Returns the number of "90%" or "90"; raises GateError for any other text."""
    number = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%?", text.strip(), re.ASCII)
    if number is None or not 0 < float(number[1]) <= 100:
        raise GateError(f"--min-assessed {text}: expected a share of more than 0% and up to 100%, such as 90%")
    return float(number[1])
