"""The one policy: what outcomes add up to. A run, an interrupted one, a merge and an old report all ask it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from conformance.contract.rules import Level


class Outcome(StrEnum):
    """What became of a case, a check or a rule."""

    PASSED = "passed"
    FAILED = "failed"
    PARTLY_ASSESSED = "partly-assessed"
    """Nothing was found wrong, and something of it was not judged: never passed."""
    NOT_ASSESSED = "not-assessed"
    FLAKY = "flaky"
    """Broken once and not again, in the same run or in another one. Neither a violation nor passed."""
    WAIVED = "waived"
    ERROR = "error"


class Verdict(StrEnum):
    """The run in one word."""

    CONFORMANT = "conformant"
    CONFORMANT_AS_ASSESSED = "conformant-as-assessed"
    NOT_CONFORMANT = "not-conformant"
    NOT_ASSESSED = "not-assessed"


JUDGED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.WAIVED})
"""Outcomes of what was judged in full."""
HELD = frozenset({Outcome.PASSED, Outcome.PARTLY_ASSESSED, Outcome.NOT_ASSESSED})
"""Outcomes of what was not seen to break."""
OPEN = frozenset({Outcome.NOT_ASSESSED, Outcome.PARTLY_ASSESSED})
"""Outcomes of what was not judged, or not in full."""
BASELINES = frozenset({"documented-request", "three-headers"})
"""The rules, one of each role, without which nothing else can be believed."""


BROKEN = frozenset({Outcome.FAILED, Outcome.ERROR, Outcome.FLAKY})
"""Outcomes of what did not hold, or is not known to hold."""


class Ruled(Protocol):
    """A rule that came out somehow."""

    @property
    def id(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def outcome(self) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Grade:
    """How the rules of one level came out. Errors and flaky ones count as not assessed."""

    passed: int = 0
    failed: int = 0
    not_assessed: int = 0
    waived: int = 0
    partly_assessed: int = 0


def verdict(rules: Iterable[Ruled], level: Level, *, whole: bool, cut_short: bool) -> Verdict:
    """The run in one word, for a run that answers for `level` and everything heavier.

    `whole` says that every rule of the contract is among these, `cut_short` that the run ended before it was done.

    - An unwaived failure there: not conformant. A violation that was seen stays one, whatever else broke down.
    - Otherwise a run that was cut short, or an error or a flaky rule there: not assessed. A run that broke down
      proves nothing.
    - Otherwise the documented request (of a client: any request) was not judged, or no required rule was judged in
      full: not assessed.
    - Otherwise something there is open or waived, or the run left rules out: conformant as far as assessed.
    - Otherwise: conformant.
    """
    answered_for = [rule for rule in rules if level.includes(rule.level)]
    outcomes = {rule.outcome for rule in answered_for}
    if Outcome.FAILED in outcomes:
        return Verdict.NOT_CONFORMANT
    if cut_short or outcomes & {Outcome.ERROR, Outcome.FLAKY}:
        return Verdict.NOT_ASSESSED
    if any(rule.id in BASELINES and rule.outcome is Outcome.NOT_ASSESSED for rule in answered_for):
        return Verdict.NOT_ASSESSED
    if not any(rule.level is Level.REQUIRED and rule.outcome in JUDGED for rule in answered_for):
        return Verdict.NOT_ASSESSED
    return Verdict.CONFORMANT if whole and outcomes == {Outcome.PASSED} else Verdict.CONFORMANT_AS_ASSESSED


def contradiction(claimed: Outcome, of_checks: Iterable[Outcome]) -> str | None:
    """What is wrong with a rule that claims this outcome over checks that came out so; None if it may be.

    A rule may be worse than its checks (too few cases were run), and never better.
    """
    seen = frozenset(of_checks)
    worse = BROKEN if claimed is Outcome.WAIVED else BROKEN | {Outcome.WAIVED}
    if claimed not in BROKEN and (found := seen & worse):
        return f"{claimed}, although a check of it is {min(found)}"
    if claimed is Outcome.PASSED and seen and Outcome.PASSED not in seen:
        return f"{claimed}, although no check of it is"
    return None


def exit_code(verdict: Verdict, *, complaints: bool) -> int:
    """0 conformant, as far as assessed at least; 1 not conformant, or something is complained of; 3 not assessed."""
    match verdict:
        case Verdict.NOT_CONFORMANT:
            return 1
        case Verdict.NOT_ASSESSED:
            return 3
        case Verdict.CONFORMANT | Verdict.CONFORMANT_AS_ASSESSED:
            return 1 if complaints else 0


def grades(rules: Iterable[Ruled]) -> dict[Level, Grade]:
    """The rules of each level, counted by outcome."""
    return {level: _grade(found) for level, found in _by_level(rules).items()}


def _grade(outcomes: list[Outcome]) -> Grade:
    open_ones = (Outcome.NOT_ASSESSED, Outcome.ERROR, Outcome.FLAKY)
    return Grade(
        passed=outcomes.count(Outcome.PASSED),
        failed=outcomes.count(Outcome.FAILED),
        not_assessed=sum(map(outcomes.count, open_ones)),
        waived=outcomes.count(Outcome.WAIVED),
        partly_assessed=outcomes.count(Outcome.PARTLY_ASSESSED),
    )


def judged_share(rules: Iterable[Ruled], totals: Mapping[Level, int]) -> dict[Level, tuple[int, int]]:
    """Of the rules of each level, how many were judged in full, and how many there are.

    `totals` is how many the contract has; a level that it does not name has those that are here.
    """
    return {
        level: (sum(outcome in JUDGED for outcome in found), max(totals.get(level, 0), len(found)))
        for level, found in _by_level(rules).items()
    }


def _by_level(rules: Iterable[Ruled]) -> dict[Level, list[Outcome]]:
    outcomes: dict[Level, list[Outcome]] = {level: [] for level in Level}
    for rule in rules:
        outcomes[rule.level].append(rule.outcome)
    return outcomes
