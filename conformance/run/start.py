"""Starts a conformance run in a process of pytest's: composes options, subject, recorder and hooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.config.options import OptionError, RunOptions, options_of
from conformance.config.profile import ProfileError
from conformance.contract.rules import Role, load_contract
from conformance.evidence.recorder import EXCHANGES, Recorder
from conformance.evidence.regression_cases import RegressionCaseError
from conformance.results.waivers import WaiverError, load_waivers
from conformance.run import hooks
from conformance.run.conformance_run import RUN, ConformanceRun
from conformance.run.controller import Controller
from conformance.run.report_dir import make_writable
from conformance.run.subject import SubjectUnderTest
from conformance.run.workers import CHANNEL

SUBJECT: pytest.StashKey[SubjectUnderTest] = pytest.StashKey()
"""A subject that is there already, whatever the options name: calibration puts it into the stash."""
UNREPORTED: pytest.StashKey[bool] = pytest.StashKey()
"""Whether no report is wanted: calibration gathers by itself what comes of the checks."""

Find = Callable[[pytest.Config, RunOptions], SubjectUnderTest]
"""Finds the subject that the options name; raises OptionError or ProfileError if it is not usable."""


def start(config: pytest.Config, role: Role, find: Find) -> None:
    """Register the hooks of a run; raises UsageError if an option, a profile or a file that they name is not usable."""
    try:
        options = options_of(config, role, load_contract())
        subject = config.stash.get(SUBJECT, None) or find(config, options)
        worker: str | None = getattr(config, "workerinput", {}).get("workerid")
        run = ConformanceRun(options, load_contract(), subject, Recorder(_record(options.report_dir, worker)))
        gathers = worker is None and not config.stash.get(UNREPORTED, False)
        controller = _controller(run) if gathers else None
    except (OptionError, ProfileError, RegressionCaseError, WaiverError) as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[RUN] = run
    config.pluginmanager.register(hooks, "synq-run")
    if controller is not None:
        config.pluginmanager.register(controller, "synq-controller")


def handed_over(config: pytest.Config) -> tuple[str, str] | None:
    """What the controller resolved for this worker, and the worker's name; None in the controller."""
    given = getattr(config, "workerinput", {})
    return (given[CHANNEL], given["workerid"]) if CHANNEL in given else None


def _controller(run: ConformanceRun) -> Controller:
    options = run.options
    waivers = None if options.waivers is None else load_waivers(options.waivers)
    if options.report_dir is not None:
        _check_formats(options.formats)
        make_writable(options.report_dir)
    return Controller(run, waivers)


def _record(folder: Path | None, worker: str | None) -> Path | None:
    if folder is None:
        return None
    return folder / (EXCHANGES if worker is None else f"{EXCHANGES}.{worker}")


def _check_formats(names: Sequence[str]) -> None:
    from conformance.report.writing import unknown_format  # late, to spare start-up

    if names and (problem := unknown_format(names)):
        raise OptionError(f"--format: {problem}")
