"""What a run that is taken up again knows of itself, and what it writes down for the case that it has to be."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import pytest

from conformance.evidence.files import JOURNAL, not_written
from conformance.run.cases import case_key
from conformance.run.conformance_run import ConformanceRun
from conformance.run.journal import Entry, Identity, Journal, Past, read_journal
from conformance.run.report_dir import clear, clear_verdict, keep_exchanges_of

CARRIED = ("synq", "synq_counted")
"""What a report of pytest has of ours, beside the exchanges."""


class History:
    """The run so far. Registered as a pytest plugin: its pytest_* methods are hooks."""

    def __init__(self, past: Past, journal: Journal | None, run: ConformanceRun) -> None:
        self._past, self._journal, self._run = past, journal, run
        self._tick = time.perf_counter()
        self._session: pytest.Session | None = None
        self._reports: dict[str, list[pytest.TestReport]] = {}
        """Of the cases that are under way."""
        self._telling = False

    @classmethod
    def of(cls, run: ConformanceRun) -> History:
        """The history of this run, which is taken up again if its options say so; its folder is made ready.

        Raises JournalError if the folder's run is another one, OSError if the folder cannot be written.
        """
        folder, now = run.options.report_dir, datetime.now(UTC)
        if folder is None:
            return cls(Past(now), None, run)
        identity, journal = _identity(run), Journal(folder / JOURNAL)
        past = read_journal(journal.path, identity) if run.options.resume else None
        if past is None:
            past = Past(now, run.subject.run_id)
            clear(folder)
            journal.begin(identity, past)
            return cls(past, journal, run)
        clear_verdict(folder)
        keep_exchanges_of(folder, past.judged)
        journal.take_up()
        run.subject = run.subject.taken_up(past.run_id, past.sent, past.times + 1)
        return cls(past, journal, run)

    @property
    def begun(self) -> datetime:
        """When the run began, whatever interrupted it."""
        return self._past.begun

    @property
    def judged(self) -> frozenset[str]:
        """The cases that were judged before."""
        return self._past.judged

    @property
    def duration_s(self) -> float:
        """How long the run has taken, without the time between its processes."""
        return self._past.duration_s + time.perf_counter() - self._tick

    @property
    def told(self) -> str | None:
        """What to say of a run that is taken up again."""
        if not self.judged:
            return None
        number = len(self.judged)
        cases = "1 case was" if number == 1 else f"{number} cases were"
        return f"Going on with the run of {self.begun:%Y-%m-%d %H:%M:%S %Z}: {cases} judged before"

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember where reports go to and come from."""
        self._session = session

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Any:  # noqa: ANN401 - a generator, as pluggy wants it
        """Tell what was judged before as if it were judged now: to the report, to pytest.xml, to the terminal."""
        self._telling, hook, failed_so_far = True, session.config.hook, session.testsfailed
        for data in (report for entry in self._past.entries for report in entry.reports):
            report = hook.pytest_report_from_serializable(config=session.config, data=_with_tuples(data))
            hook.pytest_runtest_logreport(report=report)
        # What failed before the loop begins is an error of collection to pytest, which ends the run because of it.
        self._telling, failed_before = False, session.testsfailed - failed_so_far
        session.testsfailed = failed_so_far
        try:
            return (yield)
        finally:
            session.testsfailed += failed_before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the reports of a case until it has ended."""
        if not self._telling:
            self._reports.setdefault(report.nodeid, []).append(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Write the case down, and let go of what it carried: pytest keeps its reports to the end."""
        reports = self._reports.pop(nodeid, [])
        self._write_down(nodeid, reports)
        for report in reports:
            for name in CARRIED:
                report.__dict__.pop(name, None)

    def _write_down(self, nodeid: str, reports: list[pytest.TestReport]) -> None:
        """A case that was judged; one whose run could judge no longer is judged another time."""
        if self._journal is None or self._run.unwritten or not _is_judged(reports):
            return
        sent, elapsed_s = self._run.subject.sent() or 0, time.perf_counter() - self._tick
        entry = Entry(case_key(nodeid), tuple(map(self._as_json, reports)), round(elapsed_s, 3), sent)
        try:
            self._journal.add(entry)
        except OSError as error:
            self._run.unwritten = not_written(error)

    def pytest_unconfigure(self) -> None:
        """Let go of the journal."""
        if self._journal is not None:
            self._journal.close()

    def _as_json(self, report: pytest.TestReport) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("a report came before the session began")
        config = self._session.config
        node = report.__dict__.pop("node", None)  # xdist's, which is no data
        data: dict[str, Any] = config.hook.pytest_report_to_serializable(config=config, report=report)
        if node is not None:
            report.__dict__["node"] = node
        return {**data, "keywords": {}, "sections": data["sections"] if report.failed else []}


def _is_judged(reports: list[pytest.TestReport]) -> bool:
    """Whether this is the whole of a case, judged by a process that could judge and keep what it sent."""
    counted = next((report.synq_counted for report in reports if hasattr(report, "synq_counted")), None)
    return counted is not None and not counted["stopped"] and not counted["unwritten"]


def _with_tuples(data: dict[str, Any]) -> dict[str, Any]:
    """A report out of JSON, which knows lists alone, as pytest wants it."""
    longrepr = data["longrepr"]
    return {
        **data,
        "longrepr": tuple(longrepr) if isinstance(longrepr, list) else longrepr,
        "location": tuple(data["location"]),
        "user_properties": [tuple(pair) for pair in data["user_properties"]],
        "sections": [tuple(section) for section in data["sections"]],
    }


def _identity(run: ConformanceRun) -> Identity:
    """What must be the same for a run to be taken up again."""
    options, subject = run.options, run.subject.describe()
    where = f" at {subject.base_url}" if subject.base_url else ""
    return {
        "the suite's version": version("synq-conformance"),
        "the contract's version": run.contract.version,
        "the suite": str(options.role),
        "the target": " ".join((f"{subject.name}{where}", *run.named_by)),
        "what is known of the target": run.subject.fingerprint,
        "--seed": str(options.seed),
        "--depth": options.depth,
        "--level": str(options.level),
        "the selection of rules": f"{len(run.selected)} ({_digest(' '.join(sorted(run.selected)))})",
        "--cases": "none" if options.cases is None else _digest(options.cases.read_text("utf-8")),
    }


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
