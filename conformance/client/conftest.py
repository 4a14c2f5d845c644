"""Fixtures of the client suite."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import Clocks
from conformance.client.harness.concurrent import Bursts
from conformance.client.harness.faketime import fake_times
from conformance.client.harness.hours import Hours, observed_hours
from conformance.client.harness.idle import Idling, observed_idle
from conformance.client.harness.sequences import Traces
from conformance.client.harness.session import Session
from conformance.client.harness.sign_in_failure import SignInFailures
from conformance.evidence.judge import NotAssessed, Surplus, Violation
from conformance.evidence.recorder import Recorder
from conformance.run.cases import rule_id
from conformance.run.conformance_run import RUN
from conformance.run.own_sources import draw_nothing_of_our_sources

HYPOTHESIS_HOME = ".hypothesis"
"""Hypothesis keeps notes, even without a database; in the report folder, and not where the run was started."""
IDLING: pytest.StashKey[Idling] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A consequence is no second failure: what another rule's violation brought about is left to that rule."""
    incidents = pyfuncitem.config.stash[RUN].recorder.incidents
    incidents.clear()
    try:
        return (yield)
    except Surplus:
        pyfuncitem.config.stash[IDLING].explain()
        raise
    except Violation:
        if rule_id(pyfuncitem) == "recovers-rotated":
            incidents.clear()  # what goes wrong after a rotation alone is this rule's own matter
        causes = {rule: finding.summary for rule, finding in incidents}
        if causes and causes.pop(rule_id(pyfuncitem), None) is None:
            rule, summary = next(iter(causes.items()))
            raise NotAssessed(f"follows from {rule}: {summary}") from None
        incidents[:] = [one for one in incidents if one[0] != rule_id(pyfuncitem)]
        raise


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, recorder: Recorder) -> Iterator[ClientSessions]:
    """The client of this run, ready for session after session."""
    with request.config.stash[RUN].subject.open(recorder) as bench:
        yield bench


@pytest.fixture(scope="session", autouse=True)
def idling(request: pytest.FixtureRequest, bench: ClientSessions, recorder: Recorder) -> Iterator[Idling]:
    """The client while it is asked for nothing, looked at from the beginning of the run on."""
    with observed_idle(bench, recorder) as idling:
        request.config.stash[IDLING] = idling
        yield idling


@pytest.fixture
def session(bench: ClientSessions) -> Iterator[Session]:
    """A fresh client before a fresh Synq."""
    with bench.configured() as session:
        yield session


@pytest.fixture
def warm(session: Session) -> Session:
    """A client that has signed in and had a plain call answered."""
    return session.warm_up()


@pytest.fixture
def recovering(bench: ClientSessions) -> Iterator[Session]:
    """A warm client that is known to get over an ordinary 401."""
    bench.must_recover()
    with bench.configured() as session:
        yield session.warm_up()


@pytest.fixture(scope="session")
def sign_in_failures(bench: ClientSessions) -> SignInFailures:
    """Sessions in which signing in fails, one of a kind."""
    return SignInFailures(bench)


@pytest.fixture(scope="session")
def bursts(request: pytest.FixtureRequest, bench: ClientSessions) -> Bursts:
    """Many callers at once, each burst once."""
    return Bursts(bench, request.config.stash[RUN].options.seed)


@pytest.fixture(scope="session")
def clocks(bench: ClientSessions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocks]:
    """The ways to let this client's time pass."""
    with bench.configured() as session:
        known, programs = session.introduction, session.driver.programs()
    capabilities = frozenset[str]() if known is None else known.capabilities
    with fake_times(tmp_path_factory.mktemp("clocks")) as outside:
        yield Clocks(capabilities, bench.launcher, outside, programs)


@pytest.fixture(scope="session", autouse=True)
def hours(request: pytest.FixtureRequest, bench: ClientSessions, clocks: Clocks, recorder: Recorder) -> Iterator[Hours]:
    """The client's hour, which is waited for from the beginning of the run on if its clock cannot be moved."""
    real_time = request.config.stash[RUN].options.real_time
    with observed_hours(bench, clocks, recorder, real_time=real_time) as hours:
        yield hours


@pytest.fixture(scope="session")
def traces(
    request: pytest.FixtureRequest,
    bench: ClientSessions,
    recorder: Recorder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Traces:
    """Generated sessions, each of which takes place once."""
    draw_nothing_of_our_sources()
    report_dir = request.config.stash[RUN].options.report_dir or tmp_path_factory.mktemp("traces")
    set_hypothesis_home_dir(report_dir / HYPOTHESIS_HOME)
    return Traces(bench, recorder, request.config.stash[RUN].options)
