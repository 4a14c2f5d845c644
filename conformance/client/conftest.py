"""Fixtures of the client suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import Clocks
from conformance.client.harness.faketime import fake_times
from conformance.client.harness.sequences import Traces
from conformance.client.harness.session import Session
from conformance.client.harness.sign_in_failure import SignInFailures
from conformance.evidence.recorder import Recorder
from conformance.run.conformance_run import RUN


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, recorder: Recorder) -> Iterator[ClientSessions]:
    """The client of this run, ready for session after session."""
    with request.config.stash[RUN].subject.open(recorder) as bench:
        yield bench


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
def clocks(bench: ClientSessions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocks]:
    """The ways to let this client's time pass."""
    with bench.configured() as session:
        known = session.introduction
    capabilities = frozenset[str]() if known is None else known.capabilities
    with fake_times(tmp_path_factory.mktemp("clocks")) as outside:
        yield Clocks(capabilities, bench.launcher, outside)


@pytest.fixture(scope="session")
def traces(request: pytest.FixtureRequest, bench: ClientSessions, recorder: Recorder) -> Traces:
    """Generated sessions, each of which takes place once."""
    return Traces(bench, recorder, request.config.stash[RUN].options)
