"""One server after the other before the checks that a worker has collected, without pytest's machinery between."""

from __future__ import annotations

import inspect
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

from conformance.calibrate.opened import SharedMaterial, opened_subject, shared
from conformance.calibrate.subjects import CalibrationSubject
from conformance.calibrate.trials import Calibrated, Done, pytest_arguments, trial
from conformance.evidence.judge import Violation
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import NothingSecret
from conformance.results.aggregate import Case
from conformance.run.cases import rule_id
from conformance.run.conformance_run import RUN, ConformanceRun
from conformance.server.harness.depths import EXTENTS, draw_by, seen_once
from conformance.server.harness.gate import Gate
from conformance.server.harness.generated import ended
from conformance.server.harness.listener import KeyListener, listening_for_keys
from conformance.server.harness.provided import Provided, speaking
from conformance.server.harness.repeated import repeated, start_anew

DEPTH = "quick"
ARGUMENTS = ("--pyargs", "conformance.server", "--synq-mock", "--synq-depth", DEPTH)

ENDS = (Exception, pytest.skip.Exception, pytest.fail.Exception)
"""How a case ends that did not pass."""


def try_servers(subjects: Iterator[CalibrationSubject], done: Done) -> int:
    """Judge these servers; pytest's exit code."""
    with listening_for_keys() as listener:
        return int(pytest.main(pytest_arguments(*ARGUMENTS), plugins=[_Stage(subjects, done, shared(), listener)]))


class _Stage(Calibrated):
    """In place of pytest's own loop: every collected check for each subject. A pytest plugin."""

    def __init__(
        self, subjects: Iterator[CalibrationSubject], done: Done, common: SharedMaterial, listener: KeyListener
    ) -> None:
        self._subjects, self._done, self._common, self._listener = subjects, done, common, listener

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        plain = session.config.stash[RUN]
        checks = [item for item in session.items if isinstance(item, pytest.Function)]
        for subject in self._subjects:
            began, options = time.perf_counter(), replace(plain.options, seed=subject.seed)
            run = ConformanceRun(options, plain.contract, plain.subject, Recorder(None, NothingSecret()))
            cases = list(_cases(checks, subject, run, self._common, self._listener))
            self._done(trial(run, subject, cases, began))
        return True


def _cases(
    checks: list[pytest.Function],
    subject: CalibrationSubject,
    run: ConformanceRun,
    common: SharedMaterial,
    listener: KeyListener,
) -> Iterator[Case]:
    with opened_subject(subject, common) as bench, speaking(bench, run.recorder, Gate()) as synq:
        given = {"listener": listener, "examples": EXTENTS[DEPTH], "seed": subject.seed}
        provided = Provided(synq, bench, given)
        capabilities = synq.target.capabilities
        for check in checks:
            yield from _judged(check, provided, run, capabilities, repeats=subject.declared)
            if bench.clock is not None and "clock" in check.fixturenames:
                bench.clock.reset()


def _judged(
    check: pytest.Function,
    provided: Provided,
    run: ConformanceRun,
    capabilities: frozenset[str],
    *,
    repeats: Collection[str],
) -> tuple[Case, ...]:
    """The case that the check comes to. A breach of what the subject is there to break is shown again."""
    run.begin(check)
    rule = run.rules[rule_id(check)]
    synq = provided.get("synq")
    error: BaseException | None = None
    try:
        run.require(check, capabilities)
        arguments = {name: provided.get(name) for name in _names(check)}
        if is_hypothesis_test(check.obj):
            draw_by(run.options.seed, check)
        synq.begin()
        with seen_once(synq), ended():
            check.obj(**arguments, **_parameters(check))
    except ENDS as end:
        error = end
    shown_again = rule.id in repeats and not rule.moment and not is_hypothesis_test(check.obj)
    if isinstance(error, Violation) and shown_again:
        error = repeated(error, partial(_once_more, check, provided, arguments))
    return run.cases_of(check, error)


def _once_more(check: pytest.Function, provided: Provided, arguments: Mapping[str, Any]) -> None:
    start_anew(provided.get("synq"), arguments.get("clock"))
    check.obj(**arguments, **_parameters(check))


@cache
def _names(check: pytest.Function) -> tuple[str, ...]:
    """The fixtures that the check takes as arguments."""
    parameters = inspect.signature(check.obj).parameters
    return tuple(name for name in parameters if name not in _parameters(check))


def _parameters(check: pytest.Function) -> dict[str, Any]:
    return check.callspec.params if hasattr(check, "callspec") else {}
