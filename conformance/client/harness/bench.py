"""Puts clients to the test: one adapter is kept running, each scenario has a fresh server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from conformance.client.adapters.driver import AdapterError, Driver, Overdue
from conformance.client.adapters.launcher import Launcher
from conformance.client.fake_api.service import FakeApi
from conformance.client.harness.session import Done, Session, Warmth
from conformance.contract.durations import DAY_S
from conformance.evidence.judge import HarnessError, NotAssessed
from conformance.evidence.recorder import Recorder
from conformance.mock import world

MOST_FAILURES = 3
"""Failures of the adapter in a row after which nothing more is asked of it."""

PATIENCE_S, SHORT_PATIENCE_S = 2.0, 0.3
"""How long a request is held for others to come: first, and once they are known to come one at a time."""

HANGS_AGAIN_S = (float(DAY_S), 4.0, 4.0, 1.5)
"""How long an answer is waited for at most, by how often a caller was seen to be left for ever."""
FRESH_WITHIN_S = 5.0
"""How long a fresh client may take to show that the adapter still answers."""

NOTHING_ADDED: Mapping[str, str] = {}


class ClientSessions:
    """Sessions, one after the other, with an adapter that is started again after it broke down."""

    def __init__(self, launcher: Launcher, recorder: Recorder) -> None:
        self.launcher = launcher
        self._recorder = recorder
        for account in (world.EDITOR, world.OTHER_TENANT_EDITOR):
            recorder.secret(world.PASSWORDS[account], "$SYNQ_PASSWORD")
        self._drivers: dict[tuple[tuple[str, str], ...], Driver] = {}
        self._failures, self._warmth = 0, Warmth()
        self._works: str | None = None
        self._recovers: str | None = None
        """Why it does not get over a 401; empty if it does."""
        self._cause = "retry-after-401"
        """The rule whose matter that is."""
        self._recovers_again = ""
        """The same of the second."""
        self._signs_in_again = False
        """Whether it does so after a 401, if only for the next call."""
        self._given_up: str | None = None
        self._left = 0
        """How often a caller was seen to be left without an answer."""
        self.patience_s = PATIENCE_S
        """How long a request is held for others."""

    @property
    def hang_after_s(self) -> float:
        """How long callers are waited for: less once one was seen to be left for ever."""
        return min(self.launcher.answer_within_s, HANGS_AGAIN_S[min(self._left, len(HANGS_AGAIN_S) - 1)])

    def must_answer_afresh(self, session: Session) -> None:
        """Raises Overdue unless the session's adapter still answers, so that it is the client that left its callers."""
        if session.answers_afresh():
            return
        session.broken = Overdue(f"the adapter did not answer requests within {self.hang_after_s:g} s")
        raise session.broken

    def _answers_afresh(self, session: Session) -> bool:
        fake_api = FakeApi()
        with self.launcher.transport(fake_api) as place:
            fresh = Session(session.driver, fake_api, place.base_url, self._recorder, FRESH_WITHIN_S)
            answers = bool(fresh.configure().call().received_requests)
        self._left += answers
        return answers

    def one_at_a_time(self) -> None:
        """The client was seen not to send a request while another was held."""
        self.patience_s = SHORT_PATIENCE_S

    @contextmanager
    def session(
        self, fake_api: FakeApi | None = None, *, environment: Mapping[str, str] = NOTHING_ADDED
    ) -> Iterator[Session]:
        """A session that is not configured yet, with the adapter that was started in this environment."""
        if self._given_up is not None:
            raise HarnessError(self._given_up)
        fake_api = fake_api or FakeApi()
        with self.launcher.transport(fake_api) as place:
            session = Session(
                self._driver(environment),
                fake_api,
                place.base_url,
                self._recorder,
                self.hang_after_s,
                self._answers_afresh,
                self._warmth,
            )
            try:
                yield session
            finally:
                session.keep()
                self._settle(session, environment)

    @contextmanager
    def configured(
        self, fake_api: FakeApi | None = None, *, environment: Mapping[str, str] = NOTHING_ADDED
    ) -> Iterator[Session]:
        """A session with a fresh client."""
        with self.session(fake_api, environment=environment) as session:
            yield session.configure()

    def must_work(self) -> None:
        """Raises NotAssessed unless a plain call of the client succeeds."""
        if self._works is None:
            try:
                with self.configured() as session:
                    session.warm_up()
                    self._works = ""
            except NotAssessed as error:
                self._works = str(error)
        if self._works:
            raise NotAssessed(self._works)

    def must_recover_once(self) -> None:
        """Raises NotAssessed unless the client gets over an ordinary 401, which the rule at hand takes for granted."""
        self._ask_after_a_401()
        if self._recovers:
            raise NotAssessed(f"follows from {self._cause}: after an ordinary 401, {self._recovers}")

    def must_recover(self) -> None:
        """Raises NotAssessed unless it gets over one ordinary 401 after the other."""
        self.must_recover_once()
        if self._recovers_again:
            raise NotAssessed(f"follows from recovers-revoked: after the second, {self._recovers_again}")

    def must_sign_in_again(self) -> None:
        """Raises NotAssessed unless the client signs in again after a 401, at the next call at the latest."""
        self._ask_after_a_401()
        if not self._signs_in_again:
            raise NotAssessed("follows from retry-after-401: no sign-in followed one, for the next call neither")

    def _ask_after_a_401(self) -> None:
        self.must_work()
        if self._recovers is not None:
            return
        with self.configured() as session:
            session.warm_up().fake_api.revoke()
            seen = len(session.sign_ins)
            self._recovers = _why_not(session.call())
            session.fake_api.revoke()
            self._recovers_again = _why_not(session.call())
            self._signs_in_again = len(session.sign_ins) > seen
            self._cause = next(iter(session.broken_by_retries), self._cause)

    def close(self) -> None:
        """End every adapter that was started."""
        for driver in list(self._drivers.values()):  # a session aside may start one in this very moment
            driver.close()

    def _driver(self, environment: Mapping[str, str]) -> Driver:
        key = tuple(sorted(environment.items()))
        driver = self._drivers.get(key)
        if driver is not None and driver.alive:
            return driver
        if driver is not None:
            driver.close()
        try:
            started = self._drivers[key] = self.launcher.start(environment)
        except AdapterError as error:
            if not environment:
                self._count(error)
            raise
        return started

    def _settle(self, session: Session, environment: Mapping[str, str]) -> None:
        if session.broken is None and session.driver.alive and not session.spent:
            self._failures = 0
            return
        self._drivers.pop(tuple(sorted(environment.items()))).close()
        if session.broken is None and session.spent:
            return  # it was the client that failed
        if not environment:
            self._count(session.broken or AdapterError("the adapter died"))

    def _count(self, error: AdapterError) -> None:
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            self._given_up = f"the adapter failed {self._failures} times in a row and is not asked again: {error}"


def _why_not(done: Done) -> str:
    """Why this is no success; empty if it is one."""
    return "" if done.succeeded and done.granted else str(done.answer)
