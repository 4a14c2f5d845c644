"""What every answer of a run is looked at for, of whatever check. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.evidence.judge import evidence
from conformance.http.exchange import Exchange, Failure
from conformance.results.data import Finding
from conformance.server.harness.challenges import bearer_challenge
from conformance.server.harness.resource import Resource

UNSUPPORTED = frozenset({501, 505})
"""They say that the server has no such method or version, which is true and no fault of its own."""

Observation = tuple[str, Finding]
"""The rule that is broken, and what breaks it."""


def observed(exchange: Exchange, *, protected: bool, resource: Resource | None) -> Iterator[Observation]:
    """What is wrong with any answer. `protected`: whether the request is for what the three headers guard."""
    response = exchange.response
    if response is None:
        return
    if response.status in (401, 403) and resource is not None and (text := resource.seen_in(exchange)) is not None:
        summary = f"the body of the {response.status} holds {text!r}, which belongs to the resource that it refuses"
        yield "refusal-without-data", _finding(exchange, summary, "a body without any of the resource")
    field = response.value("WWW-Authenticate")
    for_bearer = protected and not _offers_another_scheme(exchange)
    if response.status == 401 and (not field or (for_bearer and bearer_challenge(field) is None)):
        kind = "Bearer challenge" if for_bearer else "challenge"
        summary = f"the 401 to {exchange.request.method} {exchange.request.target} carries no {kind}"
        yield "challenge-present", _finding(exchange, summary, f"WWW-Authenticate with a {kind}", field or "none")


def _offers_another_scheme(exchange: Exchange) -> bool:
    """Whether credentials came under another scheme, whose own challenge is right then (RFC 9449 §7.1 of DPoP)."""
    sent = exchange.request.values("Authorization")
    return bool(sent) and all(re.match(r"[!#$%&'*+.^_`|~\w-]+ ", value) for value in sent) and not any(
        value.lower().startswith("bearer") for value in sent
    )  # fmt: skip


def unanswered(exchange: Exchange, *, may_wait: bool = False) -> Observation | None:
    """Whether the server broke on this request, or left it without an answer; a closed connection is an answer."""
    if exchange.failure is Failure.TIMEOUT and not may_wait:
        return "no-server-error", _finding(exchange, "no answer in time to a malformed request", "any 4xx")
    if exchange.status is not None and exchange.status >= 500 and exchange.status not in UNSUPPORTED:
        return "no-server-error", _finding(exchange, f"answered {exchange.status} to a malformed request", "any 4xx")
    return None


def _finding(exchange: Exchange, summary: str, expected: str, got: str | None = None) -> Finding:
    return Finding(summary, (expected,), exchange.outcome if got is None else got, exchange=evidence(exchange))
