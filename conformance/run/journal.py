"""The journal of a run: what became of each case as soon as it is known, so that another process can go on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from conformance.evidence.files import error_at, whole_lines

Identity = Mapping[str, str]
"""What makes a run the same run, each part under its name."""


class JournalError(ValueError):
    """The journal is of another run, or none at all; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A case that was judged."""

    case: str
    """As `case_key` names it."""
    reports: tuple[dict[str, Any], ...]
    """pytest's reports of it, as JSON, with what its process counted meanwhile."""
    elapsed_s: float
    """Since its run began, or was taken up again."""
    sent: int = 0
    """Requests of the whole run by then, if they are counted."""


@dataclass(frozen=True, slots=True)
class Past:
    """A run so far."""

    begun: datetime
    run_id: str | None = None
    entries: tuple[Entry, ...] = ()
    duration_s: float = 0.0
    times: int = 0
    """How often it was taken up again before."""

    @property
    def judged(self) -> frozenset[str]:
        """The cases that are not run again."""
        return frozenset(entry.case for entry in self.entries)

    @property
    def sent(self) -> int:
        """Requests until its last case ended, if they are counted."""
        return max((entry.sent for entry in self.entries), default=0)


@dataclass(slots=True)
class Journal:
    """The journal that is being written."""

    path: Path
    _file: TextIO | None = field(default=None, repr=False)

    def begin(self, identity: Identity, past: Past) -> None:
        """Begin a run; raises OSError, with the file's name, if that cannot be written. So does each method here."""
        self._add({"run": dict(identity), "id": past.run_id, "begun": past.begun.isoformat()})

    def take_up(self) -> None:
        """Go on behind the last line that is whole."""
        with self.path.open("r+", encoding="utf-8", newline="") as file:
            whole = sum(map(len, whole_lines(file)))  # ASCII alone: characters are octets
            file.truncate(whole)
        self._add({"resumed": datetime.now(UTC).isoformat()})

    def add(self, entry: Entry) -> None:
        """Write down what became of a case."""
        self._add({part.name: getattr(entry, part.name) for part in fields(entry)})

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what it holds still could not be written, and that was said
                self._file.close()

    def _add(self, data: dict[str, Any]) -> None:
        try:
            if self._file is None:
                self._file = self.path.open("a", encoding="utf-8", newline="")
            self._file.write(json.dumps(data, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError as error:
            raise error_at(error, self.path) from error


def read_journal(path: Path, identity: Identity) -> Past | None:
    """Returns the run so far, None if none was begun; raises JournalError if it is another run, or no journal."""
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as lines:
        entries = list(_entries(path, lines))
    if not entries:
        return None
    first, *rest = entries
    if "run" not in first:
        raise JournalError(f"{path}: does not begin with a run; begin anew, without --resume")
    _must_be_the_same(path, first["run"], identity)
    times = sum("resumed" in line for line in rest)
    begun = datetime.fromisoformat(first["begun"])
    return Past(begun, first["id"], tuple(_cases_in(rest)), _duration_of(rest), times)


def _entries(path: Path, lines: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(whole_lines(lines), start=1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise JournalError(f"{path}: line {number} is no JSON; begin anew, without --resume") from error
        if not isinstance(entry, dict) or not entry.keys() & {"run", "resumed", "case"}:
            raise JournalError(f"{path}: line {number} is no line of a journal; begin anew, without --resume")
        yield entry


def _cases_in(lines: list[dict[str, Any]]) -> Iterator[Entry]:
    """Each case once: of two lines the later one counts."""
    by_case = {line["case"]: line for line in lines if "case" in line}
    for line in by_case.values():
        yield Entry(line["case"], tuple(line["reports"]), line["elapsed_s"], line["sent"])


def _duration_of(lines: list[dict[str, Any]]) -> float:
    """How long the processes of the run took together, each until its last line."""
    total = last = 0.0
    for line in lines:
        if "resumed" in line:
            total, last = total + last, 0.0
        else:
            last = line["elapsed_s"]
    return total + last


def _must_be_the_same(path: Path, then: Mapping[str, str], now: Identity) -> None:
    for name in dict.fromkeys((*then, *now)):
        if then.get(name) != now.get(name):
            words = f"{then.get(name)} then, {now.get(name)} now"
            raise JournalError(
                f"--resume: {path} is of another run: {name} differs ({words}); "
                "go on with the same options, or begin anew, without --resume"
            )
