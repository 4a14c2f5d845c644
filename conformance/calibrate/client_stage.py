"""One client after the other, each judged by a run of pytest of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from conformance.calibrate.subjects import CalibrationSubject
from conformance.calibrate.trials import Calibrated, Done, pytest_arguments, trial
from conformance.client.adapters.launcher import adapter
from conformance.client.harness.subject import ClientUnderTest
from conformance.results.aggregate import Case
from conformance.run.cases import case_from
from conformance.run.conformance_run import RUN, ConformanceRun
from conformance.run.start import SUBJECT

ARGUMENTS = ("--pyargs", "conformance.client", "--synq-depth", "quick", "--capture=no")


class _Judged(Calibrated):
    """Puts a client before the suite, and gathers what came of it. A pytest plugin."""

    def __init__(self, subject: CalibrationSubject) -> None:
        self.run: ConformanceRun | None = None
        self.cases: list[Case] = []
        self.obstacle: str | None = None
        """Why nothing can be judged of it."""
        self._client = ClientUnderTest(adapter(subject.where))

    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        super().pytest_cmdline_main(config)
        config.stash[SUBJECT] = self._client

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.run = session.config.stash[RUN]
        _, self.obstacle = self._client.preflight(self.run.recorder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool | None:
        """Run nothing if nothing can be judged."""
        return True if self.obstacle else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.cases += map(case_from, getattr(report, "synq", ()))


def try_clients(subjects: Iterator[CalibrationSubject], done: Done) -> int:
    """Judge these clients; pytest's exit code of the last run that could not begin, else 0."""
    code = 0
    for subject in subjects:
        began, judged = time.perf_counter(), _Judged(subject)
        ended = pytest.main([*pytest_arguments(*ARGUMENTS, "--synq-seed", str(subject.seed))], plugins=[judged])
        if judged.run is None:
            code = int(ended)
            continue
        done(trial(judged.run, subject, judged.cases, began, judged.obstacle))
    return code
