"""Fixtures of the server suite."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from hypothesis.errors import Flaky

from conformance.config.profile import Target
from conformance.contract.inputs import Inputs, shipped_inputs
from conformance.contract.oracle import answer
from conformance.evidence.judge import Violation
from conformance.evidence.recorder import Recorder
from conformance.evidence.regression_cases import from_request, placeholders
from conformance.http.message import Request
from conformance.run.cases import rule_id
from conformance.run.conformance_run import RUN
from conformance.run.own_sources import draw_nothing_of_our_sources
from conformance.server.harness.controls import JudgeAgain
from conformance.server.harness.depths import Extent, draw_by, hypothesis_settings, seen_once, settle_examples
from conformance.server.harness.documented_cases import parametrized
from conformance.server.harness.foreign import Foreign, foreign_if_any, foreign_of
from conformance.server.harness.found_keys import FoundKeys
from conformance.server.harness.gate import Gate
from conformance.server.harness.generated import ended
from conformance.server.harness.input_cases import CASES_OF, open_prefixes_of
from conformance.server.harness.listener import KeyListener, listening_for_keys
from conformance.server.harness.operations import DocumentedOperations
from conformance.server.harness.provided import speaking
from conformance.server.harness.repeated import repeated, start_anew
from conformance.server.harness.secure_way import SecureWay
from conformance.server.harness.shelf import NeighboursShelf, Shelf
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import MovableClock, OpenTarget
from conformance.server.harness.waiting import WaitedFor, held_from_now

collect_ignore: list[str] = []
"""Of pytest: files of this folder that a run does not collect."""


def pytest_configure(config: pytest.Config) -> None:
    """Set Hypothesis up now, since a generated check takes its settings when it is imported."""
    run = config.stash.get(RUN, None)
    if run is not None:
        draw_nothing_of_our_sources()
        hypothesis_settings(run.options.depth, run.options.report_dir)
    if run is None or not run.regression_cases:
        collect_ignore.append("test_regression_cases.py")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each input that the suite brings or the profile adds, and for each documented operation."""
    run = metafunc.config.stash.get(RUN, None)
    target: Target | None = getattr(run.subject, "target", None) if run is not None else None
    for name in set(CASES_OF) & set(metafunc.fixturenames):
        cases = CASES_OF[name](shipped_inputs().with_those_of(target.inputs if target is not None else Inputs()))
        metafunc.parametrize(name, cases, ids=[one.name for one in cases])
    if run is not None:
        parametrized(metafunc, run.subject)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Draw by the run's seed; judge a case again if controls were refused in the middle of it, or if it is broken."""
    run = item.config.stash[RUN]
    draw_by(run.options.seed, item)
    synq: TargetApi | None = getattr(item, "funcargs", {}).get("synq")
    if synq is None:
        return (yield)
    synq.begin(partial(run.again, item))
    with _told(item, synq):
        try:
            with ended():
                return (yield)
        except (JudgeAgain, Flaky):
            if synq.violation is not None:
                raise
            synq.gate.pass_through()  # to Hypothesis the end of a run looks like an input that fails now and then
            if not synq.controls.regained:
                raise
        except Violation as violation:
            if item.get_closest_marker("synq_generated") is not None or run.rules[rule_id(item)].moment:
                raise
            raise repeated(violation, partial(_once_more, item, synq)) from violation
        _once_more(item, synq)


