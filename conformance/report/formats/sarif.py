"""SARIF 2.1.0 for code scanning: every rule with its help, and a result for every finding."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from conformance.contract import rules as contract
from conformance.contract.references import rule_url
from conformance.contract.rules import Level
from conformance.report import markup, view
from conformance.report.text import either, one_line, some_of
from conformance.results.data import Finding, Outcome, RuleResult

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report, Run

FILENAME = "report.sarif"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
RESULTS_A_RULE = 50
"""Code scanning takes 5,000 results of a run and shows the first of them."""

_LEVELS = {Level.REQUIRED: "error", Level.STANDARD: "warning", Level.HARDENING: "note"}
_SEVERITY = {Level.REQUIRED: "8.0", Level.STANDARD: "5.0", Level.HARDENING: "3.0"}


def render(report: Report, evidence: Evidence) -> str:
    """The file. What was not assessed, or in part only, is a notification of the tool, never a result."""
    run = {
        "tool": {"driver": _driver(report)},
        "automationDetails": {"id": f"synq-conformance/{report.subject.role}/"},
        "invocations": [_invocation(report)],
        "results": [result for index, rule in enumerate(report.rules) for result in _results(report.run, rule, index)],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": report.verdict,
            "judged": view.judged_words(report),
            "target": one_line(report.subject.name),
            "contract": one_line(report.contract.version),
            "seed": report.run.seed,
            "reportSha256": evidence.sha256,
            "waivers": [f"{one_line(what)}: {view.waiver_line(waiver)}" for _, what, waiver in view.waivers(report)],
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _driver(report: Report) -> dict[str, Any]:
    return {
        "name": "synq-conformance",
        "semanticVersion": one_line(report.run.suite_version),
        "rules": [_rule(rule) for rule in report.rules],
    }


def _rule(rule: RuleResult) -> dict[str, Any]:
    title = one_line(view.report_title(rule), 500)
    law = view.law(rule)
    return {
        "id": one_line(rule.id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": law.why if law and law.why else title},
        "help": _help(law, title),
        **({"helpUri": rule_url(law.id)} if law and view.is_current(law) else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {
            "tags": ["security", "authentication", rule.role, rule.level],
            "precision": "very-high",
            "security-severity": _SEVERITY[rule.level],
        },
    }


def _help(law: contract.Rule | None, title: str) -> dict[str, str]:
    if law is None:
        return {"text": title, "markdown": markup.inline(title, 500)}
    parts = {
        "What is sent": law.sent,
        "What is right": law.right,
        "Why it matters": law.why,
        "What typically breaks it": law.causes,
        "How to fix it": law.fix,
        "Rests on": "; ".join(law.sources),
    }
    told = {heading: body for heading, body in parts.items() if body}
    return {
        "text": "\n".join([title, *(f"{heading}: {body}" for heading, body in told.items())]),
        "markdown": "\n\n".join(
            [
                markup.inline(title, 500),
                *(f"**{heading}** {markup.inline(body, 2000)}" for heading, body in told.items()),
            ]
        ),
    }


def _results(run: Run, rule: RuleResult, index: int) -> Iterator[dict[str, Any]]:
    if rule.outcome not in (Outcome.FAILED, Outcome.FLAKY, Outcome.WAIVED):
        return
    findings = rule.findings[:RESULTS_A_RULE] or (Finding(rule.reason or view.report_title(rule), (), None),)
    seen: Counter[str] = Counter()
    for finding in findings:
        name = _name(finding)
        seen[name] += 1
        digest = hashlib.sha256(f"{rule.role}\0{rule.id}\0{name}\0{seen[name]}".encode("utf-8", "replace")).hexdigest()
        result: dict[str, Any] = {
            "ruleId": one_line(rule.id),
            "ruleIndex": index,
            "level": _LEVELS[rule.level],
            "message": {"text": _message(finding, view.script(run, rule, finding))},
            "locations": [_location(finding)],
            "fingerprints": {"synqConformance/v1": digest},
            "partialFingerprints": {"primaryLocationLineHash": digest},
        }
        if waiver := view.waiver_of(rule, finding):
            said = view.waiver_line(waiver)
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": said}]
        yield result


def _name(finding: Finding) -> str:
    """What stays the same of a finding from run to run."""
    return finding.case or finding.summary


def _message(finding: Finding, script: str) -> str:
    lines = [one_line(finding.summary, 500), f"Expected {either(finding.expected)}, got {_got(finding.got)}."]
    if finding.case:
        lines.append(f"Case: {one_line(finding.case)}.")
    if finding.explanation:
        lines.append(one_line(finding.explanation, 1000))
    if finding.cause:
        lines.append(f"Likely cause: {one_line(finding.cause, 500)}.")
    return "\n".join([*lines, "Repeat it:", script])


def _got(value: int | str | None) -> str:
    """Exactly, blanks and all: this is for machines."""
    return "no answer" if value is None else some_of(value, 300)


def _location(finding: Finding) -> dict[str, Any]:
    """Code scanning wants a file: the path of the resource stands in for one."""
    request = (finding.exchange or {}).get("request") or {}
    target = one_line(request.get("target") or "")
    path = quote(target.split("?", maxsplit=1)[0].lstrip("/"), safe="/~")
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": path or "report.json"}, "region": {"startLine": 1}}
    }
    if target:
        method = one_line(request.get("method") or "")
        location["logicalLocations"] = [{"fullyQualifiedName": f"{method} {target}".strip(), "kind": "resource"}]
    return location


def _invocation(report: Report) -> dict[str, Any]:
    errors = [_notification(rule, "error") for rule in view.by_outcome(report, Outcome.ERROR)]
    unseen = [_notification(rule, "warning") for _, rules in view.missing(report) for rule in rules]
    if cut_short := report.run.cut_short:
        cause = f"the run ended early: {one_line(cut_short, view.CAUSE_SHOWN)}"
        errors.insert(0, {"level": "error", "message": {"text": cause}})
    complaints = [{"level": "warning", "message": {"text": one_line(one)}} for one in report.complaints]
    return {
        "executionSuccessful": not errors,
        "toolExecutionNotifications": errors,
        "toolConfigurationNotifications": unseen + complaints,
    }


def _notification(rule: RuleResult, level: str) -> dict[str, Any]:
    reason = one_line(rule.reason or "no reason was recorded", 500)
    text = f"{one_line(rule.id)} {view.WORDS[rule.outcome]}: {reason}"
    return {"level": level, "message": {"text": text}, "associatedRule": {"id": one_line(rule.id)}}
