"""One server after the other before the checks that a worker has collected, without pytest's machinery between."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

from conformance.calibrate.benches import SharedMaterial, opened_subject, shared
from conformance.calibrate.subjects import CalibrationSubject
from conformance.calibrate.worker import ENDS, Run, Stage
from conformance.plugin import CONDUCT
from conformance.results.aggregate import Case
from conformance.run.hooks import Conduct
from conformance.server.harness.depths import EXTENTS, draw_by, seen_once
from conformance.server.harness.gate import Gate
from conformance.server.harness.listener import KeyListener, listening_for_keys
from conformance.server.harness.provided import Provided, speaking
from conformance.server.harness.targets import OpenTarget

DEPTH = "quick"
ARGUMENTS = ("--pyargs", "conformance.server", "--synq-mock", "--synq-depth", DEPTH)


def server_stage() -> Stage:
    """Puts one server after the other before the checks."""
    common, lasting = shared(), listening_for_keys()
    listener = lasting.__enter__()  # it ends with the process, and `lasting` is kept for it

    def put(_config: pytest.Config, subject: CalibrationSubject) -> tuple[None, Run]:
        assert lasting is not None  # noqa: S101 # held on to: a context that is let go is closed
        return None, lambda session, _subject: _run(session, subject, common, listener)

    return put


def _run(
    session: pytest.Session, subject: CalibrationSubject, common: SharedMaterial, listener: KeyListener
) -> Iterator[Case]:
    conduct = session.config.stash[CONDUCT]
    with opened_subject(subject, common) as bench, speaking(bench, conduct.recorder, Gate()) as synq:
        given = {"listener": listener, "examples": EXTENTS[DEPTH], "seed": subject.seed}
        provided, capabilities = Provided(synq, bench, given), bench.target.capabilities
        for item in session.items:
            assert isinstance(item, pytest.Function)  # noqa: S101 - a claim of the suite about itself
            yield from _judged(item, subject, provided, bench, capabilities, conduct)


def _judged(
    item: pytest.Function,
    subject: CalibrationSubject,
    provided: Provided,
    bench: OpenTarget,
    capabilities: frozenset[str],
    conduct: Conduct,
) -> Iterator[Case]:
    conduct.pytest_runtest_setup(item)
    error: BaseException | None = None
    try:
        conduct.require(item, capabilities)
        arguments = {name: provided.get(name) for name in _names(item)}
        _draw(item, subject)
        provided.get("synq").begin()
        with seen_once(provided.get("synq")):
            item.obj(**arguments, **_parameters(item))
    except ENDS as ended:
        error = ended
    if bench.clock is not None and "clock" in item.fixturenames:
        bench.clock.reset()
    yield from conduct.cases_of(item, error)


@cache
def _names(item: pytest.Function) -> tuple[str, ...]:
    """The fixtures that the check takes as arguments."""
    parameters = inspect.signature(item.obj).parameters
    return tuple(name for name in parameters if name not in _parameters(item))


def _parameters(item: pytest.Function) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def _draw(item: pytest.Function, subject: CalibrationSubject) -> None:
    if is_hypothesis_test(item.obj):
        draw_by(subject.seed, item)
