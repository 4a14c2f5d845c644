"""The course of a calibration: subjects are handed to worker processes, and their trials come back."""

from __future__ import annotations

import multiprocessing
import os
import queue
import time
from collections.abc import Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import click

from conformance.calibrate.matrix import Trial, matrix
from conformance.calibrate.subjects import Subject, server_subjects
from conformance.contract import Role, load

LOOK_EVERY_S = 1.0


class WorkerEnded(RuntimeError):
    """A worker process ended before its work was done."""


def calibrate(role: Role, faults: tuple[str, ...], report_dir: Path, workers: int) -> int:
    """Judge every subject, or only these faults, and write what it proves; the exit code.

    0 proven, 1 not proven, 2 an unknown fault, 3 a worker that broke.
    """
    from conformance.calibrate import summary

    try:
        subjects = server_subjects(faults)
    except KeyError as error:
        click.echo(f"--fault {error.args[0]}: no fault is called so; `mock --list-faults` names them all", err=True)
        return 2
    tick = time.perf_counter()
    try:
        with summary.progress(len(subjects)) as show:
            trials = []
            for trial in tried(role, subjects, workers or os.cpu_count() or 1):
                trials.append(trial)
                show(trial)
    except WorkerEnded as error:
        click.echo(f"synq-conformance calibrate: {error}", err=True)
        return 3
    order = {subject: number for number, subject in enumerate(subjects)}
    trials.sort(key=lambda trial: order[trial.subject])
    result = matrix(load().of(role), trials, whole=not faults)
    summary.write(result, time.perf_counter() - tick, report_dir)
    return 0 if result.proven else 1


def tried(role: Role, subjects: Sequence[Subject], workers: int) -> Iterator[Trial]:
    """Every subject's trial, in the order in which they end; WorkerEnded where a process broke."""
    context = multiprocessing.get_context("spawn")
    tasks, trials = context.Queue(), context.Queue()
    processes = [
        context.Process(target=_serve, args=(role, tasks, trials), daemon=True)
        for _ in range(min(workers, len(subjects)))
    ]
    for subject in (*subjects, *(None for _ in processes)):
        tasks.put(subject)
    for process in processes:
        process.start()
    try:
        for _ in subjects:
            yield _next(trials, processes)
    finally:
        for process in processes:
            process.join(LOOK_EVERY_S)
            process.terminate()


def _next(trials: Any, processes: Sequence[BaseProcess]) -> Trial:  # noqa: ANN401 - multiprocessing's queues have no public type
    while True:
        alive = any(process.is_alive() for process in processes)
        try:
            trial: Trial = trials.get(timeout=LOOK_EVERY_S)
        except queue.Empty:
            broken = [process for process in processes if process.exitcode not in (None, 0)]
            if broken or not alive:
                codes = ", ".join(str(process.exitcode) for process in broken or processes)
                raise WorkerEnded(f"a worker process ended early, with {codes}; see its output above") from None
        else:
            return trial


def _serve(role: Role, tasks: Any, trials: Any) -> None:  # noqa: ANN401 - multiprocessing's queues have no public type
    from conformance.calibrate.worker import work

    work(role, iter(tasks.get, None), trials.put)
