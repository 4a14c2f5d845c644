"""Markdown for a pull request or a step summary: verdict, grades, what broke, what is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.contract.words import plural
from conformance.report import markup, view
from conformance.report.failure_groups import FailureGroup, failure_groups, group_note, group_title
from conformance.report.operation_table import OperationTable, operation_table, operations_in_words
from conformance.report.page import MARKS
from conformance.report.text import either, got, request_text, response_text, some_of
from conformance.results.data import Finding, Outcome, RuleResult

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report, Run

FILENAME = "report.md"
LIMIT = 900_000
"""Octets. GitHub refuses a step summary of more than 1 MiB."""
MESSAGE_SHOWN = 1500
UNASKED_SHOWN = 10
"""Operations of one reason that are named."""


def render(report: Report, evidence: Evidence) -> str:
    """The summary, whole or cut at the limit between two rules."""
    parts: list[str] = []
    left = LIMIT
    for part in _parts(report, evidence):
        left -= len(part.encode()) + 2
        if left < 0:
            parts.append("*Too long to show here: report.json and report.html have the rest.*")
            break
        parts.append(part)
    return "\n\n".join(parts) + "\n"


def _parts(report: Report, evidence: Evidence) -> Iterator[str]:
    subject = report.subject
    where = f" at {markup.code(subject.base_url)}" if subject.base_url else ""
    yield f"# Synq contract: {markup.inline(view.headline(report)[0].lower() + view.headline(report)[1:])}"
    yield f"{markup.inline(subject.name)} ({subject.role}){where}. {markup.inline(view.report_summary(report), 1000)}"
    yield _grades(report)
    yield from (f"⚠ {markup.inline(complaint)}" for complaint in report.complaints)
    if broken := view.broken(report):
        yield f"## What broke ({len(broken)})"
        groups = failure_groups(report, broken)
        grouped = any(group.cause for group in groups)
        for group in groups:
            if grouped:
                yield _group_head(group)
            yield from (_failure(report.run, rule, "####" if grouped else "###") for rule in group.rules)
    if errors := view.by_outcome(report, Outcome.ERROR):
        yield "## Errors of the suite, the adapter or the network"
        yield "\n".join(f"- {markup.code(rule.id)}: {markup.inline(rule.reason or 'no reason')}" for rule in errors)
    if missing := view.missing(report):
        yield "## Not assessed or only in part, and what to supply"
        yield "\n".join(f"- {markup.inline(reason, 500)}: {_ids(rules)}" for reason, rules in missing)
    if report.operations:
        yield f"## Operations: {operations_in_words(report)}"
        yield _operations(operation_table(report))
    if waived := view.waivers(report):
        yield "## Waived"
        rows = [
            (markup.code(what), *(markup.inline(waiver.get(key, "")) for key in ("reason", "ticket", "until")))
            for _, what, waiver in waived
        ]
        yield markup.table(("What", "Reason", "Ticket", "Until"), rows)
    yield _foot(report, evidence)


def _group_head(group: FailureGroup) -> str:
    title = f"### {markup.inline(group_title(group), 1000)}"
    note, rules = group_note(group), " ".join(markup.code(rule.id) for rule in group.rules)
    return f"{title}\n\n{markup.inline(note, 2000)} The rules: {rules}." if note else title


def _grades(report: Report) -> str:
    rows = [
        (level, *map(str, (grade.passed, grade.failed, grade.partly_assessed, grade.not_assessed, grade.waived)))
        for level, grade in report.grades.items()
    ]
    return markup.table(("Level", "Passed", "Failed", "Partly assessed", "Not assessed", "Waived"), rows)


def _operations(table: OperationTable) -> str:
    rows = [
        (markup.code(one.name), *(markup.inline("" if cell is None else MARKS[cell]) for cell in cells))
        for one, cells in table.rows
    ]
    whole = markup.table(("Operation", *map(markup.code, table.rules)), rows)
    more = [f"And {plural(table.unshown, 'more operation')}, which report.json has."] if table.unshown else []
    why = [
        f"- {markup.inline(reason, 500)}: {', '.join(map(markup.code, names[:UNASKED_SHOWN]))}"
        + (f" and {len(names) - UNASKED_SHOWN} more" if len(names) > UNASKED_SHOWN else "")
        for reason, names in table.unasked
    ]
    unasked = ["Not asked, or not in full:", "\n".join(why)] if why else []
    return "\n\n".join((whole, *more, *unasked))


def _ids(rules: tuple[RuleResult, ...]) -> str:
    extents = ((markup.code(rule.id), view.in_part(rule)) for rule in rules)
    return ", ".join(f"{rule} ({extent})" if extent else rule for rule, extent in extents)


def _failure(run: Run, rule: RuleResult, heading: str) -> str:
    flaky = ", flaky" if rule.outcome is Outcome.FLAKY else ""
    mark = MARKS[rule.outcome]
    parts = [
        f"{heading} {mark} {markup.code(rule.id)} ({rule.level}{flaky})",
        markup.inline(view.report_title(rule), 500),
    ]
    if flaky and rule.reason:
        parts.append(f"{markup.inline(rule.reason, 500)}.")
    if rule.findings:
        first = view.findings(rule)[0]
        parts.append(_finding(first, view.script(run, rule, first, view.PRINTED)))
    elif rule.reason and not flaky:
        parts.append(markup.inline(rule.reason, 500))
    if len(rule.findings) > 1:
        parts.append(f"And {plural(len(rule.findings) - 1, 'more finding')}.")
    if (law := view.law(rule)) and law.fix:
        parts.append(f"**Fix:** {markup.inline(law.fix, 2000)}")
    return "\n\n".join(parts)


def _finding(finding: Finding, script: str) -> str:
    case = f" Case {markup.code(finding.case)}." if finding.case else ""
    right = f"**{markup.inline(finding.summary)}** Right: {markup.inline(either(finding.expected))}."
    parts = [f"{right} Got: {markup.inline(got(finding.got))}.{case}"]
    if finding.cause:
        parts.append(f"Likely cause: {markup.inline(finding.cause, 500)}.")
    parts.append(markup.fenced(script, "sh"))
    if finding.exchange:
        texts = (request_text(finding.exchange, MESSAGE_SHOWN), response_text(finding.exchange, MESSAGE_SHOWN))
        evidence = "\n\n".join(some_of(text, 2 * MESSAGE_SHOWN) for text in texts)
        parts.append(f"<details><summary>Request and answer</summary>\n\n{markup.fenced(evidence)}\n\n</details>")
    return "\n\n".join(parts)


def _foot(report: Report, evidence: Evidence) -> str:
    run = report.run
    facts = (
        f"{plural(run.exchanges, 'exchange')} in {run.duration_s:.1f} s",
        f"seed {run.seed}",
        f"depth {markup.inline(run.depth)}",
        f"suite {markup.inline(run.suite_version)}",
        f"contract {markup.inline(report.contract.version)}",
        f"started {markup.inline(run.started)}",
        *(markup.inline(note) for note in run.notes),
    )
    return f"{', '.join(facts)}. report.json: `sha256:{evidence.sha256}`"
