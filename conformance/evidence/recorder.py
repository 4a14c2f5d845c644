"""What is kept of a run: every exchange as a line of JSON, and every finding, both without secrets."""

from __future__ import annotations

import json
import math
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from conformance.evidence.files import error_at, not_written
from conformance.evidence.judge import evidence
from conformance.evidence.redaction import Redactor
from conformance.http.exchange import Exchange
from conformance.results.data import Finding

EXCHANGES = "exchanges.jsonl"
"""The record in a report folder: a line of JSON for each exchange. Each worker has a file of its own next to it."""
BATCH = 256
"""Exchanges that are held before they are written."""
LATENCY_BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, math.inf)


@dataclass(frozen=True, slots=True)
class KeptExchanges:
    """An exchange and the case for which it took place."""

    rule: str
    case: str
    part: str
    """Why: "subject" is judged, "control" must be accepted, "step" prepares, "doubt" was asked for again."""
    exchange: Exchange


class Recorder:
    """The record of one process. Nothing leaves it unredacted."""

    def __init__(self, path: Path | None, redactor: Redactor | None = None, *, carried: bool = False) -> None:
        """`path` is the file for exchanges; `carried`: they are handed over in place of being written there."""
        self.redactor = redactor or Redactor()
        self.exchanges = 0
        self.statuses: Counter[str] = Counter()
        self.latencies_ms: Counter[str] = Counter()
        self.generated: dict[str, Counter[str]] = {}
        self.rule = self.case = ""
        self.clock: str | None = None
        """How time was moved, if it was."""
        self.notes: list[str] = []
        """What the reader of the report should know besides."""
        self.incidents: list[tuple[str, Finding]] = []
        """Violations that a case came upon although it is about another rule: that rule, and what breaks it."""
        self.unwritten: str | None = None
        """Why exchanges are no longer kept, if that is so."""
        self._path = path
        self._file: TextIO | None = None
        self._waiting: list[KeptExchanges] = []
        self._carried: list[str] | None = [] if carried else None

    def begin(self, rule: str, case: str) -> None:
        """What follows belongs to this case."""
        self.rule, self.case = rule, case

    def take_incidents(self) -> tuple[tuple[str, Finding], ...]:
        """What the present case came upon, which is handed out once."""
        taken = tuple(self.incidents)
        self.incidents.clear()
        return taken

    def secret(self, secret: str, label: str = "[secret]") -> None:
        """From here on the text `secret` is kept as `label`, and its parts as parts of that."""
        self.redactor.name(secret, label)

    def exchange(self, exchange: Exchange, part: str = "subject") -> None:
        """Keep an exchange."""
        self.exchanges += 1
        self.statuses["none" if exchange.status is None else str(exchange.status)] += 1
        milliseconds = exchange.duration_s * 1000
        self.latencies_ms[str(next(bound for bound in LATENCY_BOUNDS_MS if milliseconds <= bound))] += 1
        if self._path is not None:
            self._waiting.append(KeptExchanges(self.rule, self.case, part, exchange))
            if len(self._waiting) >= BATCH:
                self.flush()

    def keep(self, exchanges: list[Exchange]) -> list[Exchange]:
        """Keep exchanges that took place together; the same again."""
        for exchange in exchanges:
            self.exchange(exchange)
        return exchanges

    def spread(self, strategy: str, kind: str) -> None:
        """Count a generated input under its class."""
        self.generated.setdefault(strategy, Counter())[str(kind)] += 1

    def flush(self) -> None:
        """Write what is held. If that cannot be done, nothing more is kept: no check may see it, and fail by it."""
        if self._path is None or not self._waiting:
            return
        lines = "".join(map(self._line, self._waiting))
        self._waiting.clear()  # before they are written: an interruption may lose lines, and never halves one
        self._write(lines)

    def _write(self, lines: str) -> None:
        if self._carried is not None:
            self._carried.append(lines)
            return
        if self._path is None:
            return
        try:
            if self._file is None:
                self._file = self._path.open("a", encoding="utf-8")
            self._file.write(lines)
            self._file.flush()
        except OSError as error:
            self.unwritten = not_written(error_at(error, self._path))
            self._path = None

    def take_carried(self) -> str:
        """The lines that are to be handed over, once."""
        lines = "".join(self._carried or ())
        if self._carried:
            self._carried.clear()
        return lines

    def take_over(self, lines: str) -> None:
        """Write lines that another process's recorder handed over."""
        self.flush()
        self._write(lines)

    def close(self) -> None:
        self.flush()
        if self._file is not None:
            with suppress(OSError):  # it was told when it was written
                self._file.close()

    def finding(self, finding: Finding) -> Finding:
        """The finding without secrets."""
        redactor = self.redactor
        return replace(
            finding,
            summary=redactor.text(finding.summary),
            got=redactor.data(finding.got),
            case=None if finding.case is None else redactor.text(finding.case),
            explanation=None if finding.explanation is None else redactor.text(finding.explanation),
            curl=None if finding.curl is None else redactor.text(finding.curl),
            exchange=redactor.data(finding.exchange),
            control=redactor.data(finding.control),
        )

    def _line(self, kept: KeptExchanges) -> str:
        data: dict[str, Any] = {
            "rule": kept.rule,
            "case": kept.case,
            "part": kept.part,
            "started": round(kept.exchange.started, 6),
            **evidence(kept.exchange),
        }
        return json.dumps(self.redactor.data(data), ensure_ascii=True) + "\n"
