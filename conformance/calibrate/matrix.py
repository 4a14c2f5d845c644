"""What a calibration proves, and what it does not: rules by subjects, judged. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from conformance.calibrate.subjects import ANY, CalibrationSubject, Kind
from conformance.contract.rules import Level, Role, Rule
from conformance.results.data import Outcome

SCHEMA = "synq-conformance/calibration/1"


@dataclass(frozen=True, slots=True)
class Found:
    """How much was sent until a rule failed for the first time."""

    in_run: int
    """Exchanges since the beginning of the run."""
    in_rule: int
    """Exchanges of the rule's own cases."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One subject judged by the whole suite."""

    subject: CalibrationSubject
    outcomes: dict[str, Outcome]
    reasons: dict[str, str]
    """Why, of the rules that did not pass."""
    found: dict[str, Found]
    """Of the rules that failed."""
    exchanges: int
    duration_s: float

    def having(self, outcome: Outcome) -> tuple[str, ...]:
        """The rules that came to this."""
        return tuple(rule for rule, came_to in self.outcomes.items() if came_to is outcome)

    @property
    def open(self) -> tuple[str, ...]:
        """The rules that were not judged in full."""
        open_ones = (Outcome.NOT_ASSESSED, Outcome.PARTLY_ASSESSED)
        return tuple(rule for rule, came_to in self.outcomes.items() if came_to in open_ones)


@dataclass(frozen=True, slots=True)
class CalibrationMatrix:
    """Every trial, and what is wrong with the suite or with what it was tried on."""

    rules: tuple[Rule, ...]
    trials: tuple[Trial, ...]
    problems: tuple[str, ...]
    whole: bool = True
    """Whether every rule must have its fault among the trials."""

    @property
    def role(self) -> Role:
        return self.rules[0].role

    @property
    def proven(self) -> bool:
        return not self.problems

    def of(self, kind: Kind) -> tuple[Trial, ...]:
        return tuple(trial for trial in self.trials if trial.subject.kind is kind)

    @property
    def caught(self) -> tuple[Trial, ...]:
        """The faults that were caught by the rule that they declare to break."""
        return tuple(one for one in self.of(Kind.FAULT) if one.subject.declared[0] in one.found)

    @property
    def exchanges(self) -> int:
        return sum(trial.exchanges for trial in self.trials)

    def faults_on(self, rule_id: str) -> tuple[str, ...]:
        """The faults that declare to break this rule."""
        return tuple(one.subject.name for one in self.of(Kind.FAULT) if one.subject.declared[0] == rule_id)


WHERE = {
    Role.SERVER: "add a function with @fault({!r}) to a module of conformance/mock/faults",
    Role.CLIENT: "add a variant with breaks = [{!r}] to fixtures/adapters/faulty/adapter.toml",
}
"""How a fault is added, by role."""

Judge = Callable[[Trial, Sequence[Rule]], tuple[str, ...]]
"""What a trial shows to be wrong."""


def judge_trials(rules: Sequence[Rule], trials: Sequence[Trial], judge: Judge, *, whole: bool) -> CalibrationMatrix:
    """The trials judged; `whole` if every rule must have its fault among them."""
    problems = [f"{trial.subject.name}: {problem}" for trial in trials for problem in judge(trial, rules)]
    if whole:
        broken = {trial.subject.declared[0] for trial in trials if trial.subject.kind is Kind.FAULT}
        problems += [
            f"{rule.id}: no fault breaks it, so it was never seen to fail; {WHERE[rule.role].format(rule.id)}"
            for rule in rules
            if rule.id not in broken
        ]
    return CalibrationMatrix(tuple(rules), tuple(trials), tuple(problems), whole)


def problems_of(trial: Trial, rules: Iterable[Rule]) -> tuple[str, ...]:
    """What this trial of a server shows to be wrong."""
    errors = [f"{rule} ended in an error: {trial.reasons.get(rule)}" for rule in trial.having(Outcome.ERROR)]
    match trial.subject.kind:
        case Kind.REFERENCE:
            return (*errors, *_alarms(trial))
        case Kind.FAULT | Kind.LIBRARY:
            idle = [f"{rule} does not follow from it: take it out of its also_breaks" for rule in unused(trial)]
            return (*errors, *misses(trial), *idle, *_too_heavy(trial, rules))
        case Kind.DEGENERATE:
            required = [rule.id for rule in rules if rule.level is Level.REQUIRED]
            earned = [rule for rule in trial.having(Outcome.PASSED) if rule in required]
            return tuple(f"passes {rule} although it knows nothing of the contract" for rule in earned)


def _alarms(trial: Trial) -> list[str]:
    failed = [f"{rule} fails: {trial.reasons.get(rule)}" for rule in trial.having(Outcome.FAILED)]
    if not trial.subject.socket:
        return failed
    return failed + [f"{rule} is {in_words(trial.outcomes[rule])}: {trial.reasons.get(rule)}" for rule in trial.open]


def in_words(outcome: Outcome) -> str:
    """Such as "not assessed"."""
    return outcome.replace("-", " ")


def misses(trial: Trial) -> list[str]:
    """The rules that had to fail and did not, and those that had nothing to do with it and failed."""
    failed, subject = trial.having(Outcome.FAILED), trial.subject
    missed = [f"is not caught by {rule}, which {_came_to(trial, rule)}" for rule in subject.due if rule not in failed]
    besides = [rule for rule in failed if not subject.allows(rule)]
    return missed + [f"is caught by {rule} as well: {trial.reasons.get(rule)}" for rule in besides]


def _too_heavy(trial: Trial, rules: Iterable[Rule]) -> list[str]:
    """Required rules that failed although the fault breaks none: what an RFC or good practice asks for is no more.

    No entry in also_breaks excuses that.
    """
    levels = {rule.id: rule.level for rule in rules}
    declared = {levels.get(rule, Level.REQUIRED) for rule in trial.subject.declared}
    if Level.REQUIRED in declared:
        return []
    heavy = [rule for rule in trial.having(Outcome.FAILED) if levels.get(rule) is Level.REQUIRED]
    return [f"breaks no required rule, but {rule} fails: {trial.reasons.get(rule)}" for rule in heavy]


def _came_to(trial: Trial, rule: str) -> str:
    outcome, reason = trial.outcomes.get(rule), trial.reasons.get(rule)
    return f"is {outcome or 'unknown'}" + (f" ({reason})" if reason else "")


def unused(trial: Trial) -> tuple[str, ...]:
    """Rules in also_breaks that did not fail."""
    named = (rule for rule in trial.subject.also_breaks if rule != ANY)
    return tuple(rule for rule in named if rule not in trial.having(Outcome.FAILED))


def spread_of(whole: CalibrationMatrix) -> str:
    """How soon faults were found: exchanges of the rule's own, in words."""
    counts = sorted(one.found[one.subject.declared[0]].in_rule for one in whole.caught)
    return f"{counts[len(counts) // 2]} in the median, {counts[-1]} at most" if counts else "none was caught"


def as_data(whole: CalibrationMatrix, duration_s: float) -> dict[str, Any]:
    """The matrix as plain data, what calibration.json holds."""
    return {
        "schema": SCHEMA,
        "proven": whole.proven,
        "duration_s": round(duration_s, 1),
        "problems": list(whole.problems),
        "rules": [
            {
                "id": rule.id,
                "level": rule.level.value,
                "section": rule.section.title,
                "faults": whole.faults_on(rule.id),
            }
            for rule in whole.rules
        ],
        "trials": [asdict(trial) | {"also_breaks_unused": unused(trial)} for trial in whole.trials],
    }
