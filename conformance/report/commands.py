"""The commands over reports that exist already."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from conformance.results.data import Report

REPORT_FILE = click.Path(dir_okay=True, path_type=Path)
WAIVED_FOR = timedelta(days=30)

_page_format = click.option(
    "--format", "style", type=click.Choice(("markdown", "html")), default="markdown", show_default=True
)
_output = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, not to the terminal."
)


@click.group()
def report() -> None:
    """Make more of reports: any format again, a comparison, a matrix, one report of several, a waiver file."""


@report.command()
@click.argument("source", metavar="REPORT", type=REPORT_FILE)
@click.option(
    "--format", "names", metavar="NAME", multiple=True, help="As junit, sarif…; may be given again. Default: every one."
)
@click.option("--output-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: the report's folder.")
def render(source: Path, names: tuple[str, ...], output_dir: Path | None) -> None:
    """Write a report in other formats.

    REPORT is a report.json, or the folder that has it.
    """
    from conformance.report.writing import formats, unknown_format, write_formats  # late, to spare start-up

    if problem := unknown_format(names):
        _refuse(f"--format: {problem}")
    path = _file(source)
    found = _load(path)
    folder = output_dir or path.parent
    with _held(folder):
        written = _tried(lambda: write_formats(found, path, folder, names or tuple(formats())))
    for one in written:
        click.echo(one)


@report.command()
@click.argument("old", type=REPORT_FILE)
@click.argument("new", type=REPORT_FILE)
@_page_format
@_output
def compare(old: Path, new: Path, style: str, output: Path | None) -> None:
    """Say what changed from OLD to NEW.

    The exit code is 1 if something fails that did not fail before, or if a required rule is judged less than before.
    """
    from conformance.report import compare as comparing  # late, to spare start-up

    found = _tried(lambda: comparing.comparison(_load(old), _load(new)))
    _give(comparing.comparison_markdown(found) if style == "markdown" else comparing.comparison_html(found), output)
    sys.exit(1 if found.regressed else 0)


@report.command()
@click.argument("sources", metavar="REPORT...", nargs=-1, required=True, type=REPORT_FILE)
@click.option(
    "--format", "style", type=click.Choice(("markdown", "html", "csv")), default="markdown", show_default=True
)
@click.option("--requirements", is_flag=True, help="By demand of the guide, with the rules that judge each.")
@_output
def matrix(sources: tuple[Path, ...], style: str, output: Path | None, requirements: bool) -> None:
    """Put one subject or several side by side, by rule or by demand of the guide."""
    from conformance.report import matrix as tabling  # late, to spare start-up
    from conformance.report import requirements_matrix as tracing

    reports = [_load(source) for source in sources]
    if requirements:
        by_demand = tracing.requirements_matrix(reports)
        written = {
            "markdown": tracing.requirements_markdown,
            "html": tracing.requirements_html,
            "csv": tracing.requirements_csv,
        }
        _give(written[style](by_demand), output)
        return
    found = _tried(lambda: tabling.outcome_matrix(reports))
    as_table = {"markdown": tabling.matrix_markdown, "html": tabling.matrix_html, "csv": tabling.matrix_csv}
    _give(as_table[style](found), output)


@report.command()
@click.argument("sources", metavar="REPORT...", nargs=-1, required=True, type=REPORT_FILE)
@click.option("--output-dir", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--format", "names", metavar="NAME", multiple=True, help="This one too (junit…); may be given again.")
def merge(sources: tuple[Path, ...], output_dir: Path, names: tuple[str, ...]) -> None:
    """Make one report of sharded or repeated runs.

    The exit code is that of the whole. Parts of different contract versions, targets or seeds are refused.
    """
    from conformance.report import merge as merging  # late, to spare start-up
    from conformance.report.console import print_report
    from conformance.report.writing import join_exchanges, unknown_format, write_report

    if problem := unknown_format(names):
        _refuse(f"--format: {problem}")
    files = [_file(source) for source in sources]
    found = _tried(lambda: merging.merged([_load(file) for file in files]))
    with _held(output_dir):
        _tried(lambda: join_exchanges(files, output_dir))
        _, page, *_ = _tried(lambda: write_report(found, output_dir, tuple(dict.fromkeys(("html", *names)))))
    print_report(found, page=page)
    sys.exit(found.exit_code)


@report.command("waivers-suggest")
@click.argument("source", metavar="REPORT", type=REPORT_FILE)
@click.option("--until", metavar="DATE", type=click.DateTime(("%Y-%m-%d",)), help="Their last day; else in 30 days.")
@_output
def waivers_suggest(source: Path, until: datetime | None, output: Path | None) -> None:
    """Write a starting waiver file from the failures of REPORT."""
    from conformance.results import waivers  # late, to spare start-up

    _give(waivers.suggest(_load(source), _last_day(until)), output)


@report.command("unassessed-suggest")
@click.argument("source", metavar="REPORT", type=REPORT_FILE)
@click.option("--until", metavar="DATE", type=click.DateTime(("%Y-%m-%d",)), help="Their last day; else in 30 days.")
@_output
def unassessed_suggest(source: Path, until: datetime | None, output: Path | None) -> None:
    """Write a starting list for --unassessed from what REPORT left open."""
    from conformance.results import coverage  # late, to spare start-up

    _give(coverage.suggest_unassessed(_load(source), _last_day(until)), output)


def _last_day(until: datetime | None) -> date:
    return until.date() if until else date.today() + WAIVED_FOR  # noqa: DTZ011 - a day as its reader counts it


def _file(source: Path) -> Path:
    from conformance.report.writing import REPORT  # late, to spare start-up

    return source / REPORT if source.is_dir() else source


def _load(source: Path) -> Report:
    from conformance.results import data as results  # late, to spare start-up

    path = _file(source)
    try:
        return results.loads(path.read_text("utf-8"))
    except OSError as error:
        _refuse(f"{path}: {error.strerror}; name a report.json, or the folder that has it")
    except (UnicodeDecodeError, results.ReportError) as error:
        _refuse(f"{path}: not a report: {error}")


def _held(folder: Path) -> IO[str]:
    """The lock of a folder that is written to; exits with 2 and one line if a run has it."""
    from conformance.report.lock import FolderInUse, lock  # late, to spare start-up

    try:
        return _tried(lambda: lock(folder))  # type: ignore[no-any-return]  # what the act gives
    except FolderInUse as error:
        _refuse(str(error))


def _tried(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the act gives
    """Returns the act's value; exits with one line if its input was wrong, or its output could not be written.

    The exit code is 2, or 3 if the disk is full: then nothing was wrong with the call.
    """
    from conformance.evidence.files import has_no_room, not_written  # late, to spare start-up
    from conformance.results.data import ReportError

    try:
        return act()
    except ReportError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(not_written(error), 3 if has_no_room(error) else 2)


def _give(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        from conformance.evidence.files import write_whole  # late, to spare start-up

        _tried(lambda: write_whole(output, text))


def _refuse(message: str, code: int = 2) -> NoReturn:
    from conformance.report.text import one_line  # late, to spare start-up

    click.echo(one_line(message, 500), err=True)
    sys.exit(code)
