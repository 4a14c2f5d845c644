"""The commands over reports that exist already."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from conformance.report.verification import Examined
    from conformance.results.data import Report

REPORT_FILE = click.Path(dir_okay=True, path_type=Path)
KEY_FILE = click.Path(dir_okay=False, path_type=Path)
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


@report.command()
@click.argument("sources", metavar="DIR...", nargs=-1, required=True, type=REPORT_FILE)
@click.option("--output-dir", required=True, type=click.Path(file_okay=False, path_type=Path))
def history(sources: tuple[Path, ...], output_dir: Path) -> None:
    """Put the runs of one subject in a row: verdict and share over time, since when each rule fails, what is unsteady.

    Every report.json in a DIR, at any depth, is one run. history.html and history.json are written.
    """
    from conformance.evidence.files import write_whole  # late, to spare start-up
    from conformance.report.timeline import timeline, timeline_html, timeline_json

    files = dict.fromkeys(file for source in sources for file in _reports_in(source))
    past = _tried(lambda: timeline([(str(file), _load(file)) for file in files]))
    _tried(lambda: output_dir.mkdir(parents=True, exist_ok=True))
    for name, text in (("history.html", timeline_html(past)), ("history.json", timeline_json(past))):
        _tried(partial(write_whole, output_dir / name, text))
        click.echo(output_dir / name)


def _reports_in(source: Path) -> list[Path]:
    """The file itself, or every report.json in the folder."""
    from conformance.report.writing import REPORT  # late, to spare start-up

    found = sorted(source.rglob(REPORT)) if source.is_dir() else [source]
    if not found:
        _refuse(f"{source}: has no {REPORT}, at any depth")
    return found


@report.command()
@click.argument("source", metavar="REPORT", type=REPORT_FILE)
@click.option(
    "--key", required=True, metavar="FILE", type=KEY_FILE, help="A private key in PEM: Ed25519, ECDSA or RSA."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: beside the report.")
def attest(source: Path, key: Path, output: Path | None) -> None:
    """Sign what REPORT comes to: an in-toto test-result statement over its digest, in a DSSE envelope.

    A report that is not what its rules come to, or whose files were changed, is not signed: exit code 1. The password
    of an encrypted key is taken from SYNQ_KEY_PASSWORD.
    """
    from conformance.evidence.files import write_whole  # late, to spare start-up
    from conformance.report.belonging import ENVELOPE, file_digest
    from conformance.report.format import Evidence
    from conformance.report.formats import intoto
    from conformance.report.signing import KeyRefused, signed

    password = os.environ.get("SYNQ_KEY_PASSWORD")
    path = _file(source)
    found = _load(path)
    if wrong := [one for one in _examined(path, found, None) if one.is_wrong]:
        _refuse(f"{path}: not signed: {wrong[0].what}: {wrong[0].words}", 1)
    statement = intoto.render(found, Evidence(_tried(lambda: file_digest(path))))
    try:
        envelope = signed(statement, _tried(key.read_bytes), password.encode() if password else None)
    except KeyRefused as error:
        _refuse(f"--key {key}: {error}")
    target = output or path.with_name(ENVELOPE)
    _tried(lambda: write_whole(target, envelope))
    click.echo(target)


@report.command("verify")
@click.argument("source", metavar="REPORT", type=REPORT_FILE)
@click.option(
    "--key", "keys", metavar="FILE", multiple=True, type=KEY_FILE, help="A public key in PEM; each must have signed."
)
@click.option("--unsigned", is_flag=True, help="Look at the report and its files alone, not at a signature.")
@click.option("--envelope", type=KEY_FILE, help="The signed statement. Default: beside the report.")
@click.option("--waivers", type=KEY_FILE, help="The waiver file that the run heeded.")
def verify_report(
    source: Path, keys: tuple[Path, ...], unsigned: bool, envelope: Path | None, waivers: Path | None
) -> None:
    """Is REPORT what it says, as it was when it was signed, and by these keys?

    The exit code is 1 if anything is wrong. It says what is covered, and what could not be looked at.
    """
    from conformance.report.belonging import ENVELOPE, file_digest  # late, to spare start-up
    from conformance.report.signing import KeyRefused
    from conformance.report.verification import envelope_examined, summed_up

    if not keys and not unsigned:
        _refuse("name the signer's public key with --key, or say --unsigned to look at the report alone")
    path = _file(source)
    found = _load(path)
    examined = _examined(path, found, waivers)
    if keys:
        signed_file = envelope or path.with_name(ENVELOPE)
        text = _tried(lambda: _text(signed_file))
        pems = [_tried(key.read_bytes) for key in keys]
        try:
            examined = [*envelope_examined(text, pems, _tried(lambda: file_digest(path)), found), *examined]
        except KeyRefused as error:
            _refuse(f"--key: {error}")
    for line in summed_up(examined, signed=bool(keys)):
        click.echo(line)
    sys.exit(1 if any(one.is_wrong for one in examined) else 0)


def _examined(path: Path, found: Report, waivers: Path | None) -> list[Examined]:
    """All that is known of a report without a signature."""
    from conformance.evidence.files import JOURNAL  # late, to spare start-up
    from conformance.report.verification import files_examined, journal_examined, report_examined

    folder = path.parent
    return [
        *report_examined(_text(path), found),
        *_tried(lambda: list(files_examined(found, folder, waivers))),
        *_tried(lambda: list(journal_examined(found, folder / JOURNAL))),
    ]


def _text(path: Path) -> str:
    """The file's text; octets that are no UTF-8 stay apart from all others."""
    return path.read_bytes().decode("utf-8", "surrogateescape")


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
