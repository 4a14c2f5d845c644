"""The hooks of pytest in each process of a conformance run: which cases run, and what becomes of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import replace

import pytest

from conformance.evidence.judge import NotAssessed
from conformance.run.cases import case_key, portable, rule_id
from conformance.run.conformance_run import RUN
from conformance.run.order import most_telling_first
from conformance.run.workers import CHANNEL, Counting

PLANNED: pytest.StashKey[Mapping[str, int]] = pytest.StashKey()
"""Cases that there are to be, by rule; those count as well that an option of pytest's leaves out."""
JUDGED: pytest.StashKey[frozenset[str]] = pytest.StashKey()
"""Cases that the run judged before it was taken up again."""
COUNTING: pytest.StashKey[Counting] = pytest.StashKey()
"""What this process counts."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Keep the cases of the selected rules at the chosen depth. What -k leaves out of them was planned as well."""
    run, judged = config.stash[RUN], config.stash[JUDGED]
    config.stash[PLANNED] = Counter(rule_id(item) for item in items if run.wants(item))
    yield
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        (kept if run.wants(item) and case_key(item.nodeid) not in judged else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
    items[:] = most_telling_first(kept, run.rules)
    for item in items:
        item.user_properties.append(("rule", rule_id(item)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Open the case in the recorder."""
    item.config.stash[RUN].begin(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Pass over what is left if nothing more is to be judged: a report of each would take its time."""
    return True if item.config.stash[RUN].is_over() else None


class BrokenOff:
    """Breaks a case off at the deadline, within whatever pytest puts around it. A pytest plugin."""

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """While what the case needs is made."""
        with item.config.stash[RUN].in_time():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """While it is judged."""
        with item.config.stash[RUN].in_time():
            return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the verdict exceptions into outcomes that pytest knows, take the secrets out, and attach the cases."""
    report = yield
    run = item.config.stash[RUN]
    error = None if call.excinfo is None else call.excinfo.value
    told = None if error is None else run.told(item, error)
    if isinstance(error, NotAssessed):
        path, line, _ = item.location
        report.outcome, report.longrepr = "skipped", (path, line or 0, told or "")
    elif report.longrepr is not None and report.outcome == "failed":
        report.longrepr = told or run.recorder.redactor.text(str(report.longrepr))
    report.sections = [(name, run.recorder.redactor.text(text)) for name, text in report.sections]
    is_last_word = report.when == "call" or (report.when == "setup" and report.outcome != "passed")
    if is_last_word or (report.when == "teardown" and report.outcome == "failed"):
        cases = run.cases_of(item, error)
        report.synq = [portable(case) for case in cases]  # type: ignore[attr-defined]  # xdist carries it along
    if report.when == "teardown":
        run.recorder.flush()
        counted = item.config.stash[COUNTING].since().portable()
        report.synq_counted = counted  # type: ignore[attr-defined]  # the same
        if lines := run.recorder.take_carried():
            report.synq_exchanges = lines  # type: ignore[attr-defined]  # the same
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what a worker counted since its last case; the controller counts for itself."""
    run = session.config.stash[RUN]
    run.recorder.close()
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        known: Mapping[str, int] = session.config.stash.get(PLANNED, {})
        planned = dict(known)  # asdict cannot copy a Counter
        output[CHANNEL] = replace(session.config.stash[COUNTING].since(), planned=planned).portable()
