"""Check every adapter of a folder with synq-conformance, and compare what it finds with what is right.

python -m conformance.selftest.adapters [NAME]…
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

import click

from conformance.selftest.adapters.subjects import Found, Subject, differences, load

PROGRAM = "from conformance.cli import main; main()"
FOLDER = Path("fixtures") / "adapters"


def check(subject: Subject, reports: Path, arguments: Sequence[str], timeout_s: float) -> Found:
    """Run the client suite on one adapter."""
    reports.mkdir(parents=True, exist_ok=True)
    report = reports / "report.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-c", PROGRAM, "client", "--adapter", subject.where]
    command += ["--report-dir", str(reports), "--level", "hardening", *arguments]
    began = time.monotonic()
    with (reports / "said.txt").open("w+b") as said:
        process = subprocess.Popen(  # noqa: S603 - the suite itself, with our arguments
            command, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            exit_code: int | None = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            exit_code = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        seconds = time.monotonic() - began
        said.seek(0)
        last = said.read().decode("utf-8", "replace").strip()[-400:]
    data = json.loads(report.read_text("utf-8")) if report.exists() else {"rules": [], "run": {}}
    rules = {rule["id"]: rule for rule in data["rules"]}
    return Found(exit_code, seconds, rules, last, data["run"].get("clock"))


def row(subject: Subject, found: Found, wrong: Sequence[str]) -> dict[str, object]:
    """The outcome as JSON data, for whoever makes a matrix of many."""
    return {
        "name": subject.name,
        "language": subject.language,
        "expect": subject.expect,
        "breaks": subject.breaks,
        "consequences": subject.consequences,
        "exit_code": found.exit_code,
        "seconds": round(found.seconds, 1),
        "clock": found.clock,
        "outcomes": {rule_id: rule["outcome"] for rule_id, rule in found.rules.items()},
        "differences": list(wrong),
    }


def print_table(rows: Sequence[dict[str, object]], subjects: Sequence[Subject]) -> None:
    """What was right to find, and what was found."""
    from rich.console import Console
    from rich.table import Table

    table = Table("adapter", "right", "failed", "s")
    for one, subject in zip(rows, subjects, strict=True):
        outcomes = one["outcomes"] if isinstance(one["outcomes"], dict) else {}
        failed = ", ".join(rule for rule, outcome in outcomes.items() if outcome == "failed")
        right = ", ".join(subject.breaks) or subject.expect
        table.add_row(subject.name, right, failed, str(one["seconds"]), style="red" if one["differences"] else None)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@click.command(context_settings={"show_default": True})
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--folder", type=click.Path(path_type=Path, exists=True), default=FOLDER, help="Where adapters are.")
@click.option("--report-dir", type=click.Path(path_type=Path), help="Keep every adapter's reports here.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the outcomes here as JSON.")
@click.option("--timeout", "timeout_s", default=180.0, help="Seconds that one adapter may take.")
@click.option("-j", "together", default=1, help="How many are checked at a time.")
@click.option("--suite-arg", "arguments", multiple=True, help="An argument for the suite; repeatable.")
def main(
    names: tuple[str, ...],
    folder: Path,
    report_dir: Path | None,
    json_file: Path | None,
    timeout_s: float,
    together: int,
    arguments: tuple[str, ...],
) -> None:
    """Check the named adapters (patterns; all without a name) and exit 1 where a verdict is not the right one."""
    every = load(folder)
    subjects = [one for one in every if not names or any(fnmatch(one.name, pattern) for pattern in names)]
    if not subjects:
        raise click.UsageError(f"no adapter below {folder} is called {' or '.join(names)}")
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(together) as pool:

        def judged(subject: Subject) -> dict[str, object]:
            reports = (report_dir or Path(temporary)) / subject.name.replace(":", "-")
            found = check(subject, reports, arguments, timeout_s)
            wrong = differences(subject, found)
            lines = [f"{'WRONG' if wrong else 'right'} {subject.name} ({found.seconds:.1f} s)", *wrong]
            click.echo("\n      ".join(lines))
            return row(subject, found, wrong)

        rows = list(pool.map(judged, subjects))
    print_table(rows, subjects)
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    if any(one["differences"] for one in rows):
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()
