"""Fixtures of the client suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.client.harness.bench import Bench
from conformance.client.harness.clocks import Clocks
from conformance.client.harness.faketime import fake_times
from conformance.client.harness.sequences import Traces
from conformance.client.harness.session import Session
from conformance.client.harness.sign_in_failure import Ordeals
from conformance.evidence.recorder import Journal
from conformance.plugin import CONDUCT


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, journal: Journal) -> Iterator[Bench]:
    """The client of this run, ready for session after session."""
    way = request.config.stash[CONDUCT].way
    assert way is not None, "the client suite runs with a client"  # noqa: S101 - a claim of the suite about itself
    bench = Bench(way, journal)
    yield bench
    bench.close()


@pytest.fixture
def session(bench: Bench) -> Iterator[Session]:
    """A fresh client before a fresh Synq."""
    with bench.configured() as session:
        yield session


@pytest.fixture
def warm(session: Session) -> Session:
    """A client that has signed in and had a plain call answered."""
    return session.warm_up()


@pytest.fixture
def recovering(bench: Bench) -> Iterator[Session]:
    """A warm client of a kind that gets over an ordinary 401."""
    bench.must_recover()
    with bench.configured() as session:
        yield session.warm_up()


@pytest.fixture(scope="session")
def ordeals(bench: Bench) -> Ordeals:
    """Sessions in which signing in fails, one of a kind."""
    return Ordeals(bench)


@pytest.fixture(scope="session")
def clocks(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocks]:
    """The ways to let this client's time pass."""
    with bench.configured() as session:
        known = session.introduction
    capabilities = frozenset[str]() if known is None else known.capabilities
    with fake_times(tmp_path_factory.mktemp("clocks")) as outside:
        yield Clocks(capabilities, bench.way, outside)


@pytest.fixture(scope="session")
def traces(request: pytest.FixtureRequest, bench: Bench, journal: Journal) -> Traces:
    """Generated sessions, each of which takes place once."""
    return Traces(bench, journal, request.config.stash[CONDUCT].settings)
