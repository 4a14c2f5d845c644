"""What a run judges, behind one interface: a server, a client, or what calibration puts in their place."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from conformance.evidence.recorder import Recorder
from conformance.results.data import Subject


class SubjectUnderTest(Protocol):
    """Described, asked once beforehand, and opened for the checks."""

    @property
    def named_by(self) -> tuple[str, ...]:
        """The words of the command line that name it, such as ("--url", "https://staging.example")."""

    @property
    def fingerprint(self) -> str:
        """The same for the same subject, whatever its secrets are: a run is taken up again only before this one."""

    @property
    def first_line(self) -> str:
        """What the run checks, for the first line that it prints."""

    @property
    def run_id(self) -> str | None:
        """What User-Agent and X-Request-ID of the run's requests say; None if they say nothing."""

    def describe(self) -> Subject:
        """What the report calls it, as well as it is known by now."""

    def preflight(self, recorder: Recorder) -> tuple[SubjectUnderTest, str | None]:
        """Returns the subject as it is to be judged, and why nothing can be, if so, with what to do."""

    def open(self, recorder: Recorder) -> AbstractContextManager[Any]:
        """What its checks speak to, for as long as the block lasts."""

    def sent(self) -> int | None:
        """Requests that all processes of the run sent to it; None if only its cases' exchanges are counted."""

    def taken_up(self, run_id: str | None, sent: int, times: int) -> SubjectUnderTest:
        """The same in a run that goes on, which had this id, and had sent so many requests.

        `times` says how often it was interrupted.
        """

    def public_profile(self) -> str | None:
        """All that is known of it beforehand, without secrets, as JSON; None of what has no profile."""

    def handed_over(self) -> str | None:
        """What a worker process needs in order not to look it up again; None if it needs nothing."""
