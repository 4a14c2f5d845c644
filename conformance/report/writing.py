"""Writes a report in any of its formats: a format is a module of `formats` with a FILENAME and a render."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from conformance.evidence.files import whole_lines, write_whole
from conformance.evidence.recorder import EXCHANGES
from conformance.report import formats as formats_room
from conformance.report.format import Evidence, Format
from conformance.report.github import tell_workflow
from conformance.results import data as results
from conformance.results.data import Report, ReportError
from conformance.toml.schema import meant

REPORT = "report.json"
EXCHANGE_FORMATS = frozenset({"har"})
"""Formats that show every kept exchange."""


def formats() -> dict[str, Format]:
    """Every format by its name, which is its module's."""
    found = (info.name for info in pkgutil.iter_modules(formats_room.__path__) if not info.ispkg)
    modules = {name: importlib.import_module(f"{formats_room.__name__}.{name}") for name in found}
    return {name: module for name, module in modules.items() if hasattr(module, "FILENAME")}


def unknown_format(names: Iterable[str]) -> str | None:
    """What to say of the first of these names that no format has, or None."""
    known = formats()
    unknown = next((name for name in names if name not in known), None)
    return None if unknown is None else f"there is no {unknown!r}{meant(unknown, known)}; there are {', '.join(known)}"


def evidence_of(report: Report, exchanges: Iterable[dict[str, Any]] = ()) -> Evidence:
    """The evidence of a report that is written as it stands."""
    digest = hashlib.sha256(results.dumps(report).encode()).hexdigest()
    return Evidence(digest, tuple(exchanges))


def read_exchanges(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the kept exchanges of a JSON Lines file, none if it is not there; raises ReportError for a bad line.

    A last line that was cut is none: its run was killed.
    """
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(whole_lines(lines), start=1):
            try:
                exchange = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ReportError(f"{path}: line {number}: {error}") from error
            if not results.is_exchange(exchange):
                raise ReportError(f"{path}: line {number}: not an exchange")
            yield exchange


def write_report(report: Report, folder: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Write report.json and these formats into the folder, which is made if it is missing.

    A GitHub workflow that the run is a step of is told of it as well.
    Raises KeyError for an unknown format, OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / REPORT
    write_whole(source, results.dumps(report))
    tell_workflow(report, evidence_of(report), folder, os.environ)
    return (source, *write_formats(report, source, folder, names))


def write_formats(report: Report, source: Path, folder: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Write these formats of a report that lies at `source`, with the exchanges that were kept in its folder.

    Raises KeyError for an unknown format, ReportError for a bad record of exchanges, OSError if the folder
    cannot be written.
    """
    known = formats()
    exchanges = read_exchanges(source.with_name(EXCHANGES)) if EXCHANGE_FORMATS & set(names) else ()
    evidence = Evidence(hashlib.sha256(source.read_bytes()).hexdigest(), tuple(exchanges))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in names:
        path = folder / known[name].FILENAME
        write_whole(path, known[name].render(report, evidence))
        paths.append(path)
    return tuple(paths)


def join_exchanges(reports: Iterable[Path], folder: Path) -> Path:
    """Put the exchanges kept with these reports into one file of the folder, which is returned.

    Raises OSError if that cannot be done.
    """
    kept = [path.with_name(EXCHANGES) for path in reports]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / EXCHANGES
    write_whole(path, "".join(line for each in kept for line in _lines_of(each)))
    return path


def _lines_of(path: Path) -> Iterator[str]:
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            yield from whole_lines(lines)
