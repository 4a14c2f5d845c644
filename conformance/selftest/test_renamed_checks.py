"""Checks that moved are the same checks: in a comparison with an old report, and under an old waiver."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib import import_module

import pytest

from conformance.contract.rules import Level
from conformance.report.compare import comparison
from conformance.results.data import CheckResult, Outcome, Report
from conformance.results.renamed_checks import RENAMED, current_check_id
from conformance.results.waivers import Waiver, apply_waivers
from conformance.selftest.report_sample import a_report, rule

OLD, NEW = "test_doors::test_no_method_opens_the_resource", "test_paths::test_no_method_opens_the_resource"


def report_with(check_id: str, outcome: Outcome) -> Report:
    """A report of one rule with this one check."""
    check = CheckResult(check_id, outcome, 1, 1)
    return a_report(replace(rule(Level.REQUIRED, outcome), checks=(check,)))


def test_every_new_id_is_that_of_a_check() -> None:
    """A map to what is not there would hide that a check is gone."""
    gone = []
    for functions in RENAMED.values():
        for function, file in functions.items():
            role = "client" if function in RENAMED["test_sequences"] else "server"
            if not hasattr(import_module(f"conformance.{role}.{file}"), function):
                gone.append(f"{file}::{function}")
    assert gone == []


@pytest.mark.parametrize("check_id", [NEW, "every-answer::challenge-present", "no-separator"])
def test_what_was_not_renamed_keeps_its_id(check_id: str) -> None:
    """The file of a check that did not move is its own."""
    assert current_check_id(check_id) == check_id


def test_a_moved_check_is_compared_with_itself() -> None:
    """It is neither removed nor added."""
    old, new = report_with(OLD, Outcome.PASSED), report_with(NEW, Outcome.PASSED)
    assert comparison(old, new).cases == ()


def test_a_waiver_by_the_old_id_still_counts() -> None:
    """A waiver file is not to be touched for a check that moved."""
    waiver = Waiver(rule="token-expired", reason="known", until=date(2030, 1, 1), ticket="T-1", check=OLD)
    report = apply_waivers([waiver], report_with(NEW, Outcome.FAILED), date(2026, 1, 1))
    assert report.rules[0].outcome is Outcome.WAIVED