def _once_more(item: pytest.Item, synq: TargetApi) -> None:
    """Judge the case again, on a new connection and with the time set right."""
    clock: MovableClock | None = getattr(item, "funcargs", {}).get("clock")
    start_anew(synq, clock, partial(item.config.stash[RUN].again, item))
    with ended(), item.config.stash[RUN].in_time():
        item.runtest()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Keep the examples that the case found, unless it was broken off."""
    settle_examples(judged=item.config.stash[RUN].stopped is None)


@contextmanager
def _told(item: pytest.Item, synq: TargetApi) -> Iterator[None]:
    """What a generated check found, as a finding and as a case to send again."""
    try:
        with seen_once(synq):
            yield
    except Violation as violation:
        if item.get_closest_marker("synq_generated") is not None and violation.request is not None:
            raise _saved(violation, violation.request, synq, item) from violation
        raise


def _saved(violation: Violation, request: Request, synq: TargetApi, item: pytest.Item) -> Violation:
    """The violation by a generated request, which is kept under a name and sent again by it."""
    run, scope = item.config.stash[RUN], synq.target.scope
    values = placeholders(synq.credentials.valid(), scope.tenant_id, scope.org_id)
    case = from_request(rule_id(item), request, values, synq.target.base_path)
    run.keep(case)
    # Regression cases are judged by the model: what a check forbids beyond that is shown by its own drawing alone.
    by_model = all(one.got not in answer(request, synq.known()).statuses for one in violation.findings)
    again = run.again(item, saved=case if by_model else None)
    return Violation(*(replace(one, case=case.name, curl=again) for one in violation.findings), request=request)


@pytest.fixture(scope="session")
def bench(pytestconfig: pytest.Config) -> Iterator[OpenTarget]:
    """The target of this run, open as long as the session lasts."""
    run = pytestconfig.stash[RUN]
    with run.subject.open(run.recorder) as bench:
        yield bench


@pytest.fixture(autouse=True)
def needs(request: pytest.FixtureRequest, bench: OpenTarget) -> None:
    """Pass over what this target cannot show."""
    request.config.stash[RUN].require(request.node, bench.target.capabilities)


@pytest.fixture(scope="session")
def synq(bench: OpenTarget, recorder: Recorder, pytestconfig: pytest.Config) -> Iterator[TargetApi]:
    """The target as checks speak to it: one connection for the whole session."""
    run = pytestconfig.stash[RUN]
    alone = getattr(pytestconfig, "workerinput", {}).get("workercount", 1) == 1
    with speaking(bench, recorder, Gate(run.stop), run.options.profile, answering=True, alone=alone) as synq:
        yield synq


@pytest.fixture(scope="session", autouse=True)
def waited_for(bench: OpenTarget, request: pytest.FixtureRequest) -> WaitedFor | None:
    """A token that is held from the start of a run that has the patience to see it end."""
    if "patience" not in bench.target.capabilities:
        return None
    synq: TargetApi = request.getfixturevalue("synq")
    return held_from_now(synq.credentials, partial(_tell, request.config))


def _tell(config: pytest.Config, words: str) -> None:
    """Say it on the terminal of the process that has one, in the middle of a check."""
    capturing = config.pluginmanager.getplugin("capturemanager")
    if capturing is None or hasattr(config, "workerinput"):
        return
    with capturing.global_and_fixture_disabled():
        print(words, file=sys.stderr, flush=True)  # noqa: T201 - the countdown of the command


@pytest.fixture
def clock(bench: OpenTarget, recorder: Recorder) -> Iterator[MovableClock]:
    """The target's clock, set right again afterwards."""
    assert bench.clock is not None, "a check that moves the clock needs the capability clock"  # noqa: S101 - a claim of the suite about itself
    recorder.clock = "the embedded Synq's own clock"
    yield bench.clock
    bench.clock.reset()


@pytest.fixture(scope="session")
def listener() -> Iterator[KeyListener]:
    """The listener that forged tokens point to for their keys."""
    with listening_for_keys() as listener:
        yield listener


@pytest.fixture(scope="session")
def examples(request: pytest.FixtureRequest) -> Extent:
    """How many inputs are generated."""
    settings = request.config.stash[RUN].options
    return hypothesis_settings(settings.depth, settings.report_dir)


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """What decides the generated inputs."""
    seed: int = request.config.stash[RUN].options.seed
    return seed


@pytest.fixture(scope="session")
def shelf(synq: TargetApi) -> Shelf:
    """The list in which a write shows."""
    return Shelf(synq)


@pytest.fixture(scope="session")
def found_keys(synq: TargetApi) -> FoundKeys:
    """The target's public key, if the profile does not give it."""
    return FoundKeys(synq)


@pytest.fixture(scope="session")
def secure(bench: OpenTarget) -> SecureWay:
    """The way to the target over TLS."""
    return bench.over_tls()


@pytest.fixture(scope="session")
def open_prefixes(bench: OpenTarget) -> list[str]:
    """Paths that guards usually leave open, the profile's own included."""
    return open_prefixes_of(bench.target)


@pytest.fixture(scope="session")
def neighbours_shelf(synq: TargetApi, foreign: Foreign) -> NeighboursShelf:
    """The list of the profile's other tenant."""
    return NeighboursShelf(synq, foreign)


@pytest.fixture(scope="session")
def neighbour(synq: TargetApi) -> Foreign | None:
    """The profile's other tenant, None if it has none that could be told from one's own."""
    return foreign_if_any(synq)


@pytest.fixture(scope="session")
def foreign(synq: TargetApi) -> Foreign:
    """The profile's other tenant."""
    return foreign_of(synq)


@pytest.fixture(scope="session")
def operations(synq: TargetApi) -> DocumentedOperations:
    """The target's documented operations."""
    return DocumentedOperations(synq)
