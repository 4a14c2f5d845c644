"""What a run found, as data: the one model behind every report format (schema synq-conformance/report/1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.contract import Level, Role

SCHEMA = "synq-conformance/report/1"


class Outcome(StrEnum):
    """What became of a case, a check or a rule."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ASSESSED = "not-assessed"
    WAIVED = "waived"
    ERROR = "error"


class Verdict(StrEnum):
    """The run in one word."""

    CONFORMANT = "conformant"
    CONFORMANT_AS_ASSESSED = "conformant-as-assessed"
    NOT_CONFORMANT = "not-conformant"
    NOT_ASSESSED = "not-assessed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation that breaks a rule, with what is needed to see it again."""

    summary: str
    expected: tuple[int | str, ...]
    """Right statuses, or right behaviours in words."""
    got: int | str | None
    curl: str | None = None
    exchange: dict[str, Any] | None = None
    """The redacted exchange: {"request": {method, target, headers, body}, "response": {status, headers,
    body} or null, "failure": text or null, "duration_ms": milliseconds}."""
    control: dict[str, Any] | None = None
    """The accepted exchange beside which the refusal was judged, in the same form."""
    case: str | None = None
    """The case of the check, as in its brackets."""
    explanation: str | None = None
    """What the attack was and why accepting it is a hole, where the case is an attack."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a rule over all its cases."""

    id: str
    outcome: Outcome
    cases: int
    exchanges: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule over all its checks."""

    id: str
    role: Role
    level: Level
    title: str
    section: str
    """The section's title."""
    outcome: Outcome
    reason: str | None = None
    checks: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    waiver: dict[str, Any] | None = None
    """{"reason", "until" (ISO date), "ticket"} where a waiver covers the failure."""


@dataclass(frozen=True, slots=True)
class Grade:
    """How the rules of one level came out. Errors count as not assessed."""

    passed: int = 0
    failed: int = 0
    not_assessed: int = 0
    waived: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """Who was under test."""

    role: Role
    name: str
    base_url: str | None


@dataclass(frozen=True, slots=True)
class ContractRef:
    """By which contract."""

    version: str
    rules: int


@dataclass(frozen=True, slots=True)
class Run:
    """When and how."""

    started: str
    """ISO 8601 with offset."""
    duration_s: float
    seed: int
    suite_version: str
    exchanges: int
    depth: str
    level: Level = Level.REQUIRED
    statuses: dict[str, int] = field(default_factory=dict)
    """Answers by status; what brought no answer counts under "none"."""
    latencies_ms: dict[str, int] = field(default_factory=dict)
    """Exchanges by upper bound of their duration in milliseconds; the last bound is "inf"."""
    generated: dict[str, dict[str, int]] = field(default_factory=dict)
    """How generated inputs spread: strategy -> class -> count."""
    clock: str | None = None
    """How time was moved, where it was."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole result; `report.json` is this."""

    subject: Subject
    contract: ContractRef
    run: Run
    verdict: Verdict
    grades: dict[Level, Grade]
    rules: tuple[RuleResult, ...]
    schema: str = SCHEMA
