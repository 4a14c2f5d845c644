"""What a run found, as data: the one model behind every report format (schema synq-conformance/report/2)."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from conformance.contract import rules as contract
from conformance.contract.rules import Level, Role
from conformance.contract.tiers import Tier, tier_reached
from conformance.results import policy
from conformance.results.causes import Cause, causes
from conformance.results.digests import NO_DIGESTS, Digests
from conformance.results.older_reports import from_0, from_1
from conformance.results.policy import Grade, Outcome, Verdict

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = (
    "INTERRUPTED",
    "SCHEMA",
    "Cause",
    "CheckResult",
    "ContractRef",
    "Finding",
    "Grade",
    "OperationResult",
    "Outcome",
    "Report",
    "ReportError",
    "RuleResult",
    "Run",
    "Subject",
    "Verdict",
    "dumps",
    "is_exchange",
    "json_schema",
    "loads",
)

SCHEMA: Literal["synq-conformance/report/2"] = "synq-conformance/report/2"
INTERRUPTED = "the run was interrupted"
"""Why a run was cut short that was ended from outside."""


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
    """The control of the refusal: the exchange that was accepted, in the same form."""
    case: str | None = None
    """The case of the check, as in its brackets."""
    explanation: str | None = None
    """What the attack was and why accepting it is a hole, if the case is an attack."""
    check: str | None = None
    """Id of the check that found it."""
    cause: str | None = None
    """What is likely to be behind it and behind findings of other rules, if a few more requests showed that."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a rule over all its cases."""

    id: str
    outcome: Outcome
    cases: int
    exchanges: int
    reason: str | None = None
    waiver: dict[str, Any] | None = None
    """{"reason", "until" (ISO date), "ticket"} if a waiver covers this check's failure."""
    case_outcomes: dict[str, Outcome] = field(default_factory=dict)
    """Case -> outcome, for the cases that did not pass."""
    passed_cases: tuple[str, ...] = ()
    """The cases that passed; reports of earlier suites do not name them."""
    shows: str | None = None
    """What it shows, if other checks of the rule show the same by other means: one of them is enough."""
    means: str | None = None
    """By which means this one does, such as "a supplied token"."""
    duration_s: float = 0.0
    """How long its cases took together; reports of earlier suites do not say it."""
    left: int = 0
    """Cases that the rule still lacks: not judged, possible on this target, and not shown by other means."""


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
    """{"reason", "until" (ISO date), "ticket"} if a waiver covers the failure."""


