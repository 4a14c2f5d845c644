"""From the cases of a run to its report. Pure, but for the version of the suite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

from conformance.contract.rules import Level
from conformance.results.aggregate import Case, aggregate
from conformance.results.data import ContractRef, Outcome, Report, Run
from conformance.results.operations import operation_results
from conformance.run.conformance_run import ConformanceRun
from conformance.run.workers import Counted


@dataclass(frozen=True, slots=True)
class Course:
    """When a run took place, and how it ended."""

    started: datetime
    duration_s: float
    unassessable: str | None = None
    """Why nothing could be judged at all."""
    cut_short: str | None = None
    """Why the run ended early."""


def _seen_besides(selected: Container[str], cases: Iterable[Case]) -> Iterator[str]:
    """What to say of rules that are no part of the run, and were seen to be broken in it."""
    broken = {case.rule for case in cases if case.outcome is Outcome.FAILED and case.rule not in selected}
    for rule in sorted(broken):
        yield f"{rule} was seen to be broken, and is no part of this run: add --rule {rule}"


def assembled(run: ConformanceRun, cases: Sequence[Case], counted: Counted, course: Course) -> Report:
    """The report of a run that is over."""
    selected = [rule for rule in run.rules.values() if rule.id in run.selected]
    cut_short = course.cut_short or counted.stopped
    rules = aggregate(selected, cases, counted.planned, cut_short)
    if course.unassessable is not None:
        rules = tuple(replace(rule, reason=course.unassessable) for rule in rules)
    levels = Counter(rule.level for rule in run.rules.values())
    return Report(
        subject=run.subject.describe(),
        contract=ContractRef(run.contract.version, len(run.rules), {level: levels[level] for level in Level}),
        run=Run(
            started=course.started.isoformat(timespec="seconds"),
            duration_s=round(course.duration_s, 2),
            seed=run.options.seed,
            suite_version=version("synq-conformance"),
            id=run.subject.run_id,
            # A worker that was interrupted does not hand over what it counted; its cases are here all the same.
            exchanges=(run.subject.sent() or 0) + counted.sent
            or max(counted.exchanges, sum(case.exchanges for case in cases)),
            depth=run.options.depth,
            level=run.options.level,
            statuses=dict(counted.statuses),
            latencies_ms=dict(counted.latencies_ms),
            generated={name: dict(kinds) for name, kinds in counted.generated.items()},
            clock=counted.clock,
            named_by=tuple(run.named_by),
            notes=(*counted.notes, *_seen_besides(run.selected, cases)),
            operator=run.options.operator,
            pipeline=run.options.pipeline,
            cut_short=cut_short,
        ),
        rules=rules,
        operations=operation_results(cases),
    )
