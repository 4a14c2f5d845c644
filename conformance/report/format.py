"""What a format of the report is: a module with a FILENAME and a render."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from conformance.results.data import Report


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run left in the folder of its report."""

    sha256: str
    """Of report.json, in hexadecimal."""
    exchanges: tuple[dict[str, Any], ...] = ()
    """The kept exchanges, redacted: the lines of exchanges.jsonl."""


class Format(Protocol):
    """A module that renders reports."""

    FILENAME: str

    def render(self, report: Report, evidence: Evidence) -> str:
        """The whole file; the same report and evidence always give the same text."""
        ...
