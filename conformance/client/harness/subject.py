"""The client under test as a run sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.client.adapters.launcher import Launcher
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.smoke import smoke
from conformance.contract.rules import Role
from conformance.evidence.recorder import Recorder
from conformance.results.data import Subject


class ClientUnderTest:
    """A client behind its launcher, which has no name of its own until it has introduced itself."""

    def __init__(self, launcher: Launcher, named_by: tuple[str, ...] = ()) -> None:
        self.named_by = named_by
        self.first_line = f"Checking the client {launcher.name} ({named_by[0] if named_by else 'calibration'})"
        self.fingerprint = " ".join(named_by)
        self._launcher = launcher
        self._known = Subject(Role.CLIENT, launcher.name, None)

    @property
    def run_id(self) -> None:
        """A client's requests are its own."""

    def describe(self) -> Subject:
        return self._known

    def preflight(self, recorder: Recorder) -> tuple[ClientUnderTest, str | None]:
        """Returns the client, and why nothing can be judged, after one plain call."""
        obstacle, self._known = smoke(self._launcher, recorder)
        return self, obstacle

    @contextmanager
    def open(self, recorder: Recorder) -> Iterator[ClientSessions]:
        """The client, ready for session after session."""
        sessions = ClientSessions(self._launcher, recorder)
        yield sessions
        sessions.close()

    def sent(self) -> None:
        """A client sends by itself: what arrived is counted by case."""

    def taken_up(self, run_id: str | None, sent: int, times: int) -> ClientUnderTest:  # noqa: ARG002 - of the interface
        """Nothing is known of what it sent."""
        return self

    def public_profile(self) -> None:
        """A client has no profile: it is judged by what it sends."""

    def handed_over(self) -> None:
        """Each worker starts the client by itself."""
