"""What a calibration tells: a console summary, calibration.json, and the matrix as a page."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from conformance.calibrate.matrix import CalibrationMatrix, as_data, spread_of
from conformance.calibrate.page import render_calibration
from conformance.calibrate.subjects import TARGETS, Kind
from conformance.contract.rules import Role
from conformance.evidence.files import write_whole

NAMES = {Role.SERVER: "calibration", Role.CLIENT: "calibration-client"}
"""Of the files."""


def clear_calibration(role: Role, report_dir: Path) -> None:
    """Take away the matrix of an earlier calibration; raises OSError."""
    for kind in ("json", "html"):
        (report_dir / f"{NAMES[role]}.{kind}").unlink(missing_ok=True)


def write_calibration(result: CalibrationMatrix, duration_s: float, report_dir: Path) -> None:
    """Say it on the console, and write the matrix as JSON and as HTML."""
    data = as_data(result, duration_s)
    name = NAMES[result.role]
    write_whole(report_dir / f"{name}.json", json.dumps(data, indent=1) + "\n")
    write_whole(report_dir / f"{name}.html", render_calibration(result, duration_s))
    _say(result, duration_s)


def _say(result: CalibrationMatrix, duration_s: float) -> None:
    console = Console(highlight=False)
    faults, caught = result.of(Kind.FAULT), result.caught
    libraries, targets = result.of(Kind.LIBRARY), TARGETS[result.role]
    broken = {one.subject.declared[0] for one in caught}
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_row("Faults caught by their rule", f"{len(caught)} of {len(faults)}")
    table.add_row("Rules that a fault breaks", f"{len(broken)} of {len(result.rules)}")
    table.add_row(f"Reference {targets}", str(len(result.of(Kind.REFERENCE))))
    table.add_row(f"Degenerate {targets}", str(len(result.of(Kind.DEGENERATE))))
    if libraries:
        table.add_row("Real libraries", str(len(libraries)))
    table.add_row("Exchanges until a rule saw its fault", spread_of(result))
    table.add_row("Exchanges in all", f"{result.exchanges:,} in {duration_s:.0f} s")
    console.print(table)
    for problem in result.problems:
        console.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
    console.print(
        "[green]Proven[/green]" if result.proven else f"[red]Not proven[/red]: {len(result.problems)} problems"
    )

