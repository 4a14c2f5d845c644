"""Common Test Report Format, for the pipelines that collect it: a test for each rule."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conformance.report import view
from conformance.report.text import one_line
from conformance.results.data import Outcome, RuleResult

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report, Run

FILENAME = "ctrf.json"
SPEC_VERSION = "0.0.0"
"""Of the format: what the specification, still before its first release, calls itself."""

_STATUS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.FLAKY: "other",
    Outcome.PARTLY_ASSESSED: "skipped",
    Outcome.NOT_ASSESSED: "skipped",
    Outcome.WAIVED: "skipped",
    Outcome.ERROR: "other",
}


def render(report: Report, evidence: Evidence) -> str:
    """The file. `rawStatus` keeps the outcome that CTRF has no word for."""
    start = _milliseconds(report.run.started)
    counted = Counter(_STATUS[rule.outcome] for rule in report.rules)
    duration = round(report.run.duration_s * 1000)
    summary = {"tests": len(report.rules), **{status: counted[status] for status in _ALL}}
    data = {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "generatedBy": "synq-conformance",
        "results": {
            "tool": {"name": "synq-conformance", "version": one_line(report.run.suite_version)},
            "summary": summary
            | {"suites": len(view.sections(report)), "start": start, "stop": start + duration, "duration": duration},
            "tests": [_test(report.run, rule) for rule in report.rules],
            "environment": {"testEnvironment": one_line(report.subject.name), "extra": _run(report, evidence)},
        },
    }
    return json.dumps(data, indent=1) + "\n"


_ALL = ("passed", "failed", "skipped", "pending", "other")


def _run(report: Report, evidence: Evidence) -> dict[str, Any]:
    return {
        "role": report.subject.role,
        "baseUrl": one_line(report.subject.base_url or ""),
        "verdict": report.verdict,
        "judged": view.judged_words(report),
        "cutShort": one_line(report.run.cut_short or "", view.CAUSE_SHOWN),
        "contract": one_line(report.contract.version),
        "seed": report.run.seed,
        "depth": one_line(report.run.depth),
        "exchanges": report.run.exchanges,
        "complaints": [one_line(complaint) for complaint in report.complaints],
        "reportSha256": evidence.sha256,
    }


def _test(run: Run, rule: RuleResult) -> dict[str, Any]:
    test: dict[str, Any] = {
        "testId": one_line(rule.id),
        "name": f"{one_line(rule.id)}: {one_line(view.report_title(rule), 500)}",
        "status": _STATUS[rule.outcome],
        "rawStatus": rule.outcome,
        "duration": round(view.rule_duration_s(rule) * 1000),
        "suite": [one_line(rule.section)],
        "tags": [rule.role, rule.level],
        "flaky": rule.outcome is Outcome.FLAKY,
    }
    if rule.outcome is Outcome.WAIVED:
        test["message"] = f"waived: {view.waiver_line(rule.waiver or {})}"
    elif rule.outcome is not Outcome.PASSED and rule.reason:
        test["message"] = one_line(rule.reason, 1000)
    if waivers := view.waivers_of(rule):
        test["extra"] = {"waivers": [view.waiver_line(waiver) for waiver in waivers]}
    if rule.findings:
        test["snippet"] = view.script(run, rule, view.findings(rule)[0])
    return test


def _milliseconds(started: str) -> int:
    """Since the epoch; 0 for a time that cannot be read."""
    try:
        return round(datetime.fromisoformat(started).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0
