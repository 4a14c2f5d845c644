"""Starts a conformance run in a process of pytest's: composes options, subject, recorder and hooks."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.config.gate_options import GateError
from conformance.config.options import OptionError, RunOptions, options_of
from conformance.config.profile import ProfileError
from conformance.contract.rules import Role, load_contract
from conformance.evidence.files import has_no_room, not_written
from conformance.evidence.recorder import EXCHANGES, Recorder
from conformance.evidence.regression_cases import RegressionCaseError
from conformance.report.belonging import file_digest
from conformance.report.lock import FolderInUse, lock
from conformance.report.pipeline_gate import gate_of
from conformance.results.coverage import UnassessedError
from conformance.results.waivers import WaiverError, load_waivers
from conformance.run import hooks
from conformance.run.conclusion import NO_ROOM, HeldTo
from conformance.run.conformance_run import RUN, ConformanceRun
from conformance.run.controller import Controller
from conformance.run.deadline import Deadline
from conformance.run.history import History
from conformance.run.journal import JournalError
from conformance.run.machines import PARTS, Given, received, watched
from conformance.run.parent import end_with
from conformance.run.subject import SubjectUnderTest
from conformance.run.workers import CHANNEL, CONTROLLER, ENDS, ENOUGH, JUDGED_BEFORE, Counting

SUBJECT: pytest.StashKey[SubjectUnderTest] = pytest.StashKey()
"""A subject that is there already, whatever the options name: calibration puts it into the stash."""
UNASSESSABLE: Any = type("Unassessable", (pytest.exit.Exception,), {})
"""Ends pytest before the run begins; pytest says it in a line, which begins with the name of this class."""
UNREPORTED: pytest.StashKey[bool] = pytest.StashKey()
"""Whether no report is wanted: calibration gathers by itself what comes of the checks."""

UNUSABLE = (
    *(OptionError, ProfileError, RegressionCaseError, WaiverError, GateError, UnassessedError),
    *(JournalError, FolderInUse),
)
"""Wrong usage or configuration: pytest ends with a line, and the command with exit code 2."""

Find = Callable[[pytest.Config, RunOptions], SubjectUnderTest]
"""Finds the subject that the options name; raises OptionError or ProfileError if it is not usable."""


def start(config: pytest.Config, role: Role, find: Find) -> None:
    """Register the hooks of a run; raises UsageError if an option, a profile or a file that they name is not usable.

    Raises UNASSESSABLE if there is no room on the disk.
    """
    worker: Mapping[str, Any] | None = getattr(config, "workerinput", None)
    gathers = worker is None and not config.stash.get(UNREPORTED, False)
    watched(config)
    elsewhere = received(config, worker)
    try:
        options = options_of(config, role, load_contract()) if elsewhere is None else elsewhere.options
        deadline = _deadline(options, worker, elsewhere)
        if gathers and options.report_dir is not None:
            _take(config, options.report_dir, options.formats)
        subject = config.stash.get(SUBJECT, None) or find(config, options)
        recorder = Recorder(_record(options.report_dir, worker), carried=elsewhere is not None)
        run = ConformanceRun(options, load_contract(), subject, recorder, deadline)
        run.enough = _enough(config, options, None if elsewhere else worker)
        run.counts_apart = worker is not None and worker[PARTS] is not None
        controller = _controller(run) if gathers else None
    except UNUSABLE as error:
        raise pytest.UsageError(str(error)) from error
    except OSError as error:
        if has_no_room(error):
            raise UNASSESSABLE(not_written(error), returncode=NO_ROOM) from None
        raise pytest.UsageError(f"--report-dir {not_written(error)}") from error
    config.stash[RUN] = run
    config.stash[hooks.COUNTING] = Counting(run)
    config.stash[hooks.JUDGED] = _judged(controller, worker)
    config.pluginmanager.register(hooks, "synq-run")
    if run.deadline is not None:
        config.pluginmanager.register(hooks.BrokenOff(), "synq-deadline")
    if controller is not None:
        config.pluginmanager.register(controller.history, "synq-history")
        config.pluginmanager.register(controller, "synq-controller")
    if worker is not None and elsewhere is None:  # elsewhere execnet ends it once the connection is gone
        end_with(worker[CONTROLLER])
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # Told to end, end in good order, as after Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def handed_over(config: pytest.Config) -> tuple[str, str, int | None] | None:
    """What the controller resolved for this worker, its name, and the parts of the limits; None in the controller."""
    given = getattr(config, "workerinput", {})
    return (given[CHANNEL], given["workerid"], given[PARTS]) if CHANNEL in given else None


def _take(config: pytest.Config, folder: Path, formats: Sequence[str]) -> None:
    """The report folder for this process alone."""
    _check_formats(formats)
    held = lock(folder)
    config.add_cleanup(held.close)


def _controller(run: ConformanceRun) -> Controller:
    options = run.options
    waivers = None if options.waivers is None else load_waivers(options.waivers)
    digest = None if options.waivers is None else file_digest(options.waivers)
    gate = gate_of(options.gate, options.role)  # before the folder is emptied, in which the baseline may stand
    return Controller(run, HeldTo(waivers, gate, digest), History.of(run))


def _deadline(options: RunOptions, worker: Mapping[str, Any] | None, elsewhere: Given | None) -> Deadline | None:
    if options.deadline_s is None:
        return None
    if elsewhere is not None:
        return Deadline(time.monotonic() + (elsewhere.seconds_left or 0), options.deadline_s)
    return Deadline(time.monotonic() + options.deadline_s if worker is None else worker[ENDS], options.deadline_s)


def _enough(config: pytest.Config, options: RunOptions, worker: Mapping[str, Any] | None) -> Path | None:
    """The file by which the processes of a run tell each other that a rule has failed, if that ends the run."""
    if not options.fail_fast:
        return None
    if worker is not None:
        return Path(worker[ENOUGH])
    folder = tempfile.TemporaryDirectory(prefix="synq-enough-")
    config.add_cleanup(folder.cleanup)
    return Path(folder.name) / "failed"


def _judged(controller: Controller | None, worker: Mapping[str, Any] | None) -> frozenset[str]:
    if controller is not None:
        return controller.history.judged
    return frozenset(() if worker is None else worker.get(JUDGED_BEFORE, ()))


def _record(folder: Path | None, worker: Mapping[str, Any] | None) -> Path | None:
    if folder is None:
        return None
    return folder / (EXCHANGES if worker is None else f"{EXCHANGES}.{worker['workerid']}")


def _check_formats(names: Sequence[str]) -> None:
    from conformance.report.writing import unknown_format  # late, to spare start-up

    if names and (problem := unknown_format(names)):
        raise OptionError(f"--format: {problem}")
