"""A shields.io endpoint: the verdict for a README."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.contract.rules import Level
from conformance.report import view
from conformance.results.data import Verdict

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report

FILENAME = "badge.json"

_COLOURS = {
    Verdict.CONFORMANT: "brightgreen",
    Verdict.CONFORMANT_AS_ASSESSED: "yellow",
    Verdict.NOT_CONFORMANT: "red",
    Verdict.NOT_ASSESSED: "lightgrey",
}


def render(report: Report, evidence: Evidence) -> str:  # noqa: ARG001 - every format is called alike
    """The file that `https://img.shields.io/endpoint?url=…` reads."""
    data = {
        "schemaVersion": 1,
        "label": f"Synq contract ({report.subject.role})",
        "message": _message(report),
        "color": _COLOURS[report.verdict],
        "isError": report.verdict is Verdict.NOT_CONFORMANT,
    }
    return json.dumps(data, indent=1) + "\n"


def _message(report: Report) -> str:
    """The verdict, what is wrong with it, and how many of the required rules it rests on."""
    grade = report.grades[Level.REQUIRED]
    counts = ((grade.failed, "failed"), (grade.waived, "waived"))
    rest = ", ".join(f"{count} {word}" for count, word in counts if count)
    title = view.TITLES[report.verdict].lower()
    return f"{title}{f' ({rest})' if rest else ''}, {view.judged_words(report)}"
