"""The gate of a pipeline: for what a run fails although no rule of its level is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from conformance.config.gate_options import FailOn, GateError, GateOptions
from conformance.contract.rules import Level, Role
from conformance.contract.words import plural
from conformance.results import data as results
from conformance.results import policy
from conformance.results.coverage import KnownUnassessed, coverage_complaints, load_unassessed
from conformance.results.data import Outcome, Report, ReportError, Verdict
from conformance.results.policy import OPEN
from conformance.results.waivers import Waiver

NAMED = 5
"""Rules that one complaint names."""


@dataclass(frozen=True, slots=True)
class PipelineGate:
    """What a finished run is held to."""

    listed: tuple[KnownUnassessed, ...] | None = None
    """What is known to be open; None: coverage is not strict."""
    min_assessed: float | None = None
    fail_on: tuple[FailOn, ...] = ()
    baseline: Report | None = None


def gate_of(options: GateOptions, role: Role) -> PipelineGate:
    """The gate with its files read; raises GateError or UnassessedError if one is not usable."""
    listed: tuple[KnownUnassessed, ...] | None = () if options.strict_coverage else None
    if options.unassessed is not None:
        listed = load_unassessed(options.unassessed, role)
    baseline = None if options.baseline is None else _report_at(options.baseline, role)
    return PipelineGate(listed, options.min_assessed, options.fail_on, baseline)


def _report_at(place: Path, role: Role) -> Report:
    path = place / "report.json" if place.is_dir() else place
    try:
        found = results.loads(path.read_text("utf-8"))
    except OSError as error:
        raise GateError(f"--baseline {path}: {error.strerror}; a first run has none: leave --baseline out") from error
    except (UnicodeDecodeError, ReportError) as error:
        raise GateError(f"--baseline {path}: not a report: {error}") from error
    if found.subject.role is not role:
        raise GateError(f"--baseline {path}: is a report of a {found.subject.role}, and this run checks a {role}")
    return found


def held_to(gate: PipelineGate, report: Report, waivers: Sequence[Waiver], today: date) -> Report:
    """The report with what the gate holds against it as complaints, each of which makes the run fail.

    A run that proves nothing, or ended early, is left as it is: it has an exit code of its own.
    """
    if report.verdict is Verdict.NOT_ASSESSED or report.run.cut_short is not None:
        return report
    found: list[str] = []
    if gate.listed is not None:
        found += coverage_complaints(report, gate.listed, waivers, today)
    if gate.min_assessed is not None:
        found += _too_little(report, gate.min_assessed)
    for kind in gate.fail_on:
        found += _of_kind(report, kind)
    if gate.baseline is not None:
        found += _worse(report, gate.baseline)
    return replace(report, complaints=(*report.complaints, *found))


def _too_little(report: Report, least: float) -> Iterator[str]:
    shares = policy.judged_share(report.rules, {})
    here = [shares[level] for level in Level if report.run.level.includes(level)]
    seen, total = sum(share[0] for share in here), sum(share[1] for share in here)
    if total and seen * 100 < least * total:
        judged = f"{seen} of {plural(total, 'rule')} up to level {report.run.level} judged"
        yield f"--min-assessed {least:g}%: only {100 * seen // total}% assessed ({judged})"


def _of_kind(report: Report, kind: FailOn) -> Iterator[str]:
    wanted = OPEN if kind.what == "not-assessed" else {Outcome.WAIVED}
    level = kind.level or report.run.level
    ids = [rule.id for rule in report.rules if level.includes(rule.level) and rule.outcome in wanted]
    if ids:
        yield f"--fail-on {kind.name}: {_named(ids)}"


def _worse(report: Report, baseline: Report) -> Iterator[str]:
    """What regressed, of the rules that this run is about."""
    from conformance.report import compare  # late, to spare start-up

    if len(report.rules) < report.contract.rules:
        here = {rule.id for rule in report.rules}
        baseline = replace(baseline, rules=tuple(rule for rule in baseline.rules if rule.id in here))
    found = compare.comparison(baseline, report)
    for kind, ids in found.regressions.items():
        yield f"--baseline of {baseline.run.started}: {kind}: {_named(ids)}"


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return f"{plural(len(ids), 'rule')}: {', '.join(ids[:NAMED])}{more}"
