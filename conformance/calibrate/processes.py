"""The worker processes of a calibration: each is handed one subject after the other, and its trials come back.

By a pipe of its own each, and not by the queues of the standard library: their semaphores are cleaned up by a thread
that the end of this process may cut off, and their locks are held for ever by a worker that breaks.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from conformance.calibrate.matrix import Trial
from conformance.calibrate.subjects import CalibrationSubject
from conformance.calibrate.worker import work
from conformance.contract.rules import Role
from conformance.run.parent import end_with

LOOK_EVERY_S = 1.0
ENDS_WITHIN_S = 3.0


class WorkerEnded(RuntimeError):
    """A worker process ended before its work was done."""


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """A process, this end of its pipe, and the subjects that it takes from."""

    process: BaseProcess
    pipe: Connection
    share: deque[CalibrationSubject]

    def hand_next(self) -> bool:
        """Hand it the next subject, or tell it that there is none left: False then."""
        subject = self.share.popleft() if self.share else None
        with suppress(OSError):  # it has ended, which is told when its trial is asked for
            self.pipe.send(subject)
        return subject is not None

    def trial(self) -> Trial:
        """What came of its subject; raises WorkerEnded if it ended first."""
        try:
            trial: Trial = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(LOOK_EVERY_S)
            code = self.process.exitcode
            raise WorkerEnded(f"a worker process ended early, with {code}; see its output above") from None
        return trial


def tried(
    role: Role, subjects: Sequence[CalibrationSubject], workers: int, came: Sequence[int] = ()
) -> Iterator[Trial]:
    """Every subject's trial, in the order in which they end; raises WorkerEnded if a process broke.

    Raises KeyboardInterrupt once there is an interruption among those that `came`. Subjects that are mostly waited for
    have as many workers of their own, since they hardly need a core.
    """
    waited_for = sorted((one for one in subjects if one.waits_s), key=lambda one: -one.waits_s)
    started: list[_Worker] = []
    try:
        for share in (deque(waited_for), deque(one for one in subjects if not one.waits_s)):
            for _ in range(min(workers, len(share))):
                worker = _started(role, share)
                started.append(worker)
                worker.hand_next()
        yield from _trials(started, came)
    finally:
        _end(started)


def _started(role: Role, share: deque[CalibrationSubject]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(role, theirs), daemon=True)
    process.start()
    theirs.close()  # else its end is not seen when the process ends
    return _Worker(process, ours, share)


def _trials(started: Sequence[_Worker], came: Sequence[int]) -> Iterator[Trial]:
    busy = {worker.pipe: worker for worker in started}
    while busy:
        for pipe in wait(list(busy), LOOK_EVERY_S):
            worker = busy[pipe]  # type: ignore[index]  # it gives back what it was given
            try:
                trial = worker.trial()
            except WorkerEnded:
                if came:  # an interruption tells the workers to end as well
                    raise KeyboardInterrupt from None
                raise
            if not worker.hand_next():
                del busy[worker.pipe]
            yield trial
        if came:
            raise KeyboardInterrupt


def _end(started: Sequence[_Worker]) -> None:
    _join(started, LOOK_EVERY_S)
    for worker in started:
        worker.process.terminate()
    # An interruption that strikes in a callback of the interpreter is swallowed there
    _join(started, ENDS_WITHIN_S)
    for worker in started:
        worker.process.kill()
        worker.pipe.close()


def _join(started: Sequence[_Worker], within_s: float) -> None:
    """Wait until all have ended, for so long in all."""
    until = time.monotonic() + within_s
    for worker in started:
        worker.process.join(max(0.0, until - time.monotonic()))


def _serve(role: Role, pipe: Connection) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with(parent.pid)
    work(role, _handed(pipe), pipe.send)


def _handed(pipe: Connection) -> Iterator[CalibrationSubject]:
    with suppress(EOFError):  # the calibration has ended before its time
        yield from iter(pipe.recv, None)
