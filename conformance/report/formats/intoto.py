"""An in-toto statement over report.json's digest, with the test-result predicate, to be signed as an attestation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from conformance.contract import rules as contract
from conformance.report import view
from conformance.report.text import one_line
from conformance.results.data import Outcome, Verdict
from conformance.results.digests import contract_digest

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report

FILENAME = "report.intoto.json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"

_RESULTS = {
    Verdict.CONFORMANT: "PASSED",
    Verdict.CONFORMANT_AS_ASSESSED: "WARNED",
    Verdict.NOT_CONFORMANT: "FAILED",
    Verdict.NOT_ASSESSED: "FAILED",
}


def render(report: Report, evidence: Evidence) -> str:
    """The statement. A rule that is waived or open is a warned test; a flaky one and an error are failed ones."""
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": "report.json", "digest": {"sha256": evidence.sha256}}],
        "predicateType": PREDICATE,
        "predicate": {
            "result": _RESULTS[report.verdict],
            "configuration": [_contract(report), _suite(report), *_waivers(report)],
            "passedTests": _names(report, Outcome.PASSED),
            "warnedTests": _names(report, Outcome.PARTLY_ASSESSED, Outcome.NOT_ASSESSED, Outcome.WAIVED),
            "failedTests": _names(report, Outcome.FAILED, Outcome.FLAKY, Outcome.ERROR),
        },
    }
    return json.dumps(statement, indent=1) + "\n"


def _names(report: Report, *outcomes: Outcome) -> list[str]:
    return [one_line(rule.id) for rule in report.rules if rule.outcome in outcomes]


def _waivers(report: Report) -> list[dict[str, Any]]:
    """What was excused, and until when: part of how the tests were configured."""
    return [
        {
            "name": f"waiver of {one_line(what)}",
            "uri": f"urn:synq-conformance:waiver:{quote(rule.id, safe='')}",
            "annotations": {key: one_line(value) for key, value in waiver.items()},
        }
        for rule, what, waiver in view.waivers(report)
    ]


def _contract(report: Report) -> dict[str, Any]:
    """By which rules; with their digest if it is known."""
    version = one_line(report.contract.version, 40)
    descriptor: dict[str, Any] = {"name": "contract.toml", "uri": f"urn:synq-conformance:contract:{version}"}
    digest = report.digests.contract
    if digest is None and report.contract.version == contract.load_contract().version:
        digest = contract_digest()  # a report of an earlier suite
    if digest is not None:
        descriptor["digest"] = {"sha256": one_line(digest, 64)}
    return descriptor


def _suite(report: Report) -> dict[str, Any]:
    run = report.run
    return {
        "name": "synq-conformance",
        "uri": f"pkg:pypi/synq-conformance@{one_line(run.suite_version, 40)}",
        "annotations": {
            "target": one_line(report.subject.base_url or report.subject.name),
            "role": report.subject.role,
            "level": run.level,
            "depth": one_line(run.depth),
            "seed": str(run.seed),
            "started": one_line(run.started),
            "judged": view.judged_words(report),
        },
    }
