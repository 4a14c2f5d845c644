"""The process that gathers: what is checked, how far it has come, and the report in the end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.evidence.regression_cases import FOUND
from conformance.results.aggregate import Case
from conformance.results.data import INTERRUPTED, Report
from conformance.results.waivers import Waiver, WaiverError, apply_waivers
from conformance.run.assembly import Course, assembled
from conformance.run.cases import case_from, crashed, rule_of
from conformance.run.conformance_run import ConformanceRun
from conformance.run.hooks import PLANNED
from conformance.run.report_dir import join
from conformance.run.workers import CHANNEL, Counted, counted_from, counted_of, together

if TYPE_CHECKING:
    from conformance.report.progress import Progress

PAGE = "html"
"""The format that every run writes next to report.json; --format and `report render` make the others."""


class Controller:
    """Gathers the cases of all processes. Registered as a pytest plugin: its pytest_* methods are hooks."""

    def __init__(self, run: ConformanceRun, waivers: Sequence[Waiver] | None) -> None:
        self.report: Report | None = None
        self._run, self._waivers = run, waivers
        self._started, self._tick = datetime.now(UTC), time.perf_counter()
        self._unassessable: str | None = None
        self._cases: list[Case] = []
        self._counted: list[Counted] = []
        self._planned: Counter[str] = Counter()
        """Cases that the workers plan; without workers the process's own plan counts."""
        self._to_run = 0
        self._progress: Progress | None = None
        self._page: Path | None = None

    # ------------------------------------------------------------------ before the checks

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say what is checked, and ask once whether it answers at all, before a thousand cases ask the same."""
        terminal: Any = session.config.pluginmanager.getplugin("terminalreporter")
        if terminal is not None:
            from conformance.report.text import one_line  # late, to spare start-up

            terminal.write_line(one_line(self._run.subject.first_line, 500))
        try:
            obstacle = self._run.subject.preflight(self._run.recorder)
        except KeyboardInterrupt:
            obstacle = INTERRUPTED  # pytest would end here without a word
        self._unassessable = None if obstacle is None else self._run.recorder.redactor.text(obstacle)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - xdist has no public type for it
        """Spare a worker to look up its subject again: a command that prints a token runs once."""
        node.workerinput[CHANNEL] = self._run.subject.handed_over()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool | None:
        """Run nothing if nothing can be judged."""
        return True if self._unassessable else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many cases there are."""
        self._to_run = len(session.items)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config) -> None:
        """Keep xdist's own progress out of a console that has another."""
        reporter: Any = config.pluginmanager.getplugin("terminaldistreporter")
        if self._run.options.console and reporter is not None:
            reporter.tr = _Silent()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn how many cases there are from the workers, which alone collect them."""
        self._planned |= Counter(rule_of(node_id, self._run.options.role) for node_id in ids)
        self._to_run = len(ids)

    # ------------------------------------------------------------------ while checks run

    def pytest_runtest_logstart(self) -> None:
        """Begin to tell of the run with its first case: until then xdist writes to the terminal."""
        if self._run.options.console and self._progress is None:
            from conformance.report.progress import Progress  # late, to spare start-up

            self._progress = Progress()
            self._progress.start(self._to_run)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the cases."""
        for case in map(case_from, getattr(report, "synq", ())):
            self._cases.append(case)
            if self._progress is not None:
                self._progress.case(case)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """A case under which a worker process died is an error: how it came out is not known."""
        self._cases.append(crashed(crashitem, self._run.options.role))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self) -> tuple[str, str, str] | None:
        """Keep pytest's dots out of a console that has its own progress."""
        return ("", "", "") if self._run.options.console else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ANN401 - xdist has no public type for it
        """Take over what a worker counted, or say that it died."""
        if error and self._progress is not None:
            self._progress.line(f"a worker process died: {error}")
        self._counted.append(counted_from(getattr(node, "workeroutput", {}).get(CHANNEL, {})))

    # ------------------------------------------------------------------ after the checks

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge the run, write the report, and set the exit code."""
        planned: Mapping[str, int] = self._planned or session.config.stash.get(PLANNED, {})
        self._counted.append(counted_of(self._run, planned))
        if self._progress is not None:
            self._progress.stop()
        if exitstatus != pytest.ExitCode.USAGE_ERROR:
            session.exitstatus = self._conclude(exitstatus)

    def _conclude(self, exitstatus: int) -> int:
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            return 3
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED or self._unassessable == INTERRUPTED
        if interrupted and not self._cases:
            self._unassessable = self._unassessable or INTERRUPTED
        if not self._cases and self._unassessable is None:
            return _say("no check was selected: nothing was judged", 2)
        counted = together(self._counted)
        course = Course(
            self._started,
            time.perf_counter() - self._tick,
            self._unassessable,
            INTERRUPTED if interrupted else None,
        )
        report = assembled(self._run, self._cases, counted, course)
        try:
            if self._waivers is not None:
                report = apply_waivers(self._waivers, report, datetime.now(UTC).date())
        except WaiverError as error:
            return _say(str(error), 2)
        self.report = report
        try:
            self._page = self._write(report, counted)
        except OSError as error:
            return _say(f"{error.filename}: the report cannot be written: {error.strerror}", 2)
        if self._unassessable is not None:
            _say(f"could not be assessed: {self._unassessable}", report.exit_code)
        return report.exit_code

    def _write(self, report: Report, counted: Counted) -> Path | None:
        """Returns the page for people to read, if the run leaves files."""
        folder = self._run.options.report_dir
        if folder is None:
            return None
        from conformance.report.writing import write_report  # late, to spare start-up

        join(folder)
        if counted.found:
            (folder / FOUND).write_text("\n".join(counted.found), "utf-8")
        _, page, *_ = write_report(report, folder, tuple(dict.fromkeys((PAGE, *self._run.options.formats))))
        return page

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave the last word to the verdict: pytest has told by now in which line of ours Ctrl-C struck."""
        if self.report is not None and self._run.options.console and self._unassessable is None:
            from conformance.report.console import print_report  # late, to spare start-up

            print_report(self.report, page=self._page)


class _Silent:
    """A terminal on which nothing is written."""

    def write_line(self, *_: object, **__: object) -> None: ...

    def rewrite(self, *_: object, **__: object) -> None: ...


def _say(what: str, exit_code: int) -> int:
    print(what, file=sys.stderr)  # noqa: T201 - pytest is quiet here
    return exit_code
