"""The summary at the end of a run, for a terminal or a log."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.contract.rules import Level
from conformance.contract.words import plural
from conformance.report import view
from conformance.report.encodings import fit_to_encoding
from conformance.report.failure_groups import FailureGroup, failure_groups, group_note, group_title
from conformance.report.operation_table import operations_in_words
from conformance.report.page import MARKS
from conformance.report.text import either, got, one_line, plain, request_text, response_text
from conformance.results.data import Finding, Outcome, Report, RuleResult, Verdict

FINDINGS_SHOWN = 3
"""Findings of a rule that are printed in full; the report has the rest."""

_TRAILING = re.compile(r" +$", re.MULTILINE)

_STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.FLAKY: "bold red",
    Outcome.PARTLY_ASSESSED: "yellow",
    Outcome.NOT_ASSESSED: "yellow",
    Outcome.WAIVED: "magenta",
    Outcome.ERROR: "bold yellow",
}
_VERDICT_STYLES = {
    Verdict.CONFORMANT: "bold green",
    Verdict.CONFORMANT_AS_ASSESSED: "bold yellow",
    Verdict.NOT_CONFORMANT: "bold red",
    Verdict.NOT_ASSESSED: "bold yellow",
}


def print_report(
    report: Report, file: IO[str] | None = None, *, width: int | None = None, page: Path | None = None
) -> None:
    """Print the summary: coloured on a terminal, plain text anywhere else; `page` is the file that says more."""

    console = Console(file=file, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)
    with console.capture() as captured:
        _failures(console, report)
        _troubles(console, report)
        _open(console, report)
        _sections(console, report)
        _foot(console, report)
        if page is not None:
            console.print(f"The whole report: {page}", soft_wrap=True)
    fit_to_encoding(console.file)
    console.file.write(_TRAILING.sub("", captured.get()))  # rich fills its lines with blanks, up to the last column


def print_verdict(report: Report, file: IO[str] | None = None, *, page: Path | None = None) -> None:
    """The last lines of the summary alone, after a reporter that has told of every check itself."""
    console = Console(file=file, highlight=False, markup=False, emoji=False)
    fit_to_encoding(console.file)
    for complaint in report.complaints:
        console.print(_text(f"! {one_line(complaint)}", "bold yellow"), soft_wrap=True)
    console.print(_text(view.headline(report), _VERDICT_STYLES[report.verdict]), soft_wrap=True)
    console.print(_text(view.report_summary(report)), soft_wrap=True)
    if page is not None:
        console.print(f"The whole report: {page}", soft_wrap=True)


def _text(value: str, style: str = "") -> Text:
    return Text(value, style=style)


def _heading(console: Console, words: str) -> None:
    console.print()
    console.print(_text(words, "bold"))


def _failures(console: Console, report: Report) -> None:
    broken = view.broken(report)
    if broken:
        _heading(console, f"Failed ({len(broken)})")
    groups = failure_groups(report, broken)
    for group in groups:
        if any(one.cause for one in groups):
            console.print()
            console.print(_text(f"{group_title(group)}.", "bold"))
        if note := group_note(group):
            _indented(console, note, "dim")
        _group(console, report, group)


def _group(console: Console, report: Report, group: FailureGroup) -> None:
    """Of rules that one cause explains the first in full, the others in short: the cause is what is mended."""
    in_full = group.rules if group.cause is None else group.rules[:1]
    for rule in in_full:
        _failure(console, report, rule)
    if len(in_full) < len(group.rules):
        console.print()
    for rule in group.rules[len(in_full) :]:
        _head(console, rule)
        summary = view.findings(rule)[0].summary if rule.findings else rule.reason or view.report_title(rule)
        _indented(console, one_line(summary), "red")


def _head(console: Console, rule: RuleResult) -> None:
    mark = _text(f"{MARKS[rule.outcome]} ", "bold red")
    console.print(mark + _text(one_line(rule.id), "bold") + _text(f"  {rule.level}", "dim"))


def _failure(console: Console, report: Report, rule: RuleResult) -> None:
    console.print()
    _head(console, rule)
    _indented(console, one_line(view.report_title(rule)))
    if rule.outcome is Outcome.FLAKY and rule.reason:
        _indented(console, one_line(rule.reason), "red")
    for finding in view.findings(rule)[:FINDINGS_SHOWN]:
        _finding(console, finding, view.script(report.run, rule, finding, view.PRINTED))
    if (more := len(rule.findings) - FINDINGS_SHOWN) > 0:
        _indented(console, f"… and {plural(more, 'finding')} more in the report", "dim")
    if (law := view.law(rule)) and law.fix:
        _labelled(console, "fix", law.fix)


def _finding(console: Console, finding: Finding, script: str) -> None:
    console.print()
    _indented(console, one_line(finding.summary), "red")
    if finding.case:
        _labelled(console, "case", one_line(finding.case))
    if finding.explanation:
        _labelled(console, "meaning", one_line(finding.explanation, 1000))
    if finding.cause:
        _labelled(console, "cause", f"likely: {one_line(finding.cause, 500)}")
    _labelled(console, "expected", either(finding.expected))
    _labelled(console, "got", got(finding.got))
    if finding.exchange:
        _labelled(console, "request", request_text(finding.exchange, 400))
        _labelled(console, "answer", response_text(finding.exchange, 400))
    if finding.control:
        control = f"{request_text(finding.control, 0).splitlines()[0]} was answered "
        _labelled(console, "control", control + response_text(finding.control, 0).splitlines()[0])
    console.print(_text("    repeat", "dim"))
    for line in script.splitlines():
        # Not folded by us: a command has to survive being copied.
        console.print(_text(f"      {line}"), soft_wrap=True)


def _indented(console: Console, text: str, style: str = "") -> None:
    console.print(Padding(_text(text, style), (0, 0, 0, 2)))


def _labelled(console: Console, label: str, text: str) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=8, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(_text(label), _text(plain(text)))

    console.print(Padding(grid, (0, 0, 0, 4)))


def _troubles(console: Console, report: Report) -> None:
    errors = view.by_outcome(report, Outcome.ERROR)
    if errors:
        _heading(console, f"Errors of the suite, the adapter or the network ({len(errors)})")
    for rule in errors:
        _listed(console, rule, "! ", rule.reason or "no reason was recorded")


def _open(console: Console, report: Report) -> None:
    missing = view.missing(report)
    if missing:
        counted = Counter(rule.outcome for _, rules in missing for rule in rules)
        partly, unseen = counted[Outcome.PARTLY_ASSESSED], counted[Outcome.NOT_ASSESSED]
        _heading(console, f"Not assessed ({unseen}) or only in part ({partly}), and what to supply")
    for reason, rules in missing:
        console.print(_text("? ", _STYLES[Outcome.NOT_ASSESSED]) + _text(one_line(reason, 500)))
        _indented(console, ", ".join(map(_open_one, rules)), "dim")
    if waived := view.waivers(report):
        _heading(console, f"Waived ({len(waived)})")
    for rule, _, waiver in waived:
        _listed(console, rule, "~ ", view.waiver_line(waiver))


def _open_one(rule: RuleResult) -> str:
    extent = view.in_part(rule)
    return f"{one_line(rule.id)} ({rule.level}{f', {extent}' if extent else ''})"


def _listed(console: Console, rule: RuleResult, mark: str, text: str) -> None:
    console.print(_text(mark, _STYLES[rule.outcome]) + _text(rule.id) + _text(f"  {rule.level}", "dim"))
    _indented(console, one_line(text, 500), "dim")


def _sections(console: Console, report: Report) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Section", overflow="fold", ratio=1)
    seen = {rule.outcome for rule in report.rules}
    shown = [outcome for outcome in view.WEIGHT if outcome in seen | {Outcome.FAILED, Outcome.PASSED}]
    for outcome in shown:
        table.add_column(view.WORDS[outcome].capitalize(), justify="right")
    for name, rules in view.sections(report):
        counted = dict(view.counts(rules))
        cells = (_text(str(counted[item]), _STYLES[item]) if item in counted else _text("·", "dim") for item in shown)
        table.add_row(_text(one_line(name)), *cells)
    console.print()
    console.print(table)
    if report.operations:
        console.print(_text(f"Operations: {operations_in_words(report)}"))


def _foot(console: Console, report: Report) -> None:
    console.print()
    for complaint in report.complaints:
        console.print(_text(f"! {one_line(complaint)}", "bold yellow"))
    for note in report.run.notes:
        console.print(_text(f"Note: {one_line(note)}", "dim"))
    console.print(_text(view.headline(report), _VERDICT_STYLES[report.verdict]))
    console.print(_text(view.report_summary(report)))
    for level in Level:
        grade = report.grades[level]
        console.print(
            _text(f"  {level:<10}", "dim")
            + _text(
                f"{grade.passed} passed, {grade.failed} failed, {grade.partly_assessed} partly assessed, "
                f"{grade.not_assessed} not assessed, {grade.waived} waived"
            )
        )
    run = report.run
    name = one_line(report.subject.name)
    url = f" at {one_line(report.subject.base_url)}" if report.subject.base_url else ""
    console.print(
        _text(
            f"{name}{url}: {plural(run.exchanges, 'exchange')} in {run.duration_s:.1f} s, "
            f"seed {run.seed}, depth {one_line(run.depth)}, contract {one_line(report.contract.version)}",
            "dim",
        )
    )
