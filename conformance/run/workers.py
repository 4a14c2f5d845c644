"""What a process counted in its part of a run, and how it gets from a worker to the controller."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from conformance.run.conformance_run import ConformanceRun

CHANNEL = "synq"
"""The key of xdist's `workerinput` and `workeroutput` under which this suite speaks."""
JUDGED_BEFORE, ENDS, ENOUGH = "synq-judged-before", "synq-ends", "synq-enough"
"""More keys of `workerinput`: cases that are not run again, when the run ends by time.monotonic, and the file that is
there once a failure has ended it."""
CONTROLLER = "synq-controller"
"""One more: whose worker it is."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of one process, or of all of them."""

    exchanges: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    latencies_ms: Mapping[str, int] = field(default_factory=dict)
    generated: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    clock: str | None = None
    """How time was moved, if it was."""
    found: tuple[str, ...] = ()
    """Regression cases in TOML."""
    stopped: str | None = None
    """Why nothing more could be judged."""
    unwritten: str | None = None
    """Why not everything could be kept."""
    planned: Mapping[str, int] = field(default_factory=dict)
    """Cases that there were to be, by rule."""
    notes: tuple[str, ...] = ()
    sent: int = 0
    """By a process that counts by itself."""

    def portable(self) -> dict[str, Any]:
        """Plain JSON types alone: xdist's serializer refuses an enumeration, and the whole count would be lost."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


def counted_from(data: Mapping[str, Any]) -> Counted:
    """What `portable` made; nothing counted if a worker died before it could say."""
    return Counted(**{**data, "found": tuple(data.get("found", ())), "notes": tuple(data.get("notes", ()))})


class Counting:
    """What this process counts, handed over piece by piece: with each case what came about since the one before."""

    def __init__(self, run: ConformanceRun) -> None:
        self._run, self._handed = run, Counted()

    def since(self) -> Counted:
        """What was counted since this was last asked."""
        run, recorder, handed = self._run, self._run.recorder, self._handed
        self._handed = Counted(
            exchanges=recorder.exchanges,
            sent=(run.subject.sent() or 0) if run.counts_apart else 0,
            statuses=dict(recorder.statuses),
            latencies_ms=dict(recorder.latencies_ms),
            generated={name: dict(kinds) for name, kinds in recorder.generated.items()},
            found=tuple(run.found),
            notes=tuple(recorder.notes),
        )
        return Counted(
            exchanges=self._handed.exchanges - handed.exchanges,
            sent=self._handed.sent - handed.sent,
            statuses=_grown(self._handed.statuses, handed.statuses),
            latencies_ms=_grown(self._handed.latencies_ms, handed.latencies_ms),
            generated={
                name: _grown(kinds, handed.generated.get(name, {})) for name, kinds in self._handed.generated.items()
            },
            clock=recorder.clock,
            found=self._handed.found[len(handed.found) :],
            stopped=run.stopped,
            unwritten=recorder.unwritten,
            notes=self._handed.notes[len(handed.notes) :],
        )


def _grown(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in now.items() if count != before.get(name, 0)}


def together(parts: Iterable[Counted]) -> Counted:
    """The counts of all processes; every process of a run plans the same cases."""
    parts = tuple(parts)
    planned: Counter[str] = Counter()
    for part in parts:
        planned |= Counter(part.planned)
    return Counted(
        exchanges=sum(part.exchanges for part in parts),
        sent=sum(part.sent for part in parts),
        statuses=_added(part.statuses for part in parts),
        latencies_ms=_added(part.latencies_ms for part in parts),
        generated=_added_deep(part.generated for part in parts),
        clock=next((part.clock for part in parts if part.clock), None),
        found=tuple(sorted({text for part in parts for text in part.found})),
        stopped=next((part.stopped for part in parts if part.stopped), None),
        unwritten=next((part.unwritten for part in parts if part.unwritten), None),
        planned=planned,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


def _added_deep(counts: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    names: dict[str, list[Mapping[str, int]]] = {}
    for one in counts:
        for name, kinds in one.items():
            names.setdefault(name, []).append(kinds)
    return {name: _added(kinds) for name, kinds in sorted(names.items())}
