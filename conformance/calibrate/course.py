"""The course of a calibration: subjects are handed to worker processes, and their trials come back."""

from __future__ import annotations

import multiprocessing
import os
import queue
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import click

from conformance.calibrate import adapters, summary
from conformance.calibrate.matrix import Judge, Trial, judge_trials, problems_of
from conformance.calibrate.progress import CalibrationProgress
from conformance.calibrate.subjects import CalibrationSubject, Kind, server_subjects
from conformance.calibrate.worker import work
from conformance.client.adapters.adapter import load_adapter as adapter
from conformance.client.adapters.adapter import prepared
from conformance.contract.rules import Role, load_contract
from conformance.evidence.files import has_no_room, not_written
from conformance.report.lock import FolderInUse, lock
from conformance.run.interruption import undisturbed
from conformance.run.parent import end_with

LOOK_EVERY_S = 1.0
ENDS_WITHIN_S = 3.0


class WorkerEnded(RuntimeError):
    """A worker process ended before its work was done."""


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


def tried(
    role: Role, subjects: Sequence[CalibrationSubject], workers: int, came: Sequence[int] = ()
) -> Iterator[Trial]:
    """Every subject's trial, in the order in which they end; raises WorkerEnded if a process broke.

    Raises KeyboardInterrupt once there is an interruption among those that `came`. Subjects that are mostly waited for
    have as many workers of their own, since they hardly need a core.
    """
    context = multiprocessing.get_context("spawn")
    trials = context.Queue()
    waited_for = sorted((one for one in subjects if one.waits_s), key=lambda one: -one.waits_s)
    processes: list[BaseProcess] = []
    queues = []  # a queue that is let go before its workers have begun is gone for them
    try:
        for share in (waited_for, [one for one in subjects if not one.waits_s]):
            queues.append(tasks := context.Queue())
            tasks.cancel_join_thread()  # else an interrupted process waits at its end until all in it is read
            for subject in (*share, *(None for _ in range(workers))):
                tasks.put(subject)
            for _ in range(min(workers, len(share))):
                process: BaseProcess = context.Process(target=_serve, args=(role, tasks, trials), daemon=True)
                process.start()
                processes.append(process)
        for _ in subjects:
            yield _next(trials, processes, came)
    finally:
        _join(processes, LOOK_EVERY_S)
        for process in processes:
            process.terminate()
        # An interruption that strikes in a callback of the interpreter is swallowed there
        _join(processes, ENDS_WITHIN_S)
        for process in processes:
            process.kill()


def _join(processes: Sequence[BaseProcess], within_s: float) -> None:
    """Wait until all have ended, for so long in all."""
    until = time.monotonic() + within_s
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))


def _next(trials: Any, processes: Sequence[BaseProcess], came: Sequence[int]) -> Trial:  # noqa: ANN401 - multiprocessing's queues have no public type
    while not came:
        alive = any(process.is_alive() for process in processes)
        try:
            trial: Trial = trials.get(timeout=LOOK_EVERY_S)
        except queue.Empty:
            broken = [process for process in processes if process.exitcode not in (None, 0)]
            if (broken or not alive) and not came:  # an interruption tells the workers to end as well
                codes = ", ".join(str(process.exitcode) for process in broken or processes)
                raise WorkerEnded(f"a worker process ended early, with {codes}; see its output above") from None
        else:
            return trial
    raise KeyboardInterrupt


def _serve(role: Role, tasks: Any, trials: Any) -> None:  # noqa: ANN401 - multiprocessing's queues have no public type
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with(parent.pid)
    work(role, iter(tasks.get, None), trials.put)
