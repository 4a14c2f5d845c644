"""One conformance run inside pytest: which cases run, what becomes of them, and the report in the end.

With pytest-xdist the same object lives in every worker, where it judges, and in the controller, where it
gathers. What a worker learned travels on the test reports and in the worker's output.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.options import DEPTHS, RunOptions
from conformance.config.profile import Target
from conformance.contract.capabilities import supply
from conformance.contract.rules import Level, Role, load_contract
from conformance.evidence.judge import HarnessError, NotAssessed, ServiceDied, Unmet, Violation, described
from conformance.evidence.recorder import EXCHANGES, Recorder
from conformance.evidence.regression_cases import FOUND, RegressionCase, dump_cases, read
from conformance.evidence.reproduction import again
from conformance.results.aggregate import Case, Gap, aggregate
from conformance.results.data import INTERRUPTED, ContractRef, Finding, Outcome, Report, Run, Subject
from conformance.run.items import (
    alternative_of,
    case_from,
    case_name_of,
    crashed,
    gap_of,
    outcome_of,
    portable,
    reason_of,
    rule_id,
    rule_of,
)
from conformance.run.report_dir import join, make_writable

if TYPE_CHECKING:
    from conformance.client.adapters.launcher import Launcher
    from conformance.report.progress import Progress

PAGE = "html"
"""The format that every run writes beside report.json; --format and `report render` make the others."""


class Conduct:
    """The course of one run. Registered as a pytest plugin: its pytest_* methods are hooks."""

    def __init__(self, config: pytest.Config, settings: RunOptions) -> None:
        self.settings = settings
        self.contract = load_contract()
        self.worker = _worker_id(config)
        self.gathers = self.worker is None
        self.subject = _subject(settings)
        self.unassessable: str | None = None
        self.stopped: str | None = None
        """Why nothing more can be judged in this process, once that is so."""
        self.cases: list[Case] = []
        self.recorder = Recorder(self._recorder_path())
        self._rules = {rule.id: rule for rule in self.contract.of(settings.role)}
        self._selected = settings.selected(self.contract)
        self._started = datetime.now(UTC)
        self._tick = time.perf_counter()
        self._counts: list[dict[str, Any]] = []
        self._waivers = _load_waivers(settings) if self.gathers else None
        self._progress: Progress | None = None
        self._planned: Counter[str] = Counter()
        """Cases that there are to be, by rule; those count as well that an option of pytest's leaves out."""
        self._to_run = 0
        self.regression_cases = read(settings.cases) if settings.cases is not None else ()
        self._found: list[str] = []
        self._named_by = _named_by(config.option)
        self.report: Report | None = None
        self._page: Path | None = None
        if self.gathers and settings.report_dir is not None:
            _check_formats(settings.formats)
            make_writable(settings.report_dir)
        self.target: Target | None = None
        """The named server; None where the suite checks its own, or a client."""
        if settings.role is Role.SERVER:
            from conformance.server.harness.choice import choice, first_line
            from conformance.server.harness.targets import load_target

            chosen = choice(settings, os.environ)
            if not chosen.embedded:
                self.target = load_target(settings)
                self.subject = Subject(Role.SERVER, self.target.name, self.target.base_url)
            self._first_line = first_line(chosen, settings, self.target)
        self.launcher: Launcher | None = None
        """How to start the client under test; None where a server is."""
        if settings.role is Role.CLIENT:
            from conformance.client.adapters.launcher import launcher_of

            self.launcher = launcher_of(config.option)
            self.subject = Subject(Role.CLIENT, self.launcher.name, None)
            self._first_line = f"Checking the client {self.launcher.name} ({self._named_by[0]})"

    def stop(self, cause: str) -> None:
        """Nothing more can be judged: the run ends with this cause, whatever was found so far."""
        self.stopped = self.stopped or self.recorder.redactor.text(cause)

    def found(self, case: RegressionCase) -> None:
        """Keep a generated request that broke a rule, so that it can become a case of its own."""
        self._found.append(dump_cases([case]))

    def again(self, item: pytest.Item, *, saved: RegressionCase | None = None, also: str | None = None) -> str:
        """The shell line that judges the item's case once more, or the request of it that was saved.

        It answers for the rule of the item, and for one more if the case broke that as well.
        """
        settings, rule = self.settings, self._rules[rule_id(item)]
        named = [self.recorder.redactor.option(word) for word in self._named_by]
        target = named or ([] if self.target is None else ["--url", self.target.base_url])
        cases = settings.cases
        if saved is not None and settings.report_dir is not None:
            cases = settings.report_dir / FOUND
        given = {
            "--level": rule.level if rule.level is not Level.REQUIRED else None,
            "--depth": settings.depth if settings.depth != "standard" else None,
            "--seed": settings.seed or None,
            "--cases": cases,
        }
        options = [str(word) for option, value in given.items() if value is not None for word in (option, value)]
        check = item.name if saved is None or cases is None else saved.name
        rules = dict.fromkeys(one for one in (rule.id, also) if one is not None)
        return again(target, tuple(rules), check, report_dir=settings.report_dir, options=options)

    # ------------------------------------------------------------------ before the checks

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Ask once whether the target answers at all, before a thousand cases ask the same."""
        if self.settings.role is Role.SERVER:
            from conformance.server.harness.depths import hypothesis_settings

            # Now: a generated check takes its settings when it is imported.
            hypothesis_settings(self.settings.depth, self.settings.report_dir)
        if not self.gathers:
            return
        self._say_what_is_checked(session.config)
        try:
            obstacle = self._obstacle()
        except KeyboardInterrupt:
            # pytest would end here without a word to anyone.
            obstacle = INTERRUPTED
        self.unassessable = None if obstacle is None else self.recorder.redactor.text(obstacle)

    def _obstacle(self) -> str | None:
        if self.target is not None:
            from conformance.server.harness.preflight import obstacle

            return obstacle(self.target, self.recorder)
        if self.launcher is not None:
            from conformance.client.harness.smoke import smoke

            found, self.subject = smoke(self.launcher, self.recorder)
            return found
        return None

    def _say_what_is_checked(self, config: pytest.Config) -> None:
        """On the first line, by whatever command: a build that checks another target than was meant shows it there."""
        terminal: Any = config.pluginmanager.getplugin("terminalreporter")
        if terminal is not None:
            from conformance.report.text import one_line

            terminal.write_line(one_line(self._first_line, 500))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool | None:
        """Run nothing where nothing can be judged."""
        return True if self.unassessable else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """Keep the cases of the selected rules at the chosen depth. What -k leaves out of them was planned as well."""
        planned = Counter(rule_id(item) for item in items if self._wanted(item))
        yield
        kept: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for item in items:
            (kept if self._wanted(item) else left).append(item)
        if left:
            config.hook.pytest_deselected(items=left)
        items[:] = kept
        for item in items:
            item.user_properties.append(("rule", rule_id(item)))
        self._planned, self._to_run = planned, len(items)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config) -> None:
        """Keep xdist's own progress out of a console that has another."""
        reporter: Any = config.pluginmanager.getplugin("terminaldistreporter")
        if self.settings.console and reporter is not None:
            reporter.tr = _Silent()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn how many cases there are; the workers alone collect them."""
        self._planned |= Counter(rule_of(node_id, self.settings.role) for node_id in ids)
        self._to_run = len(ids)

    def _wanted(self, item: pytest.Item) -> bool:
        rule = rule_id(item)
        if rule not in self._rules:
            raise pytest.UsageError(f"{item.nodeid}: names the rule {rule!r}, which the contract lacks")
        least = item.get_closest_marker("depth")
        deep_enough = least is None or DEPTHS.index(least.args[0]) <= DEPTHS.index(self.settings.depth)
        return rule in self._selected and deep_enough

    # ------------------------------------------------------------------ around a check

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Open the case in the record."""
        self.recorder.begin(rule_id(item), item.name)
        item.stash[_BEFORE] = self.recorder.exchanges

    def require(self, item: pytest.Item, capabilities: frozenset[str]) -> None:
        """Unmet, with what to supply, where the rule or the case needs more than these capabilities."""
        of_rule = self._rules[rule_id(item)].needs
        of_case = tuple(frozenset(need.split(" | ")) for mark in item.iter_markers("needs") for need in mark.args)
        for needs in (of_rule, of_case):
            if wanted := supply(needs, capabilities):
                raise Unmet(wanted)

    def reported(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Attach the case to pytest's report of it, redacted."""
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, NotAssessed):
            path, line, _ = item.location
            report.outcome = "skipped"
            report.longrepr = (path, line or 0, self.recorder.redactor.text(f"not assessed: {error}"))
        elif report.longrepr is not None and report.outcome == "failed":
            text = str(error) if isinstance(error, HarnessError) else str(report.longrepr)
            found = [described(one) for one in self._findings(item, error)]
            report.longrepr = "\n\n".join(found) or self.recorder.redactor.text(text)
        report.sections = [(name, self.recorder.redactor.text(text)) for name, text in report.sections]
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed") or (
            report.when == "teardown" and report.outcome == "failed"
        ):  # fmt: skip
            cases = self.cases_of(item, error)
            report.synq = [portable(case) for case in cases]  # type: ignore[attr-defined]  # xdist carries it along

    def cases_of(self, item: pytest.Item, error: BaseException | None) -> tuple[Case, ...]:
        """The case of this item; a service that died under it counts against the rule that forbids dying."""
        shows, means = alternative_of(item)
        case = Case(
            rule=rule_id(item),
            check=f"{Path(item.location[0]).stem}::{getattr(item, 'originalname', item.name)}",
            name=case_name_of(item),
            outcome=outcome_of(error),
            exchanges=self.recorder.exchanges - item.stash.get(_BEFORE, 0),
            reason=None if error is None else self.recorder.redactor.text(reason_of(error)),
            findings=self._findings(item, error),
            gap=gap_of(error),
            shows=shows,
            means=means,
        )
        incidents = tuple(self._incidents(case))
        if isinstance(error, ServiceDied) and error.rule != case.rule:
            died = "the service died"
            unjudged = replace(case, outcome=Outcome.NOT_ASSESSED, gap=Gap.TROUBLE, findings=(), reason=died)
            return unjudged, replace(case, rule=error.rule), *incidents
        return case, *incidents

    def _incidents(self, case: Case) -> Iterator[Case]:
        """What the case came upon beside its own matter, each a failed case of the rule that it breaks."""
        name = f"{case.check.partition('::')[2]}[{case.name}]" if case.name else case.check.partition("::")[2]
        for rule, finding in self.recorder.take_incidents():
            redacted = self.recorder.finding(replace(finding, case=name))
            yield Case(rule, f"every-answer::{rule}", name, Outcome.FAILED, 0, redacted.summary, (redacted,))

    def _findings(self, item: pytest.Item, error: BaseException | None) -> tuple[Finding, ...]:
        if not isinstance(error, Violation):
            return ()
        name = case_name_of(item) or None
        return tuple(self.recorder.finding(replace(one, case=one.case or name)) for one in error.findings)

    def pytest_runtest_logstart(self) -> None:
        """Begin to tell of the run with its first case: until then xdist writes to the terminal."""
        if self.settings.console and self.gathers and self._progress is None:
            from conformance.report.progress import Progress

            self._progress = Progress()
            self._progress.start(self._to_run)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather, in the controller."""
        data = getattr(report, "synq", None)
        if data is None or not self.gathers:
            return
        for case in map(case_from, data):
            self.cases.append(case)
            if self._progress is not None:
                self._progress.case(case)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """A case under which a worker process died is an error: nobody knows how it came out."""
        self.cases.append(crashed(crashitem, self.settings.role))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self) -> tuple[str, str, str] | None:
        """Keep pytest's dots out of a console that has its own progress."""
        return ("", "", "") if self.settings.console else None

    # ------------------------------------------------------------------ after the checks

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ANN401 - xdist has no public type for it
        """Take over what a worker counted, or say that it died."""
        if error and self._progress is not None:
            self._progress.line(f"a worker process died: {error}")
        self._counts.append(getattr(node, "workeroutput", {}).get("synq", {}))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge the run, write the report, and set the exit code."""
        self.recorder.close()
        counted = {
            "exchanges": self.recorder.exchanges,
            "statuses": dict(self.recorder.statuses),
            "latencies_ms": dict(self.recorder.latencies_ms),
            "generated": {name: dict(kinds) for name, kinds in self.recorder.generated.items()},
            "subject": portable(self.subject),
            "clock": self.recorder.clock,
            "found": self._found,
            "stopped": self.stopped,
            "planned": dict(self._planned),
        }
        if not self.gathers:
            # Plain JSON types alone: xdist's serializer refuses an enumeration, and the whole count would be lost.
            session.config.workeroutput["synq"] = json.loads(json.dumps(counted))  # type: ignore[attr-defined]  # xdist's own channel
            return
        self._counts.append(counted)
        if self._progress is not None:
            self._progress.stop()
        if exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        session.exitstatus = self._conclude(exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave the last word to the verdict: pytest has told by now where in our own code Ctrl-C struck."""
        if self.report is not None and self.settings.console and self.unassessable is None:
            from conformance.report.console import print_report

            print_report(self.report, page=self._page)

    def _conclude(self, exitstatus: int) -> int:
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            return 3
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED or self.unassessable == INTERRUPTED
        if interrupted and not self.cases:
            self.unassessable = self.unassessable or INTERRUPTED
        if not self.cases and self.unassessable is None:
            print("no check was selected: nothing was judged", file=sys.stderr)  # noqa: T201 - pytest is quiet here
            return 2
        report = self._report(interrupted=interrupted)
        if self._waivers is not None:
            from conformance.results.waivers import WaiverError, apply_waivers

            try:
                report = apply_waivers(self._waivers, report, datetime.now(UTC).date())
            except WaiverError as error:
                print(error, file=sys.stderr)  # noqa: T201 - pytest is quiet here
                return 2
        self.report = report
        try:
            self._page = self._write(report)
        except OSError as error:
            print(f"{error.filename}: the report cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201 - pytest is quiet here
            return 2
        if self.unassessable is not None:
            print(f"could not be assessed: {self.unassessable}", file=sys.stderr)  # noqa: T201 - pytest is quiet here
        return report.exit_code

    def _report(self, *, interrupted: bool) -> Report:
        selected = [rule for rule in self._rules.values() if rule.id in self._selected]
        for counts in self._counts:
            self._planned |= Counter(counts.get("planned", {}))
        rules = aggregate(selected, self.cases, self._planned)
        if self.unassessable is not None:
            rules = tuple(replace(rule, reason=self.unassessable) for rule in rules)
        subjects = [counts["subject"] for counts in self._counts if counts.get("subject", {}).get("name")]
        subject = subjects[0] if subjects and self.launcher is None else asdict(self.subject)
        stopped = next((counts["stopped"] for counts in self._counts if counts.get("stopped")), None)
        # A worker that was interrupted does not hand over what it counted; its cases are here all the same.
        counted = sum(counts.get("exchanges", 0) for counts in self._counts)
        run = Run(
            started=self._started.isoformat(timespec="seconds"),
            duration_s=round(time.perf_counter() - self._tick, 2),
            seed=self.settings.seed,
            suite_version=version("synq-conformance"),
            exchanges=max(counted, sum(case.exchanges for case in self.cases)),
            depth=self.settings.depth,
            level=self.settings.level,
            statuses=_added(counts.get("statuses", {}) for counts in self._counts),
            latencies_ms=_added(counts.get("latencies_ms", {}) for counts in self._counts),
            generated=_added_deep(counts.get("generated", {}) for counts in self._counts),
            clock=next((counts["clock"] for counts in self._counts if counts.get("clock")), None),
            named_by=tuple(self.recorder.redactor.option(word) for word in self._named_by),
            cut_short=INTERRUPTED if interrupted else stopped,
        )
        levels = Counter(rule.level for rule in self._rules.values())
        return Report(
            subject=Subject(Role(subject["role"]), subject["name"], subject["base_url"]),
            contract=ContractRef(self.contract.version, len(self._rules), {level: levels[level] for level in Level}),
            run=run,
            rules=rules,
        )

    def _write(self, report: Report) -> Path | None:
        """The page for people to read, where the run leaves files."""
        folder = self.settings.report_dir
        if folder is None:
            return None
        from conformance.report.writing import write_report

        join(folder)
        if found := {text for counts in self._counts for text in counts.get("found", ())}:
            (folder / FOUND).write_text("\n".join(sorted(found)), "utf-8")
        _, page, *_ = write_report(report, folder, tuple(dict.fromkeys((PAGE, *self.settings.formats))))
        return page

    def _recorder_path(self) -> Path | None:
        folder = self.settings.report_dir
        if folder is None:
            return None
        return folder / (EXCHANGES if self.worker is None else f"{EXCHANGES}.{self.worker}")


_BEFORE: pytest.StashKey[int] = pytest.StashKey()


class _Silent:
    """A terminal on which nothing is written."""

    def write_line(self, *_: object, **__: object) -> None: ...

    def rewrite(self, *_: object, **__: object) -> None: ...


def _worker_id(config: pytest.Config) -> str | None:
    worker_input: dict[str, str] | None = getattr(config, "workerinput", None)
    return None if worker_input is None else worker_input["workerid"]


def _subject(settings: RunOptions) -> Subject:
    if settings.role is Role.CLIENT:
        return Subject(Role.CLIENT, "", None)
    where = " in-process" if settings.mock else ""
    mutated = f", bent by {', '.join(settings.faults)}" if settings.faults else ""
    return Subject(Role.SERVER, f"embedded Synq{where}{mutated}", None)


def _named_by(option: argparse.Namespace) -> tuple[str, ...]:
    """The options of the command line by which the subject was named."""
    valued = ("url", "profile", "command", "factory", "adapter")
    given = [(f"--{name}", value) for name in valued if (value := getattr(option, f"synq_{name}"))]
    given += [("--fault", fault) for fault in option.synq_fault]
    flags = [f"--{name}" for name in ("embedded", "mock", "attach") if getattr(option, f"synq_{name}")]
    return (*(str(word) for pair in given for word in pair), *flags)


def _load_waivers(settings: RunOptions) -> Any:  # noqa: ANN401 - imported only where it is needed
    if settings.waivers is None:
        return None
    from conformance.results import waivers

    return waivers.load_waivers(settings.waivers)


def _check_formats(names: Sequence[str]) -> None:
    from conformance.config.options import OptionError
    from conformance.report.writing import unknown_format

    if names and (problem := unknown_format(names)):
        raise OptionError(f"--format: {problem}")


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


def _added_deep(counts: Iterable[dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    names: dict[str, list[dict[str, int]]] = {}
    for one in counts:
        for name, kinds in one.items():
            names.setdefault(name, []).append(kinds)
    return {name: _added(kinds) for name, kinds in sorted(names.items())}
