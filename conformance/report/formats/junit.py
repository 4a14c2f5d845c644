"""JUnit XML as Jenkins, GitLab and others read it: a suite for each section, a test case for each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.contract.words import plural
from conformance.report import view
from conformance.report.text import either, got, one_line, plain, request_text, response_text, some_of
from conformance.results.data import Finding, Outcome, RuleResult

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report, Run

FILENAME = "junit.xml"
FINDINGS_SHOWN = 5


def render(report: Report, evidence: Evidence) -> str:
    """The file. Waived rules, and those not assessed or in part only, are skipped, each with the reason.

    Errors are errors, and so is what repeated runs disagree about.
    """
    run = report.run
    root = ET.Element(
        "testsuites", _counted(report.rules) | {"name": one_line(report.subject.name), "time": _time(run.duration_s)}
    )
    for title, rules in view.sections(report):
        suite = ET.SubElement(root, "testsuite", _counted(rules))
        suite.set("name", one_line(title))
        suite.set("skipped", str(sum(rule.outcome in _SKIPPED for rule in rules)))
        suite.set("timestamp", one_line(run.started))
        _properties(suite, report, evidence)
        for rule in rules:
            _case(suite, run, rule)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


_SKIPPED = frozenset({Outcome.NOT_ASSESSED, Outcome.PARTLY_ASSESSED, Outcome.WAIVED})


def _counted(rules: tuple[RuleResult, ...]) -> dict[str, str]:
    return {
        "tests": str(len(rules)),
        "failures": str(sum(rule.outcome is Outcome.FAILED for rule in rules)),
        "errors": str(sum(rule.outcome in (Outcome.ERROR, Outcome.FLAKY) for rule in rules)),
        "time": _time(sum(map(view.rule_duration_s, rules))),
    }


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _properties(suite: ET.Element, report: Report, evidence: Evidence) -> None:
    properties = ET.SubElement(suite, "properties")
    for name, value in {
        "target": report.subject.base_url or report.subject.name,
        "contract": report.contract.version,
        "verdict": report.verdict,
        "judged": view.judged_words(report),
        "seed": report.run.seed,
        "depth": report.run.depth,
        "report.sha256": evidence.sha256,
    }.items():
        ET.SubElement(properties, "property", {"name": name, "value": one_line(value)})
    if report.run.cut_short:
        cause = one_line(report.run.cut_short, view.CAUSE_SHOWN)
        ET.SubElement(properties, "property", {"name": "cut-short", "value": cause})
    for complaint in report.complaints:
        ET.SubElement(properties, "property", {"name": "complaint", "value": one_line(complaint)})


def _case(suite: ET.Element, run: Run, rule: RuleResult) -> None:
    case = ET.SubElement(suite, "testcase", _attributes(rule))
    reason = one_line(rule.reason or view.report_title(rule))
    match rule.outcome:
        case Outcome.FAILED:
            failure = ET.SubElement(case, "failure", {"type": "violation", "message": reason})
            failure.text = _explained(run, rule)
        case Outcome.ERROR:
            error = ET.SubElement(case, "error", {"type": "trouble", "message": reason})
            error.text = one_line(view.report_title(rule), 1000)
        case Outcome.FLAKY:
            error = ET.SubElement(case, "error", {"type": "flaky", "message": reason})
            error.text = _explained(run, rule)
        case Outcome.NOT_ASSESSED:
            ET.SubElement(case, "skipped", {"type": "not-assessed", "message": f"not assessed: {reason}"})
        case Outcome.PARTLY_ASSESSED:
            message = f"partly assessed ({view.in_part(rule)}): {reason}"
            ET.SubElement(case, "skipped", {"type": "partly-assessed", "message": message})
        case Outcome.WAIVED:
            waived = f"waived: {view.waiver_line(rule.waiver or {})}"
            ET.SubElement(case, "skipped", {"type": "waived", "message": waived})
        case Outcome.PASSED:
            pass


def _attributes(rule: RuleResult) -> dict[str, str]:
    time = _time(view.rule_duration_s(rule))
    return {"name": one_line(rule.id), "classname": f"synq.{rule.role}.{rule.level}", "time": time}


def _explained(run: Run, rule: RuleResult) -> str:
    first = view.findings(rule)[:FINDINGS_SHOWN]
    shown = [_finding(finding, view.script(run, rule, finding, view.PRINTED)) for finding in first]
    if (more := len(rule.findings) - FINDINGS_SHOWN) > 0:
        shown.append(f"… and {plural(more, 'more finding')} in report.json")
    waived = [f"Waived in part: {view.waiver_line(waiver)}" for waiver in view.waivers_of(rule)]
    law = view.law(rule)
    fix = f"Fix: {law.fix}" if law and law.fix else ""
    return "\n\n".join([one_line(view.report_title(rule), 1000), *shown, *waived, fix]).strip()


def _finding(finding: Finding, script: str) -> str:
    lines = [one_line(finding.summary), f"expected {either(finding.expected)}, got {got(finding.got)}"]
    if finding.case:
        lines.append(f"case {one_line(finding.case)}")
    if finding.cause:
        lines.append(f"likely cause: {one_line(finding.cause, 500)}")
    if finding.exchange:
        lines += [some_of(request_text(finding.exchange), 4000), some_of(response_text(finding.exchange), 4000)]
    return plain("\n".join([*lines, script]))
