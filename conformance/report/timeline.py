"""One subject over many runs: its verdict over time, since when each rule fails, and which rules are unsteady."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from conformance.contract.rules import Level
from conformance.report import view
from conformance.report.page import environment
from conformance.report.text import one_line
from conformance.results.data import Outcome, Report, ReportError, Verdict

TIMELINE = "synq-conformance/history/1"
"""The schema of history.json."""
UNSTEADY_AFTER = 3
"""A rule that changes so often between held and broken is unsteady: one that breaks and is mended changes twice."""

_FAILS = frozenset({Outcome.FAILED, Outcome.WAIVED})
_SETTLED = _FAILS | {Outcome.PASSED}
"""Outcomes that say how a rule stands; the others leave it as it stood."""


@dataclass(frozen=True, slots=True)
class RulePast:
    """A rule over the runs."""

    id: str
    level: Level
    title: str
    outcomes: tuple[Outcome | None, ...]
    """One for each run, oldest first; None if the run had no such rule."""
    failing_since: int | None
    """The run in which it failed first of those that it has failed in ever since; None if it held when judged last."""
    changes: int
    """How often it turned from held to broken or back."""
    flaky: int
    """Runs in which it was flaky."""

    @property
    def alike(self) -> bool:
        """Whether it came out the same in all runs."""
        return len(set(self.outcomes)) == 1

    @property
    def unsteady(self) -> bool:
        """Whether it comes out now so, now so."""
        return self.flaky > 0 or self.changes >= UNSTEADY_AFTER


@dataclass(frozen=True, slots=True)
class Timeline:
    """The runs, oldest first, and the rules, those that fail first."""

    reports: tuple[Report, ...]
    places: tuple[str, ...]
    """The file of each report."""
    rules: tuple[RulePast, ...]

    @property
    def failing(self) -> tuple[RulePast, ...]:
        """The rules that failed when they were judged last, the oldest failure first."""
        found = [(rule.failing_since, rule) for rule in self.rules if rule.failing_since is not None]
        return tuple(rule for _, rule in sorted(found, key=lambda pair: pair[0]))

    @property
    def unsteady(self) -> tuple[RulePast, ...]:
        """The rules that come out now so, now so."""
        return tuple(rule for rule in self.rules if rule.unsteady)


def timeline(found: Iterable[tuple[str, Report]]) -> Timeline:
    """Returns these reports, each with the place where it was found, in the order of their runs.

    Raises ReportError if there is none, if they are of several subjects, or if one does not say when its run began.
    """
    runs = sorted(found, key=lambda pair: (_began(*pair), pair[0]))
    if not runs:
        raise ReportError("there is no report.json in these folders")
    places, reports = tuple(place for place, _ in runs), tuple(report for _, report in runs)
    subjects = dict.fromkeys(f"the {report.subject.role} {report.subject.name}" for report in reports)
    if len(subjects) > 1:
        raise ReportError(f"a history is of one subject; these are reports of {' and of '.join(subjects)}")
    newest = {rule.id: rule for report in reports for rule in report.rules}
    outcomes = [{rule.id: rule.outcome for rule in report.rules} for report in reports]
    rules = (
        _past(name, rule.level, view.report_title(rule), tuple(run.get(name) for run in outcomes))
        for name, rule in newest.items()
    )
    return Timeline(reports, places, tuple(rules))


def _began(place: str, report: Report) -> datetime:
    try:
        began = datetime.fromisoformat(report.run.started)
    except ValueError as error:
        raise ReportError(f"{place}: run.started: {report.run.started!r} is no time") from error
    return began if began.tzinfo else began.replace(tzinfo=UTC)


def _past(name: str, level: Level, title: str, outcomes: tuple[Outcome | None, ...]) -> RulePast:
    settled = [(number, outcome in _FAILS) for number, outcome in enumerate(outcomes) if outcome in _SETTLED]
    since = None
    for number, fails in reversed(settled):
        if not fails:
            break
        since = number
    changes = sum(earlier[1] != later[1] for earlier, later in pairwise(settled))
    return RulePast(name, level, title, outcomes, since, changes, outcomes.count(Outcome.FLAKY))


def timeline_json(past: Timeline) -> str:
    """The history as data, runs oldest first."""
    return json.dumps({"schema": TIMELINE, "runs": list(_runs(past)), "rules": list(_rules(past))}, indent=1) + "\n"


def _runs(past: Timeline) -> Iterator[dict[str, object]]:
    for place, report in zip(past.places, past.reports, strict=True):
        yield {
            "report": place,
            "started": report.run.started,
            "verdict": report.verdict,
            "judged": report.judged,
            "contract": report.contract.version,
            "suite": report.run.suite_version,
            "failed": [rule.id for rule in report.rules if rule.outcome is Outcome.FAILED],
        }


def _rules(past: Timeline) -> Iterator[dict[str, object]]:
    for rule in past.rules:
        since = rule.failing_since
        yield {
            "id": rule.id,
            "level": rule.level,
            "outcomes": rule.outcomes,
            "failing_since": None if since is None else past.reports[since].run.started,
            "changes": rule.changes,
            "flaky": rule.flaky,
            "unsteady": rule.unsteady,
        }


def timeline_html(past: Timeline) -> str:
    """The history as a page, newest run first."""
    numbers: Sequence[int] = range(len(past.reports) - 1, -1, -1)
    failed = [len(view.by_outcome(report, Outcome.FAILED)) for report in past.reports]
    page = environment().get_template("history.html.jinja")
    return page.render(
        past=past,
        numbers=numbers,
        day=day,
        failed=failed,
        verdict_class=_CLASSES,
        changed_contract=_changed(past),
        differing=sum(not rule.alike for rule in past.rules),
    )


def day(report: Report) -> str:
    """When its run began, to the minute."""
    return one_line(report.run.started[:16].replace("T", " "))


def _changed(past: Timeline) -> dict[int, str]:
    """Runs by their number, before which the contract or the suite became another one; and what changed."""
    named = [(report.contract.version, report.run.suite_version) for report in past.reports]
    words = {}
    for number, (before, after) in enumerate(pairwise(named), start=1):
        if before != after:
            told = [
                f"{name} {new}"
                for name, old, new in zip(("contract", "suite"), before, after, strict=True)
                if old != new
            ]
            words[number] = ", ".join(told)
    return words


_CLASSES = {
    Verdict.CONFORMANT: "passed",
    Verdict.CONFORMANT_AS_ASSESSED: "partly-assessed",
    Verdict.NOT_CONFORMANT: "failed",
    Verdict.NOT_ASSESSED: "not-assessed",
}
