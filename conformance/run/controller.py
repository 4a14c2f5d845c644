"""The process that gathers: what is checked, how far it has come, and the report in the end."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.evidence.files import not_written
from conformance.evidence.judge import NotAssessed
from conformance.results.aggregate import Case
from conformance.results.data import INTERRUPTED, Outcome
from conformance.run.assembly import Course
from conformance.run.cases import case_from, crashed, rule_of
from conformance.run.conclusion import NO_ROOM, Conclusion, HeldTo, concluded, without_report
from conformance.run.conformance_run import ConformanceRun
from conformance.run.history import History
from conformance.run.hooks import COUNTING, PLANNED
from conformance.run.interruption import undisturbed
from conformance.run.machines import given_to
from conformance.run.report_dir import settle
from conformance.run.workers import CHANNEL, CONTROLLER, ENDS, ENOUGH, JUDGED_BEFORE, Counted, counted_from, together

if TYPE_CHECKING:
    from conformance.report.progress import Progress

WORKERS_END_WITHIN_S = 1
"""After an interruption: what they are at is judged again when the run is taken up."""


class Controller:
    """Gathers the cases of all processes. Registered as a pytest plugin: its pytest_* methods are hooks."""

    def __init__(self, run: ConformanceRun, held: HeldTo, history: History) -> None:
        self.history = history
        self._run, self._held = run, held
        self._unassessable: str | None = None
        self._not_begun: str | None = None
        """What became of a worker that could not say which cases there are."""
        self._unread: str | None = None
        """Which file of checks could not be read, and why."""
        self._cases: list[Case] = []
        self._counted: list[Counted] = []
        self._planned: Counter[str] = Counter()
        """Cases that the workers plan; without workers the process's own plan counts."""
        self._session: Any = None
        self._to_run = 0
        self._progress: Progress | None = None
        self._conclusion = Conclusion(3)

    # ------------------------------------------------------------------ before the checks

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say what is checked, and ask once whether it answers at all, before a thousand cases ask the same."""
        self._session = session
        terminal: Any = session.config.pluginmanager.getplugin("terminalreporter")
        if terminal is not None:
            from conformance.report.text import one_line  # late, to spare start-up

            for line in filter(None, (self._run.subject.first_line, self.history.told)):
                terminal.write_line(one_line(line, 500))
        try:
            with self._run.in_time():
                self._run.subject, obstacle = self._run.subject.preflight(self._run.recorder)
        except NotAssessed as error:
            obstacle = str(error)
        except KeyboardInterrupt:
            obstacle = INTERRUPTED  # pytest would end here without a word
        self._unassessable = None if obstacle is None else self._run.recorder.redactor.text(obstacle)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - xdist has no public type for it
        """Spare a worker to look up its subject again: a command that prints a token runs once."""
        node.workerinput[CHANNEL] = self._run.subject.handed_over()
        node.workerinput[CONTROLLER] = os.getpid()
        node.workerinput[JUDGED_BEFORE] = sorted(self.history.judged)
        ends = None if self._run.deadline is None else self._run.deadline.ends
        node.workerinput[ENDS] = ends
        node.workerinput[ENOUGH] = None if self._run.enough is None else str(self._run.enough)
        node.workerinput |= given_to(node, self._run.options, ends)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool | None:
        """Run nothing if nothing can be judged."""
        return True if self._unassessable else None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember which file of checks cannot be read: of the run that ends because of it, pytest says a number."""
        if report.failed:
            said = f"{report.nodeid} cannot be read: {_last_line(report.longrepr)}"
            self._unread = self._run.recorder.redactor.text(said)

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
        """Gather the cases, and what was counted meanwhile."""
        for number, case in enumerate(map(case_from, getattr(report, "synq", ()))):
            self._cases.append(case)
            if self._progress is not None:
                self._progress.case(case, besides=number > 0)
            if case.outcome is Outcome.FAILED and not self._held.waives(case.rule):
                self._run.fail_fast(case.rule)
        if lines := report.__dict__.pop("synq_exchanges", ""):
            self._run.recorder.take_over(lines)
        if counted := getattr(report, "synq_counted", None):
            self._counted.append(counted_from(counted))
            self._run.unwritten = self._run.unwritten or counted["unwritten"]

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        """Let workers judge nothing more if nothing can be kept of it, or if enough is known."""
        if self._run.is_over() and (distributed := _distributed(self._session)) is not None:
            distributed.triggershutdown()

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
        if error and not self._planned:  # before it could say which cases there are
            self._not_begun = self._run.recorder.redactor.text(f"no worker could begin: {_last_line(error)}")
        self._counted.append(counted_from(getattr(node, "workeroutput", {}).get(CHANNEL, {})))

    # ------------------------------------------------------------------ after the checks

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Judge the run once its workers have ended, write the report, and set the exit code."""
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED or self._unassessable == INTERRUPTED
        nodes = getattr(_distributed(session), "nodemanager", None)
        if interrupted and nodes is not None:
            nodes.EXIT_TIMEOUT = WORKERS_END_WITHIN_S  # of itself, xdist waits so long that many kill it
        try:
            yield
        except KeyboardInterrupt:
            interrupted = True  # once more, while workers came to an end
        except OSError as error:  # pytest's own file
            self._run.unwritten = self._run.unwritten or not_written(error)
        with undisturbed():
            self._run.recorder.close()
            planned: Mapping[str, int] = self._planned or session.config.stash.get(PLANNED, {})
            self._counted.append(replace(session.config.stash[COUNTING].since(), planned=planned))
            if self._progress is not None:
                self._progress.stop()
            settle(self._run.options.report_dir, whole=self._run.unwritten is None)
            if exitstatus != pytest.ExitCode.USAGE_ERROR:
                self._conclusion = self._concluded(exitstatus, interrupted=interrupted)
                session.exitstatus = self._conclusion.exit_code

    def _concluded(self, exitstatus: int, *, interrupted: bool) -> Conclusion:
        counted = together(self._counted)
        if unwritten := self._run.unwritten or counted.unwritten:
            return without_report(f"could not be assessed: {unwritten}", NO_ROOM)
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            return Conclusion(3)
        cut_short = (self._unread or INTERRUPTED) if interrupted else None
        if self._cases:  # judged before the run was taken up again, if nothing can be judged now
            cut_short, self._unassessable = cut_short or self._unassessable, None
        elif interrupted:
            self._unassessable = self._unread or self._unassessable or INTERRUPTED
        elif not self._planned:
            self._unassessable = self._unassessable or self._not_begun
        course = Course(self.history.begun, self.history.duration_s, self._unassessable, cut_short)
        return concluded(self._run, self._cases, counted, course, self._held)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave the last word to the verdict: pytest has told by now in which line of ours Ctrl-C struck."""
        report = self._conclusion.report
        if report is None or self._unassessable is not None:
            return
        from conformance.report.console import print_report, print_verdict  # late, to spare start-up

        if self._run.options.console:
            print_report(report, page=self._conclusion.page)
        else:
            print_verdict(report, page=self._conclusion.page)


def _last_line(error: object) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].removeprefix("E ").strip() if lines else "it ended without a word"


def _distributed(session: Any) -> Any:  # noqa: ANN401 - xdist has no public type for its own
    """xdist's own session, None without workers."""
    return session.config.pluginmanager.getplugin("dsession")


class _Silent:
    """A terminal on which nothing is written."""

    def write_line(self, *_: object, **__: object) -> None: ...

    def rewrite(self, *_: object, **__: object) -> None: ...
