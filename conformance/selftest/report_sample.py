"""Reports for the tests of what is made from them."""

from __future__ import annotations

from dataclasses import replace

from conformance.contract.rules import Level, Role
from conformance.results.data import (
    CheckResult,
    ContractRef,
    Finding,
    Outcome,
    Report,
    RuleResult,
    Run,
    Subject,
    Verdict,
)


def rule(level: Level, outcome: Outcome) -> RuleResult:
    """One server rule of this level that came out so."""
    return RuleResult("token-expired", Role.SERVER, level, "A title.", "A section", outcome)


def a_report(*rules: RuleResult) -> Report:
    """A run at level required over these rules."""
    run = Run("2026-01-02T03:04:05+00:00", 1.5, 7, "1.0.0", 12, "standard", statuses={"200": 12})
    return Report(
        Subject(Role.SERVER, "staging", "https://staging.example"),
        ContractRef("1.0", 71),
        run,
        rules,
    )


def whole(report: Report) -> Report:
    """The same, by a contract that has no other rules."""
    return replace(report, contract=ContractRef("1.0", len(report.rules)))


def ending_in(verdict: Verdict) -> Report:
    """A report that comes to this verdict."""
    holds, breaks = rule(Level.REQUIRED, Outcome.PASSED), rule(Level.REQUIRED, Outcome.FAILED)
    return {
        Verdict.CONFORMANT: whole(a_report(holds)),
        Verdict.CONFORMANT_AS_ASSESSED: a_report(holds),
        Verdict.NOT_CONFORMANT: a_report(breaks),
        Verdict.NOT_ASSESSED: a_report(),
    }[verdict]


def a_full_report() -> Report:
    """A failing report that uses every key, with hostile text in it."""
    exchange = {"request": {"method": "GET", "target": "/", "headers": [["A", "\u202e"]], "body": "\ud800"}}
    finding = Finding("answered 200", (401, "4xx"), 200, "curl -i x", exchange, exchange, "an hour ago", "why")
    check = CheckResult("test_x", Outcome.FAILED, 3, 6, "a reason", case_outcomes={"an hour ago": Outcome.FAILED})
    failed = replace(rule(Level.REQUIRED, Outcome.FAILED), checks=(check,), findings=(finding,))
    unseen = replace(rule(Level.STANDARD, Outcome.NOT_ASSESSED), id="token-revoked")
    return replace(a_report(failed, unseen), complaints=("waiver x: stale",))
