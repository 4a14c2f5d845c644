"""Ways to let a client's time pass, in the order in which they are tried."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from conformance.client.adapters.driver import AdapterError
from conformance.client.adapters.launcher import Launcher
from conformance.client.fake_api.service import FakeApi
from conformance.client.harness.bench import NOTHING_ADDED, ClientSessions
from conformance.client.harness.session import Session
from conformance.contract.durations import HOUR_S

ADVANCE_WITHIN_S = 5.0
SHORT_LIVES_S = (3, 6)
"""The second is for clients that showed nothing at the first, as on a busy machine."""
AROUND_THE_HOUR_S = (-330, -300, -270, -240, -210, -180, -150, -120, -90, -60, -45, -30, -20, -10, -5, -2, 1, 10, 60)
"""Moments around the end of a token's hour: from before the longest usual lead to a minute after the end."""
AROUND_A_SHORT_LIFE = tuple(step / 25 for step in range(-20, 4))
"""The same in proportion to the life."""


class ClientClock(ABC):
    """One way to let time pass, for the client and for the suite's server alike."""

    name: str
    moments: tuple[float, ...] = AROUND_THE_HOUR_S
    """Seconds from the end of a token's life at which a client is asked for something."""
    lifetime_s: int = HOUR_S
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
        """A warm session in which time passes this way."""
        fake_api = FakeApi(lifetime_s=self.lifetime_s, offset_s=self.offset_s())
        with bench.configured(fake_api, environment=self.environment) as session:
            yield session.warm_up()

    def advance(self, session: Session, seconds: float) -> None:
        """Let time pass for both."""
        self.move(session, seconds)
        session.fake_api.advance(seconds)


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

    def advance(self, session: Session, seconds: float) -> None:
        self.move(session, seconds)


class RealTime(ClientClock):
    """Nothing is moved: tokens live for a few seconds."""

    def __init__(self, lifetime_s: int) -> None:
        self.name = f"tokens of {lifetime_s} s in real time"
        self.lifetime_s = lifetime_s
        self.moments = tuple(lifetime_s * moment for moment in AROUND_A_SHORT_LIFE)

    def move(self, session: Session, seconds: float) -> None:  # noqa: ARG002 - client and server both wait
        time.sleep(max(seconds, 0.0))

    def advance(self, session: Session, seconds: float) -> None:
        self.move(session, seconds)


class Clocks:
    """The ways that there are for this client."""

    def __init__(self, capabilities: frozenset[str], launcher: Launcher, outside: Sequence[ClientClock]) -> None:
        """`outside` moves the clock of a process without its help."""
        own = OwnClock() if launcher.process or launcher.attached else TimeMachine()
        self.moved: tuple[ClientClock, ...] = (own,) if "clock" in capabilities else ()
        if launcher.process:
            self.moved += tuple(outside)
        self.all: tuple[ClientClock, ...] = (*self.moved, *map(RealTime, SHORT_LIVES_S))
