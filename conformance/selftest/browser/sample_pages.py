"""A page of every kind that the suite makes, over every rule of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.calibrate.matrix import Found, Trial, judge_trials, problems_of
from conformance.calibrate.page import render_calibration
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.contract import rules as contract
from conformance.report.compare import comparison, comparison_html
from conformance.report.formats import html
from conformance.report.matrix import matrix_html, outcome_matrix
from conformance.report.requirements_matrix import requirements_html, requirements_matrix
from conformance.report.timeline import timeline, timeline_html
from conformance.report.writing import evidence_of
from conformance.results.data import Outcome, Report
from conformance.selftest.rich_report import a_rich_report

PAGES = ("report", "conformant", "partial", "client", "compare", "matrix", "requirements", "history", "calibration")
RUNS = 10
"""Of the history."""
FAULT = "challenge-missing"
BROKEN = "challenge-present"


def every_page() -> Iterator[tuple[str, str]]:
    """Each page of PAGES by its name."""
    law = contract.load_contract()
    rich = a_rich_report(replace(law, rules=law.of(contract.Role.SERVER)))
    whole, partial = conformant(rich), in_part(rich)
    client = a_rich_report(replace(law, rules=law.of(contract.Role.CLIENT)))
    client = replace(client, operations=(), subject=replace(client.subject, role=contract.Role.CLIENT, base_url=None))
    for name, report in (("report", rich), ("conformant", whole), ("partial", partial), ("client", client)):
        yield name, html.render(report, evidence_of(report))
    three = (whole, rich, partial)
    yield "compare", comparison_html(comparison(whole, rich))
    yield "matrix", matrix_html(outcome_matrix(three))
    yield "requirements", requirements_html(requirements_matrix(three))
    yield "history", timeline_html(timeline(_runs(three)))
    yield "calibration", _calibration(law)


def conformant(report: Report) -> Report:
    """The same run of a target that breaks nothing, and of which all was judged."""
    rules = tuple(
        replace(rule, outcome=Outcome.PASSED, reason=None, findings=(), waiver=None, checks=rule.checks[:0])
        for rule in report.rules
    )
    return replace(report, rules=rules, complaints=(), operations=())


def in_part(report: Report) -> Report:
    """The same run with little supplied: nothing is broken, and every other rule is open."""
    held = conformant(report)
    rules = tuple(
        replace(rule, outcome=Outcome.NOT_ASSESSED, reason="supply [sign_in] in the profile") if number % 2 else rule
        for number, rule in enumerate(held.rules)
    )
    return replace(held, rules=rules)


def _runs(reports: tuple[Report, ...]) -> Iterator[tuple[str, Report]]:
    for number in range(RUNS):
        report = reports[number % len(reports)]
        run = replace(report.run, started=f"2026-11-{number + 1:02d}T08:30:00+00:00")
        yield f"runs/{number}/report.json", replace(report, run=run)


def _calibration(law: contract.Contract) -> str:
    """That of one fault."""
    rules = law.of(contract.Role.SERVER)
    outcomes = {rule.id: Outcome.FAILED if rule.id == BROKEN else Outcome.PASSED for rule in rules}
    subject = CalibrationSubject(FAULT, Kind.FAULT, (BROKEN,))
    trial = Trial(subject, outcomes, {BROKEN: "the 401 carries no challenge"}, {BROKEN: Found(9, 3)}, 4867, 9.1)
    return render_calibration(judge_trials(rules, [trial], problems_of, whole=False), 9.1)
