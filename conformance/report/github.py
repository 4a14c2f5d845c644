"""A run told to the GitHub workflow that it is a step of: annotations, the step's summary, and its outputs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.contract.rules import Level
from conformance.report import view
from conformance.report.format import Evidence
from conformance.report.text import either, got, one_line
from conformance.results.data import Report, RuleResult

ANNOTATED = 9
"""Annotations of a kind that a step shows are ten; the last one says how many are left."""
SAID = 1_000
"""Characters of an annotation."""


def tell_workflow(report: Report, evidence: Evidence, folder: Path, environ: Mapping[str, str]) -> None:
    """Tell the workflow that `environ` names, if it names one; what cannot be written is said on standard error."""
    if environ.get("GITHUB_ACTIONS") == "true":
        for line in workflow_commands(report):
            print(line, flush=True)  # noqa: T201 - standard output is what a workflow reads
    if path := environ.get("GITHUB_STEP_SUMMARY"):
        from conformance.report.formats import markdown  # late, to spare start-up

        _add("GITHUB_STEP_SUMMARY", path, markdown.render(report, evidence))
    if path := environ.get("GITHUB_OUTPUT"):
        values = outputs(report, folder).items()
        _add("GITHUB_OUTPUT", path, "".join(f"{name}={one_line(value, SAID)}\n" for name, value in values))


def _add(name: str, path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:  # the report itself is written: what is lost here changes no verdict
        print(f"{name} {path}: cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201 - the same


def workflow_commands(report: Report) -> Iterator[str]:
    """A workflow command for each broken rule and each complaint, and one for the verdict."""
    broken = [rule for rule in view.broken(report) if report.run.level.includes(rule.level)]
    errors = [(rule.id, _told(rule)) for rule in broken]
    errors += [("the run fails besides", complaint) for complaint in report.complaints]
    shown = errors if len(errors) <= ANNOTATED + 1 else errors[:ANNOTATED]
    for title, message in shown:
        yield _command("error", title, message)
    if left := len(errors) - len(shown):
        yield _command("error", "and more", f"{left} more in the summary of the step and in report.html")
    yield _command("notice", "verdict", f"{view.headline(report)}. {view.report_summary(report)}")


def _told(rule: RuleResult) -> str:
    parts = [f"{rule.level}: {view.report_title(rule)}"]
    if rule.findings:
        first = view.findings(rule)[0]
        parts.append(f"{first.summary}: expected {either(first.expected)}, got {got(first.got)}.")
    if (law := view.law(rule)) and law.fix:
        parts.append(f"Fix: {law.fix}")
    return " ".join(parts)


def _command(kind: str, title: str, message: str) -> str:
    """The workflow command, with what its syntax needs written as an escape."""
    text = one_line(message, SAID).replace("%", "%25")
    name = one_line(f"Synq contract: {title}").replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={name}::{text}"


def outputs(report: Report, folder: Path) -> dict[str, object]:
    """What later steps may read of the run: `steps.ID.outputs.verdict` and so on."""
    judged, required = report.judged[Level.REQUIRED]
    failed = " ".join(rule.id for rule in view.broken(report))
    return {
        "verdict": report.verdict,
        "exit-code": report.exit_code,
        "judged": judged,
        "required": required,
        "tier": report.tier or "",
        "failed": failed,
        "report": folder.resolve(),
    }