@dataclass(frozen=True, slots=True)
class OperationResult:
    """One operation that the target documents, over the rules that ask every one."""

    name: str
    """Its method and its path, such as "GET /api/v1/pim/products/{id}"."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """Rule -> what its cases came to; a rule that has nothing to ask of it is not there."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Rule -> why it did not pass, or has nothing to ask."""


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
    levels: dict[Level, int] = field(default_factory=dict)
    """How many of the rules each level has; reports of earlier suites do not say it."""


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
    id: str | None = None
    """What User-Agent and X-Request-ID of its requests say, if they say anything."""
    statuses: dict[str, int] = field(default_factory=dict)
    """Answers by status; what brought no answer counts under "none"."""
    latencies_ms: dict[str, int] = field(default_factory=dict)
    """Exchanges by upper bound of their duration in milliseconds; the last bound is "inf"."""
    generated: dict[str, dict[str, int]] = field(default_factory=dict)
    """How generated inputs spread: strategy -> class -> count."""
    clock: str | None = None
    """How time was moved, if it was."""
    named_by: tuple[str, ...] = ()
    """The options that named the subject on the command line, such as ("--profile", "staging.toml")."""
    notes: tuple[str, ...] = ()
    operator: str | None = None
    """Who ran it, if that was said."""
    pipeline: str | None = None
    """The address of the pipeline run that it was a part of."""
    cut_short: str | None = None
    """Why the run ended before it was done, if it did: it was interrupted, or could judge no longer."""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole result. What it adds up to is never stored in it, but asked of the policy."""

    subject: Subject
    contract: ContractRef
    run: Run
    rules: tuple[RuleResult, ...]
    complaints: tuple[str, ...] = ()
    """For what the run fails besides its rules: a stale waiver, one over date, and what its gate holds against it."""
    operations: tuple[OperationResult, ...] = ()
    """The operations that the target documents."""
    digests: Digests = NO_DIGESTS
    """Of the files that belong to it."""

    @property
    def verdict(self) -> Verdict:
        """The run in one word."""
        whole, cut_short = len(self.rules) >= self.contract.rules, self.run.cut_short is not None
        return policy.verdict(self.rules, self.run.level, whole=whole, cut_short=cut_short)

    @property
    def exit_code(self) -> int:
        """What a pipeline reads: 0, 1 or 3."""
        return policy.exit_code(self.verdict, complaints=bool(self.complaints))

    @property
    def grades(self) -> dict[Level, Grade]:
        """The rules of each level, counted by outcome."""
        return policy.grades(self.rules)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What is likely to be behind several failures, with the rules that failed by it."""
        return causes(self.rules)

    @property
    def tier(self) -> Tier | None:
        """What a target's owner has to give for the rules that were judged; None of a client, or if none was judged."""
        judged = {rule.id for rule in self.rules if rule.outcome in policy.JUDGED}
        return tier_reached(rule for rule in contract.load_contract().of(self.subject.role) if rule.id in judged)

    @property
    def judged(self) -> dict[Level, tuple[int, int]]:
        """Of the rules of each level, how many were judged in full, and how many the contract has."""
        return policy.judged_share(self.rules, self.contract.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """`report.json`: a report, and what it adds up to for those who read no code. Reading asks the policy again."""

    schema: Literal["synq-conformance/report/2"]
    subject: Subject
    contract: ContractRef
    run: Run
    verdict: Verdict
    judged: dict[Level, tuple[int, int]]
    grades: dict[Level, Grade]
    causes: tuple[Cause, ...] = ()
    rules: tuple[RuleResult, ...]
    complaints: tuple[str, ...] = ()
    operations: tuple[OperationResult, ...] = ()
    tier: Tier | None = None
    digests: Digests = NO_DIGESTS


class ReportError(ValueError):
    """The text is not a report that this version reads."""


@cache
def _adapter() -> TypeAdapter[_Document]:
    from pydantic import TypeAdapter  # late, to spare start-up

    return TypeAdapter(_Document)


def dumps(report: Report) -> str:
    """The text of report.json: the same report always gives the same text, in ASCII alone."""
    document = _Document(
        schema=SCHEMA,
        subject=report.subject,
        contract=report.contract,
        run=report.run,
        verdict=report.verdict,
        judged=report.judged,
        grades=report.grades,
        causes=report.causes,
        rules=report.rules,
        complaints=report.complaints,
        operations=report.operations,
        tier=report.tier,
        digests=report.digests,
    )
    return json.dumps(_adapter().dump_python(document, mode="json"), indent=1) + "\n"


def loads(text: str) -> Report:
    """The report that a report.json of this or an older schema version holds; else ReportError.

    Its verdict, its grades and its counts are not believed: the policy makes them anew.
    """
    from pydantic import ValidationError  # late, to spare start-up

    try:
        read = _adapter().validate_python(_current(json.loads(text)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ReportError(f"{where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise ReportError(str(error)) from error
    return _checked(
        Report(
            *(read.subject, read.contract, read.run, read.rules),
            *(read.complaints, read.operations, read.digests),
        )
    )


def is_exchange(data: object) -> bool:
    """Whether the data has the shape of Finding.exchange: what the formats take for granted of it."""
    return isinstance(data, dict) and _is_message(data.get("request")) and _is_message(data.get("response"))


def _is_message(data: object) -> bool:
    if data is None:
        return True
    fields = (data.get("headers") or []) if isinstance(data, dict) else None
    return isinstance(fields, list) and all(isinstance(field, list) and len(field) == 2 for field in fields)


def _checked(report: Report) -> Report:
    """The report, if what its types leave open is sound."""
    if not math.isfinite(report.run.duration_s):
        raise ReportError("run.duration_s: not a finite number")
    for number, rule in enumerate(report.rules):
        if (contradiction := policy.contradiction(rule.outcome, [check.outcome for check in rule.checks])) is not None:
            raise ReportError(f"rules.{number}.outcome: {contradiction}")
        for check in rule.checks:
            if check.outcome in policy.HELD and (worse := policy.BROKEN.intersection(check.case_outcomes.values())):
                raise ReportError(
                    f"rules.{number}: {check.id} is {check.outcome}, although a case of it is {min(worse)}"
                )
        for place, finding in enumerate(rule.findings):
            for name, data in (("exchange", finding.exchange), ("control", finding.control)):
                if data is not None and not is_exchange(data):
                    raise ReportError(f"rules.{number}.findings.{place}.{name}: not an exchange")
    return report


def json_schema() -> dict[str, Any]:
    """The JSON Schema of report.json, as these classes say it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **_adapter().json_schema(mode="serialization"),
        "title": "Report",
    }


def _current(data: Any) -> Any:  # noqa: ANN401 # parsed JSON, of any shape
    """The data of a report of any schema version, as one of the present version."""
    match data:
        case {"schema": "synq-conformance/report/2"}:
            return {**data, "tier": None}
        case {"schema": "synq-conformance/report/1"}:
            return {**from_1(data, INTERRUPTED), "schema": SCHEMA}
        case {"schema": "synq-conformance/report/0"}:
            return {**from_1(from_0(data), INTERRUPTED), "schema": SCHEMA}
        case {"schema": other}:
            raise ReportError(f"its schema is {other!r}; this version reads {SCHEMA} and the two before it")
        case _:
            raise ReportError("no report: it has no schema")
