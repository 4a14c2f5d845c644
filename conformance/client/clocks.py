"""Ways to let a client's time pass, in the order in which they are tried."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from conformance.client.bench import NOTHING_ADDED, Bench
from conformance.client.driver import AdapterError
from conformance.client.service import Service
from conformance.client.session import Session
from conformance.client.ways import Way
from conformance.mock.state import HOUR_S

ADVANCE_WITHIN_S = 5.0
SHORT_LIFE_S = 5
STEP_S = 0.2
AROUND_THE_HOUR_S = (-330, -300, -270, -240, -210, -180, -150, -120, -90, -60, -45, -30, -20, -10, -5, -2, 1, 10, 60)
"""Moments around the end of a token's hour: from before the longest usual lead to a minute after the end."""
AROUND_A_SHORT_LIFE_S = tuple(round(STEP_S * step, 1) for step in range(-20, 4))


class Clock(ABC):
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
    def session(self, bench: Bench) -> Iterator[Session]:
        """A warm session in which time passes this way."""
        service = Service(lifetime_s=self.lifetime_s, offset_s=self.offset_s())
        with bench.configured(service, environment=self.environment) as session:
            yield session.warm_up()

    def advance(self, session: Session, seconds: float) -> None:
        """Let time pass for both."""
        self.move(session, seconds)
        session.service.advance(seconds)


class OwnClock(Clock):
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


class FakeTime(Clock):
    """libfaketime around the adapter's process: a library that answers what a file says the time is."""

    def __init__(self, library: Path, folder: Path, *, monotonic: bool) -> None:
        which = "wall and monotonic clock" if monotonic else "wall clock"
        self.name = f"libfaketime, {which}"
        self._file = folder / f"offset-{monotonic:d}"
        self._offset_s = 0.0
        self._write()
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            **({} if monotonic else {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}),
        }

    def offset_s(self) -> float:
        return self._offset_s

    def move(self, session: Session, seconds: float) -> None:  # noqa: ARG002 - it is the process that is moved
        self._offset_s += seconds
        self._write()

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"+{self._offset_s:.1f}\n", "ascii")
        new.replace(self._file)


class RealTime(Clock):
    """Nothing is moved: tokens live for a few seconds."""

    name = f"tokens of {SHORT_LIFE_S} s in real time"
    moments = AROUND_A_SHORT_LIFE_S
    lifetime_s = SHORT_LIFE_S

    def move(self, session: Session, seconds: float) -> None:  # noqa: ARG002 - everybody waits
        time.sleep(max(seconds, 0.0))

    def advance(self, session: Session, seconds: float) -> None:
        self.move(session, seconds)


class Clocks:
    """The ways that there are for this client."""

    def __init__(self, folder: Path, capabilities: frozenset[str], way: Way) -> None:
        library = faketime_library() if way.process else None
        own = OwnClock() if way.process or way.attached else TimeMachine()
        self.moved: tuple[Clock, ...] = (own,) if "clock" in capabilities else ()
        if library is not None:
            self.moved += tuple(FakeTime(library, folder, monotonic=monotonic) for monotonic in (False, True))
        self.all: tuple[Clock, ...] = (*self.moved, RealTime())


def faketime_library() -> Path | None:
    """The library of the package libfaketime, where it is installed."""
    found = find_spec("libfaketime")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.rglob("libfaketime.so.1"), None)
