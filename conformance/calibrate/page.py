"""The matrix as one page: every rule with its faults, then rules down and subjects across. Loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from jinja2 import Environment, PackageLoader, StrictUndefined

from conformance.calibrate.matrix import CalibrationMatrix, Found, Trial, spread_of
from conformance.calibrate.subjects import TARGETS, Kind
from conformance.contract.rules import Level, Role, Rule
from conformance.report.text import plain
from conformance.results.data import Outcome

CAUGHT, CONSEQUENCE, WRONG, OPEN, HELD, GONE = "caught", "consequence", "wrong", "open", "held", "gone"
MARKS = {CAUGHT: "✗", CONSEQUENCE: "+", WRONG: "!", OPEN: "?", HELD: "·", GONE: ""}
"""Shown with the colour, so that no reader depends on the colour alone."""
MEANINGS = {
    CAUGHT: "failed: the fault is caught by the rule that it declares",
    CONSEQUENCE: "failed as well: the fault declares that it follows, or the target is degenerate",
    WRONG: "not as it should be",
    OPEN: "not assessed, or in part only",
    HELD: "passed",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What a rule came to with one subject."""

    meaning: str
    said: str | None
    """Subject, rule and reason, if there is something to say."""

    @property
    def mark(self) -> str:
        return MARKS[self.meaning]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A rule, the faults that break it, and its cells in the order of the columns."""

    rule: Rule
    faults: tuple[Trial, ...]
    cells: tuple[Cell, ...]

    @property
    def proven(self) -> bool:
        """Whether there are faults that break the rule, and it caught them all."""
        return bool(self.faults) and all(found_by(one, self.rule.id) for one in self.faults)

    @property
    def exchanges(self) -> float | None:
        """In the median, of the rule's own, until it saw a fault of its own."""
        found = [one.in_rule for one in (found_by(trial, self.rule.id) for trial in self.faults) if one is not None]
        return median(found) if found else None


def render_calibration(result: CalibrationMatrix, duration_s: float) -> str:
    """The page as HTML text."""
    environment = Environment(
        loader=PackageLoader("conformance.calibrate", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if hasattr(value, "__html__") else plain(value),
    )
    columns = _columns(result)
    rows = [_row(rule, result, columns) for rule in result.rules]
    tried = [row for row in rows if result.whole or row.faults]
    return environment.get_template("matrix.html.jinja").render(
        result=result,
        duration_s=duration_s,
        kinds=Kind,
        targets=TARGETS[result.role],
        columns=columns,
        sections=_sections(rows),
        tried=_sections(tried),
        untried=len(rows) - len(tried),
        rows=rows,
        spread=spread_of(result),
        marks=MARKS,
        meanings=MEANINGS,
        found_by=found_by,
    )


def _sections(rows: Sequence[MatrixRow]) -> list[tuple[str, tuple[MatrixRow, ...]]]:
    return [(title, tuple(group)) for title, group in groupby(rows, key=lambda row: row.rule.section.title)]


def found_by(trial: Trial, rule_id: str) -> Found | None:
    """How soon this rule saw it, if it did."""
    return trial.found.get(rule_id)


def _columns(result: CalibrationMatrix) -> tuple[Trial, ...]:
    """Subjects without a fault, then the faults in the order of the rules: what is caught lies on a diagonal."""
    order = {rule.id: number for number, rule in enumerate(result.rules)}
    faults = sorted(result.of(Kind.FAULT), key=lambda trial: order.get(trial.subject.declared[0], len(order)))
    return (*result.of(Kind.REFERENCE), *result.of(Kind.LIBRARY), *result.of(Kind.DEGENERATE), *faults)


def _row(rule: Rule, result: CalibrationMatrix, columns: Sequence[Trial]) -> MatrixRow:
    faults = tuple(one for one in result.of(Kind.FAULT) if one.subject.declared[0] == rule.id)
    return MatrixRow(rule, faults, tuple(_cells(rule, columns)))


def _cells(rule: Rule, columns: Sequence[Trial]) -> Iterator[Cell]:
    for trial in columns:
        meaning = _meaning(trial, rule)
        reason = trial.reasons.get(rule.id, "")
        told = meaning in (CAUGHT, CONSEQUENCE, WRONG)
        yield Cell(meaning, f"{trial.subject.name} · {rule.id}: {reason or MEANINGS[meaning]}" if told else None)


def _meaning(trial: Trial, rule: Rule) -> str:
    """What the outcome of this rule means, given what the subject is and what it declares."""
    outcome, subject = trial.outcomes.get(rule.id), trial.subject
    match outcome:
        case None:
            return GONE
        case Outcome.FAILED if rule.id in subject.declared:
            return CAUGHT
        case Outcome.FAILED if subject.allows(rule.id) or (subject.kind, rule.role) == (Kind.DEGENERATE, Role.SERVER):
            return CONSEQUENCE
        case Outcome.FAILED | Outcome.ERROR:
            return WRONG
        case Outcome.PASSED if subject.kind is Kind.DEGENERATE and rule.level is Level.REQUIRED:
            return WRONG
        case _ if rule.id in subject.due:
            return WRONG
        case Outcome.NOT_ASSESSED | Outcome.PARTLY_ASSESSED:
            return OPEN
        case _:
            return HELD
