"""The end of a run: what was gathered becomes a report in a folder, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from conformance.evidence.files import PROFILE, has_no_room, write_whole
from conformance.evidence.regression_cases import FOUND
from conformance.report.pipeline_gate import PipelineGate, held_to
from conformance.results.aggregate import Case
from conformance.results.data import Report
from conformance.results.waivers import Waiver, WaiverError, apply_waivers
from conformance.run.assembly import Course, assembled
from conformance.run.conformance_run import ConformanceRun
from conformance.run.report_dir import join
from conformance.run.workers import Counted

PAGE = "html"
"""The format that every run writes next to report.json; --format and `report render` make the others."""
NO_ROOM = 3
"""The exit code of a run whose folder has no room left: what it found is not known to the reader of its report."""


@dataclass(frozen=True, slots=True)
class HeldTo:
    """What the report of a run is held to."""

    waivers: tuple[Waiver, ...] | None
    gate: PipelineGate
    waivers_digest: str | None = None
    """Of the file that the waivers stand in."""

    def waives(self, rule: str) -> bool:
        """Whether a waiver is there for the rule, or for a check of it."""
        return any(waiver.rule == rule for waiver in self.waivers or ())


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a run came out."""

    exit_code: int
    report: Report | None = None
    page: Path | None = None
    """The page for people to read, if the run leaves files."""


def concluded(run: ConformanceRun, cases: Sequence[Case], counted: Counted, course: Course, held: HeldTo) -> Conclusion:
    """The report of these cases, written into the run's folder; what stands in its way is said on standard error."""
    if not cases and course.unassessable is None:
        if (cause := course.cut_short or counted.stopped) is None:
            return without_report("no check was selected: nothing was judged", 2)
        course = replace(course, unassessable=cause)
    report = assembled(run, cases, counted, course)
    try:
        today = datetime.now(UTC).date()
        if held.waivers is not None:
            report = apply_waivers(held.waivers, report, today)
        report = held_to(held.gate, report, held.waivers or (), today)
    except WaiverError as error:
        return without_report(str(error), 2)
    try:
        page = _written(run, report, counted, held)
    except OSError as error:
        why = f"{error.filename}: the report cannot be written: {error.strerror}"
        return without_report(why, NO_ROOM if has_no_room(error) else 2)
    if course.unassessable is not None:
        without_report(f"could not be assessed: {course.unassessable}", report.exit_code)
    return Conclusion(report.exit_code, report, page)


def without_report(why: str, exit_code: int) -> Conclusion:
    """A run without a report; it says why."""
    print(why, file=sys.stderr)  # noqa: T201 - pytest is quiet here
    return Conclusion(exit_code)


def _written(run: ConformanceRun, report: Report, counted: Counted, held: HeldTo) -> Path | None:
    folder = run.options.report_dir
    if folder is None:
        return None
    from conformance.report.belonging import digests_of  # late, to spare start-up
    from conformance.report.writing import write_report

    join(folder)
    if counted.found:
        write_whole(folder / FOUND, "\n".join(counted.found))
    if (profile := run.subject.public_profile()) is not None:
        write_whole(folder / PROFILE, run.recorder.redactor.text(profile))
    report = replace(report, digests=digests_of(folder, held.waivers_digest))
    _, page, *_ = write_report(report, folder, tuple(dict.fromkeys((PAGE, *run.options.formats))))
    return page
