"""The judge: an exchange against what would have been right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.http.exchange import Exchange, Failure
from conformance.http.identity import REQUEST_ID
from conformance.http.message import Field, Request
from conformance.results.data import Finding

BODY_KEPT = 4096
"""Octets of a body, and of a value of a response, that evidence keeps."""
FIELDS_KEPT = 100
"""Fields of a response that evidence keeps."""


class Violation(AssertionError):
    """The target broke the rule."""

    def __init__(self, *findings: Finding, request: Request | None = None) -> None:
        super().__init__("\n\n".join(described(finding) for finding in findings))
        self.findings = findings
        self.request = request
        """The request that broke it, as it was sent, secrets and all."""


class NotSeenAgain(Violation):
    """The target broke the rule once, and kept it each time that the case was judged again."""


class Surplus(Violation):
    """More requests were sent than the call at hand accounts for."""


class ForeignViolation(Violation):
    """The target broke another rule than the one at hand, which could not be judged because of that."""

    rule: str
    """The rule that was broken."""
    unjudged: str
    """Why the rule at hand could not be judged."""


class ServiceDied(ForeignViolation):
    """After this request the target no longer answered, although it had answered just before."""

    rule = "service-survives"
    unjudged = "the service died"


class CallerLeft(ForeignViolation):
    """A caller of the client was never answered, although a fresh client in the same adapter was."""

    rule = "callers-answered"
    unjudged = "follows from callers-answered: a caller was never answered"


class NotAssessed(Exception):
    """The case could not be judged, although it should have been; the reason says what would change that."""


class Unmet(NotAssessed):
    """What the case needs was not supplied; the reason says what to supply."""


class Inapplicable(NotAssessed):
    """The target has no such thing, so that the case cannot exist there."""


class HarnessError(Exception):
    """The suite, the adapter or the network failed, or time ran out: neither a pass nor a violation."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Which answers are right, and why."""

    statuses: frozenset[int]
    why: str
    may_close: bool = False
    """Whether a connection closed without an answer is right as well."""
    may_wait: bool = False
    """Whether silence is right as well: the target may take the request for one that is still to end."""


def judge(exchange: Exchange, expectation: Expectation) -> Finding | None:
    """What is wrong with this answer, or None."""
    if exchange.response is None:
        if expectation.may_close and exchange.failure is Failure.CLOSED:
            return None
        if expectation.may_wait and exchange.failure is Failure.TIMEOUT:
            return None
        return _finding(exchange, expectation, f"{exchange.failure}, although {expectation.why}")
    if exchange.response.status in expectation.statuses:
        return None
    return _finding(exchange, expectation, f"answered {exchange.response.status}, although {expectation.why}")


def _finding(exchange: Exchange, expectation: Expectation, summary: str) -> Finding:
    return Finding(summary, ranges(expectation.statuses), exchange.outcome, exchange=evidence(exchange))


def ranges(statuses: frozenset[int]) -> tuple[int | str, ...]:
    """Statuses for reading: a whole class is one word, the rest single numbers."""
    classes = [first for first in range(1, 6) if set(range(first * 100, first * 100 + 100)) <= statuses]
    single = sorted(status for status in statuses if status // 100 not in classes)
    if classes == [1, 3, 4, 5] and not single:
        return ("anything but 2xx",)
    return (*(f"{first}xx" for first in classes), *single)


def evidence(exchange: Exchange) -> dict[str, Any]:
    """An exchange as JSON data, not yet redacted."""
    request, response = exchange.request, exchange.response
    return {
        "request": {
            "method": request.method,
            "target": request.target,
            "headers": [list(field) for field in (*request.headers, *_identity(exchange))],
            "body": _text(request.body),
        },
        "response": None
        if response is None
        else {
            "status": response.status,
            "headers": [[name, _shortened(value)] for name, value in _first(response.headers)],
            "body": _text(response.body),
        },
        "failure": exchange.trouble,
        "duration_ms": round(exchange.duration_s * 1000, 2),
    }


def _identity(exchange: Exchange) -> tuple[Field, ...]:
    return () if exchange.request_id is None else ((REQUEST_ID, exchange.request_id),)


def _first(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, or so many of them as a reader may still want to see."""
    left = len(fields) - FIELDS_KEPT
    return fields if left <= 0 else (*fields[:FIELDS_KEPT], ("…", f"{left} more fields"))


def _shortened(value: str) -> str:
    return value if len(value) <= BODY_KEPT else f"{value[:BODY_KEPT]}… ({len(value)} octets)"


def _text(body: bytes) -> str:
    kept = body[:BODY_KEPT].decode("utf-8", "backslashreplace")
    return kept if len(body) <= BODY_KEPT else f"{kept}… ({len(body)} octets)"


def described(finding: Finding) -> str:
    """A finding as the text of a failure message."""
    lines = [finding.summary]
    if finding.case:
        lines.append(f"  case      {finding.case}")
    if finding.explanation:
        lines.append(f"  meaning   {finding.explanation}")
    if finding.cause:
        lines.append(f"  cause     likely: {finding.cause}")
    lines.append(f"  expected  {' or '.join(str(status) for status in finding.expected)}")
    lines.append(f"  got       {finding.got}")
    if finding.exchange is not None:
        lines += _described_exchange(finding.exchange)
    if finding.curl:
        lines.append(f"  repeat    {finding.curl}")
    return "\n".join(lines)


def _described_exchange(exchange: dict[str, Any]) -> list[str]:
    request, response = exchange["request"], exchange["response"]
    lines = [f"  request   {request['method']} {request['target']}"]
    lines += [f"            {name}: {value}" for name, value in request["headers"]]
    if response is not None:
        lines.append(f"  answer    {response['status']}")
        lines += [f"            {name}: {value}" for name, value in response["headers"]]
        lines.append(f"            {response['body'][:300]}")
    return lines
