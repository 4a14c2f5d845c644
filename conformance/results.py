"""What a run found, as data: the one model behind every report format (schema synq-conformance/report/1)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.contract import Level, Role

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = "synq-conformance/report/1"
INTERRUPTED = "the run was interrupted"
"""The note of a run that was ended before it was done."""


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
    check: str | None = None
    """Id of the check that found it."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a rule over all its cases."""

    id: str
    outcome: Outcome
    cases: int
    exchanges: int
    reason: str | None = None
    waiver: dict[str, Any] | None = None
    """{"reason", "until" (ISO date), "ticket"} where a waiver covers this check's failure."""
    case_outcomes: dict[str, Outcome] = field(default_factory=dict)
    """Case -> outcome, for the cases that did not pass."""
    passed_cases: tuple[str, ...] = ()
    """The cases that passed; reports of earlier suites do not name them."""


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
    flaky: bool = False
    """Whether repeated runs disagreed about it (only in merged reports)."""


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
    named_by: tuple[str, ...] = ()
    """The options that named the subject on the command line, such as ("--profile", "staging.toml")."""
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
    complaints: tuple[str, ...] = ()
    """What is wrong with the run's waivers: stale ones, and ones whose date is over."""
    schema: str = SCHEMA


class ReportError(ValueError):
    """The text is not a report that this version reads."""


def grades(rules: Iterable[RuleResult]) -> dict[Level, Grade]:
    """The rules of each level, counted by outcome."""
    outcomes: dict[Level, list[Outcome]] = {level: [] for level in Level}
    for rule in rules:
        outcomes[rule.level].append(rule.outcome)
    return {level: _grade(found) for level, found in outcomes.items()}


def _grade(outcomes: list[Outcome]) -> Grade:
    open_ones = outcomes.count(Outcome.NOT_ASSESSED) + outcomes.count(Outcome.ERROR)
    return Grade(
        passed=outcomes.count(Outcome.PASSED),
        failed=outcomes.count(Outcome.FAILED),
        not_assessed=open_ones,
        waived=outcomes.count(Outcome.WAIVED),
    )


def verdict(rules: Iterable[RuleResult], level: Level) -> Verdict:
    """The run in one word, for a run that answers for `level` and everything heavier.

    - An unwaived failure there: not conformant. A breach that was seen stays one, whatever else broke down.
    - Otherwise an error there: not assessed. The suite, the adapter or the network failed, and a run that
      broke down vouches for nothing.
    - Otherwise no required rule was judged at all: not assessed.
    - Otherwise something there is open or waived: conformant as far as assessed.
    - Otherwise: conformant.
    """
    answered_for = [rule for rule in rules if level.includes(rule.level)]
    outcomes = {rule.outcome for rule in answered_for}
    judged = {rule.outcome for rule in answered_for if rule.level is Level.REQUIRED and rule.outcome in _JUDGED}
    if Outcome.FAILED in outcomes:
        return Verdict.NOT_CONFORMANT
    if Outcome.ERROR in outcomes or not judged:
        return Verdict.NOT_ASSESSED
    if outcomes == {Outcome.PASSED}:
        return Verdict.CONFORMANT
    return Verdict.CONFORMANT_AS_ASSESSED


_JUDGED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.WAIVED})


def exit_code(report: Report) -> int:
    """0 conformant, as far as assessed at least; 1 not conformant, or a stale waiver; 3 not assessed."""
    match report.verdict:
        case Verdict.NOT_CONFORMANT:
            return 1
        case Verdict.NOT_ASSESSED:
            return 3
        case Verdict.CONFORMANT | Verdict.CONFORMANT_AS_ASSESSED:
            return 1 if report.complaints else 0


@cache
def _adapter() -> TypeAdapter[Report]:
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def dumps(report: Report) -> str:
    """The text of report.json: the same report always gives the same text, in ASCII alone."""
    data = _adapter().dump_python(report, mode="json")
    return json.dumps({"schema": data.pop("schema"), **data}, indent=1) + "\n"


def loads(text: str) -> Report:
    """The report that a report.json of this or an older schema version holds; else ReportError."""
    from pydantic import ValidationError

    try:
        return _checked(_adapter().validate_python(_current(json.loads(text))))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ReportError(f"{where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise ReportError(str(error)) from error


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
        for place, finding in enumerate(rule.findings):
            for name, data in (("exchange", finding.exchange), ("control", finding.control)):
                if data is not None and not is_exchange(data):
                    raise ReportError(f"rules.{number}.findings.{place}.{name}: not an exchange")
    return report


def json_schema() -> dict[str, Any]:
    """The JSON Schema of report.json, as these classes say it."""
    schema = _adapter().json_schema(mode="serialization")
    schema["properties"]["schema"] = {"const": SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **schema,
    }


def _current(data: Any) -> dict[str, Any]:  # noqa: ANN401 # parsed JSON, of any shape
    """The data of a report of any schema version, as one of the present version."""
    match data:
        case {"schema": "synq-conformance/report/1"}:
            return dict(data)
        case {"schema": "synq-conformance/report/0"}:
            return _from_0(data)
        case {"schema": other}:
            raise ReportError(f"its schema is {other!r}; this version reads {SCHEMA} and the one before it")
        case _:
            raise ReportError("no report: it has no schema")


def _from_0(data: dict[str, Any]) -> dict[str, Any]:
    """Version 0 had neither grades nor seed; it said `target` for the subject, `skipped` for not assessed."""
    if missing := {"target", "rules", "run", "contract"} - set(data):
        raise ReportError(f"{min(missing)}: Field required")
    rules = [
        {**rule, "outcome": "not-assessed" if rule.get("outcome") == "skipped" else rule.get("outcome")}
        for rule in data["rules"]
    ]
    run = {"seed": 0, "depth": "standard", **data["run"]}
    blank = {
        "schema": SCHEMA,
        "subject": data["target"],
        "contract": data["contract"],
        "run": run,
        "verdict": Verdict.NOT_ASSESSED,
        "grades": {},
        "rules": rules,
    }
    report = _adapter().validate_python(blank)
    graded = {
        "verdict": verdict(report.rules, report.run.level),
        "grades": grades(report.rules),
    }
    return {**blank, **graded}
