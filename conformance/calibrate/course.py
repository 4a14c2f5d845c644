"""The course of a calibration: who is judged, what comes of it, and what is written."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import click

from conformance.calibrate import adapters, summary
from conformance.calibrate.matrix import Judge, judge_trials, problems_of
from conformance.calibrate.processes import WorkerEnded, tried
from conformance.calibrate.progress import CalibrationProgress
from conformance.calibrate.subjects import CalibrationSubject, Kind, server_subjects
from conformance.client.adapters.adapter import load_adapter as adapter
from conformance.client.adapters.adapter import prepared
from conformance.contract.rules import Role, load_contract
from conformance.evidence.files import has_no_room, not_written
from conformance.report.lock import FolderInUse, lock
from conformance.run.interruption import undisturbed


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is judged, and what is right to find of them."""

    role: Role
    subjects: tuple[CalibrationSubject, ...]
    judge: Judge
    whole: bool
    """Whether every rule must have its fault among them."""
    workers_per_core: int = 1


def server_plan(faults: tuple[str, ...]) -> Plan:
    """The embedded Synq without and with faults, and degenerate targets; raises UnknownSubject for an unknown fault."""
    return Plan(Role.SERVER, server_subjects(faults), problems_of, whole=not faults)


def client_plan(folder: Path, faults: tuple[str, ...], only: tuple[str, ...]) -> Plan:
    """The adapters of a folder, or some of them, their environments made; raises UnknownSubject or OptionError."""
    subjects = adapters.client_subjects(folder, faults, only)
    for where in dict.fromkeys(subject.where for subject in subjects):
        prepared(adapter(where))
    whole = not faults and any(subject.kind is Kind.FAULT for subject in subjects)
    # Half of a client's time is waiting: for its process to start, and for time-outs.
    return Plan(Role.CLIENT, subjects, adapters.problems_of_client, whole, workers_per_core=2)


def run_calibration(plan: Plan, report_dir: Path, workers: int) -> int:
    """Judge every subject, and write what it proves; the exit code.

    0 proven, 1 not proven, 2 a folder that cannot be written or is in use, 3 a worker that broke, an interruption, or
    a full disk.
    """
    try:
        held = lock(report_dir)
        summary.clear_calibration(plan.role, report_dir)  # it would be taken for what is proven now
    except FolderInUse as error:
        click.echo(f"synq-conformance calibrate: {error}", err=True)
        return 2
    except OSError as error:  # now, and not after minutes
        return _unwritten(error)
    with held:
        return _calibrated(plan, report_dir, workers)


def _unwritten(error: OSError) -> int:
    click.echo(f"--report-dir {not_written(error)}", err=True)
    return 3 if has_no_room(error) else 2


def _calibrated(plan: Plan, report_dir: Path, workers: int) -> int:
    subjects, rules = plan.subjects, load_contract().of(plan.role)
    tick = time.perf_counter()
    try:
        with undisturbed() as came, CalibrationProgress(len(subjects)) as progress:
            trials = []
            cores = os.cpu_count() or 1
            for trial in tried(plan.role, subjects, workers or plan.workers_per_core * cores, came):
                trials.append(trial)
                progress.judged(trial.subject.name, plan.judge(trial, rules))
    except WorkerEnded as error:
        click.echo(f"synq-conformance calibrate: {error}", err=True)
        return 3
    except KeyboardInterrupt:
        click.echo("synq-conformance calibrate: interrupted, so nothing is proven", err=True)
        return 3
    order = {subject: number for number, subject in enumerate(subjects)}
    trials.sort(key=lambda trial: order[trial.subject])
    result = judge_trials(rules, trials, plan.judge, whole=plan.whole)
    try:
        summary.write_calibration(result, time.perf_counter() - tick, report_dir)
    except OSError as error:
        return _unwritten(error)
    return 0 if result.proven else 1
