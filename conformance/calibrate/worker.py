"""A process that collects the suite once and runs it against one subject after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.calibrate.matrix import Found, Trial
from conformance.calibrate.subjects import CalibrationSubject
from conformance.contract.rules import Role
from conformance.results.data import Outcome

if TYPE_CHECKING:
    from conformance.results.aggregate import Case
    from conformance.run.hooks import Conduct

Run = Callable[[pytest.Session, CalibrationSubject], Iterator["Case"]]
"""Runs the collected checks on a subject."""
Stage = Callable[[pytest.Config, CalibrationSubject], tuple[str | None, Run]]
"""Puts a subject before the checks: why nothing can be judged of it, or None, and how the checks are run on it."""

UNUSED_PLUGINS = (
    *("cacheprovider", "terminal", "logging", "warnings", "junitxml", "xdist", "faulthandler", "skipping"),
    *("debugging", "stepwise", "pastebin", "doctest", "unittest", "setuponly", "setupplan"),
    *("unraisableexception", "threadexception", "anyio", "respx"),
)
"""Each of them takes part in every case, two hundred thousand times in all."""

ENDS = (Exception, pytest.skip.Exception, pytest.fail.Exception)
"""How a case ends that did not pass."""


class Repetition:
    """Runs the collected checks once for each subject. A pytest plugin."""

    def __init__(
        self, stage: Stage, subjects: Iterator[CalibrationSubject], done: Callable[[Trial], None]
    ) -> None:
        self._stage, self._subjects, self._done = stage, subjects, done

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Ask nobody yet: each subject comes with its own way in."""
        from conformance.plugin import CONDUCT

        session.config.stash[CONDUCT].launcher = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Leave failures unshrunk: of a fault it is enough to know that it was found.

        Now, between the start of the session and the import of the checks, which take these settings with them.
        """
        from hypothesis import Phase, settings

        settings.register_profile("synq-calibration", settings.default, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("synq-calibration")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own loop."""
        for subject in self._subjects:
            self._done(_trial(session, subject, self._stage))
        return True


def _trial(session: pytest.Session, subject: CalibrationSubject, client_stage: Stage) -> Trial:
    from conformance.evidence.recorder import Recorder
    from conformance.plugin import CONDUCT
    from conformance.results.aggregate import aggregate

    conduct = session.config.stash[CONDUCT]
    conduct.cases.clear()
    conduct.recorder = Recorder(None)
    conduct.settings = replace(conduct.settings, seed=subject.seed)
    tick = time.perf_counter()
    obstacle, run = client_stage(session.config, subject)
    if obstacle is None:
        conduct.cases += run(session, subject)
    duration_s = time.perf_counter() - tick
    rules = aggregate(conduct.contract.of(conduct.settings.role), conduct.cases)
    return Trial(
        subject=subject,
        outcomes={rule.id: rule.outcome for rule in rules},
        reasons={
            rule.id: obstacle or rule.reason for rule in rules if rule.reason and rule.outcome is not Outcome.PASSED
        },
        found=_found(conduct),
        exchanges=conduct.recorder.exchanges,
        duration_s=round(duration_s, 2),
    )


def by_pytest(session: pytest.Session, _subject: CalibrationSubject) -> Iterator[Case]:
    """Every item with its fixtures: what pytest's own protocol does, but for its reports, which are dear."""
    from conformance.plugin import CONDUCT

    conduct = session.config.stash[CONDUCT]
    for item, next_item in zip(session.items, [*session.items[1:], None], strict=True):
        yield from _judged(item, next_item, conduct)


def _judged(item: pytest.Item, next_item: pytest.Item | None, conduct: Conduct) -> Iterator[Case]:
    item._initrequest()  # type: ignore[attr-defined]  # an item is used again; pytest has no public way
    error: BaseException | None = None
    try:
        item.ihook.pytest_runtest_setup(item=item)
        item.ihook.pytest_runtest_call(item=item)
    except ENDS as ended:
        error = ended
    yield from conduct.cases_of(item, error)
    try:
        item.ihook.pytest_runtest_teardown(item=item, nextitem=next_item)
    except ENDS as ended:
        yield from conduct.cases_of(item, ended)


def _found(conduct: Conduct) -> dict[str, Found]:
    """When each failed rule failed first, in the order in which its cases ran."""
    found: dict[str, Found] = {}
    spent: dict[str, int] = {}
    total = 0
    for case in conduct.cases:
        total += case.exchanges
        spent[case.rule] = spent.get(case.rule, 0) + case.exchanges
        if case.outcome is Outcome.FAILED:
            found.setdefault(case.rule, Found(total, spent[case.rule]))
    return found


def work(role: Role, subjects: Iterator[CalibrationSubject], done: Callable[[Trial], None]) -> int:
    """Judge these subjects in this process; pytest's exit code."""
    ini = Path(__file__).parent.parent / "suite.ini"
    arguments = ["-c", str(ini), "--rootdir", str(Path.cwd()), "--assert=plain"]
    for plugin in UNUSED_PLUGINS:
        arguments += ["-p", f"no:{plugin}"]
    stage, more = STAGES[role]()
    return int(pytest.main([*arguments, *more], plugins=[Repetition(stage, subjects, done)]))


def _servers() -> tuple[Stage, list[str]]:
    from conformance.calibrate.server_stage import ARGUMENTS, server_stage

    return server_stage(), list(ARGUMENTS)


def _clients() -> tuple[Stage, list[str]]:
    from conformance.calibrate.client_stage import ARGUMENTS, client_stage

    return lambda config, subject: (client_stage(config, subject), by_pytest), list(ARGUMENTS)


STAGES: dict[Role, Callable[[], tuple[Stage, list[str]]]] = {Role.SERVER: _servers, Role.CLIENT: _clients}
"""Where the checks of each role are, and how a subject comes before them."""
