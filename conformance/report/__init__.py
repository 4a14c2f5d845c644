"""The faces of a report: a format is a module of this package with a FILENAME and a render."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from conformance import results
from conformance.results import Report

REPORT = "report.json"
EXCHANGES = "exchanges.jsonl"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run left beside its report."""

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


def formats() -> dict[str, Format]:
    """Every format by its name, which is its module's."""
    found = (info.name for info in pkgutil.iter_modules(__path__) if not info.ispkg)
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in found}
    return {name: module for name, module in modules.items() if hasattr(module, "FILENAME")}


def evidence_of(report: Report, exchanges: Iterable[dict[str, Any]] = ()) -> Evidence:
    """The evidence of a report that is written as it stands."""
    digest = hashlib.sha256(results.dumps(report).encode()).hexdigest()
    return Evidence(digest, tuple(exchanges))


def write(
    report: Report, folder: Path, names: Sequence[str], exchanges: Iterable[dict[str, Any]] = ()
) -> tuple[Path, ...]:
    """Write report.json and these formats into the folder, which is made where it is missing.

    KeyError for an unknown format; OSError where the folder cannot be written.
    """
    known = formats()
    chosen = [known[name] for name in names]
    evidence = evidence_of(report, exchanges)
    texts = {REPORT: results.dumps(report)} | {one.FILENAME: one.render(report, evidence) for one in chosen}
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / name for name in texts)
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, "utf-8", newline="\n")
    return paths
