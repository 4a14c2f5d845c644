"""A long run still makes files that open."""

import time
from dataclasses import replace

import pytest

from conformance.contract import rules as contract
from conformance.report.format import Evidence
from conformance.report.writing import formats
from conformance.results.data import CheckResult, Outcome, Report
from conformance.selftest.rich_report import CONTROL, HOSTILE, a_rich_report

EXCHANGES, WITHIN_S = 50_000, 20
"""The time is what a slow processor may take for one format, whatever else it does; a few seconds are usual."""


@pytest.fixture(scope="module")
def long_run() -> tuple[Report, Evidence]:
    """Every server rule broken in hundreds of cases, with a hostile answer to each, and every exchange kept."""
    law = contract.load_contract()
    report = a_rich_report(replace(law, rules=law.of(contract.Role.SERVER)))
    finding = next(rule for rule in report.rules if rule.id == "alg-none").findings[0]
    cases = {f"case-{number}-{HOSTILE}": Outcome.FAILED for number in range(300)}
    check = CheckResult("test_x::test_y", Outcome.FAILED, 600, 600, case_outcomes=cases)
    rules = tuple(
        replace(
            rule,
            outcome=Outcome.FAILED,
            findings=tuple(replace(finding, case=case) for case in cases),
            checks=(check, replace(check, id="test_x::test_z")),
        )
        for rule in report.rules
    )
    kept = {"rule": "alg-none", "case": "test_y[a]", "part": "subject", "started": 1795509000.0, **CONTROL}
    run = replace(report.run, exchanges=EXCHANGES)
    return replace(report, rules=rules, run=run), Evidence("0" * 64, (kept,) * EXCHANGES)


@pytest.mark.parametrize("name", sorted(formats()))
def test_a_run_of_50_000_exchanges_is_rendered_in_seconds(long_run: tuple[Report, Evidence], name: str) -> None:
    """Every format of 24,000 findings and 50,000 kept exchanges."""
    started = time.process_time()
    text = formats()[name].render(*long_run)
    assert time.process_time() - started < WITHIN_S
    assert text


def test_the_page_of_such_a_run_is_under_3_mb(long_run: tuple[Report, Evidence]) -> None:
    """And still shows every rule."""
    report, evidence = long_run
    text = formats()["html"].render(report, evidence)
    assert len(text.encode()) < 3_000_000
    assert [rule.id for rule in report.rules if f'id="{rule.id}"' not in text] == []
