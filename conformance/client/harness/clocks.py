"""Ways to move a client's time, each of which is seen to have moved it before anything is said of the client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from conformance.client.adapters.driver import AdapterError, ClockReading
from conformance.client.adapters.executables import RunningProgram, fixed_clock
from conformance.client.adapters.launcher import Launcher
from conformance.client.fake_api.service import FakeApi
from conformance.client.harness.bench import NOTHING_ADDED, ClientSessions
from conformance.client.harness.session import Session
from conformance.contract.durations import MINUTE_S
from conformance.evidence.judge import NotAssessed

ADVANCE_WITHIN_S = 5.0
AROUND_THE_HOUR_S = (-330, -300, -270, -240, -210, -180, -150, -120, -90, -60, -45, -30, -20, -10, -5, -2, 1, 10, 60)
"""Moments around the end of a token's hour: from before the longest usual lead to a minute after the end."""
SEEN_FROM_S = MINUTE_S
"""A step that is large enough to be told from the time that passes by itself."""


class ClientClock(ABC):
    """One way to let time pass, for the client and for the suite's server alike."""

    name: str
    moments: tuple[float, ...] = AROUND_THE_HOUR_S
    """Seconds from the end of a token's life at which a client is asked for something."""
    environment: Mapping[str, str] = NOTHING_ADDED
    """What the adapter is started with."""

    @abstractmethod
    def move(self, session: Session, seconds: float) -> None:
        """Let the client's time pass."""

    def offset_s(self) -> float:
        """How far the client's clock is off already."""
        return 0.0

    @contextmanager
    def session(self, bench: ClientSessions) -> Iterator[Session]:
        """A warm session in which time passes this way; raises NotAssessed if it does not."""
        fake_api = FakeApi(offset_s=self.offset_s())
        with bench.configured(fake_api, environment=self.environment) as session:
            yield session.warm_up()

    def advance(self, session: Session, seconds: float) -> None:
        """Let time pass for both; raises NotAssessed if the client's clock shows that it has not."""
        before = shown_by(session) if seconds >= SEEN_FROM_S else None
        self.move(session, seconds)
        self.follow(session, seconds)
        after = None if before is None else shown_by(session)
        if before is not None and after is not None and after.unix_s - before.unix_s < seconds / 2:
            raise NotAssessed(
                f"{self.name}: moved by {seconds:g} s, the client's own clock shows that "
                f"{after.unix_s - before.unix_s:.1f} s have passed"
            )

    def follow(self, session: Session, seconds: float) -> None:
        """Let the server's time pass as the client's does."""
        session.fake_api.advance(seconds)


def shown_by(session: Session) -> ClockReading | None:
    """What the client's clocks show; None if it does not say."""
    if session.introduction is None or "now" not in session.introduction.capabilities:
        return None
    try:
        return session.driver.now(ADVANCE_WITHIN_S)
    except AdapterError as error:
        session.broken = error
        raise


class OwnClock(ClientClock):
    """The adapter moves its library's clock itself."""

    name = "the adapter's own clock"

    def move(self, session: Session, seconds: float) -> None:
        try:
            session.driver.advance_clock(seconds, ADVANCE_WITHIN_S)
        except AdapterError as error:
            session.broken = error
            raise


class TimeMachine(OwnClock):
    """time-machine, which moves the wall clock of the suite's own process as well, and so its server's."""

    name = "time-machine, wall clock"

    def follow(self, session: Session, seconds: float) -> None:
        """It has moved as well."""


class Clocks:
    """The ways that there are for this client."""

    def __init__(
        self,
        capabilities: frozenset[str],
        launcher: Launcher,
        outside: Sequence[ClientClock],
        programs: Sequence[RunningProgram] = (),
    ) -> None:
        """`outside` moves the clock of a process without its help, if that asks its libc for the time."""
        own = OwnClock() if launcher.process or launcher.attached else TimeMachine()
        self.moved: tuple[ClientClock, ...] = (own,) if "clock" in capabilities else ()
        self.obstacle = next(filter(None, (fixed_clock(program.executable) for program in programs)), None)
        """Why no clock can be moved from outside, if that is so."""
        if launcher.process and self.obstacle is None:
            self.moved += tuple(outside)
