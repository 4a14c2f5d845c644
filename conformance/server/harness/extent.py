"""How much a run would send to a target, and about how long it would take."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.config.profile import Target
from conformance.contract.rules import Role, load_contract
from conformance.tokens.life import span_in_words

REQUESTS_A_RULE = {"quick": 42, "standard": 54, "deep": 310}
"""Measured on the embedded Synq: all exchanges of a run, by the rules that it judged."""
SUITE_S = 0.006
"""What the suite itself takes for a request at least."""


@dataclass(frozen=True, slots=True)
class RunExtent:
    """What a run comes to."""

    requests: int
    duration_s: float


def requests_of(target: Target, depth: str, pace_s: float = 0.0, rules: frozenset[str] | None = None) -> RunExtent:
    """The extent of a run at this depth on this target, which answers a request in `pace_s`; None: of all rules."""
    asked = [rule for rule in load_contract().of(Role.SERVER) if rules is None or rule.id in rules]
    opened = sum(not rule.unmet(target.capabilities) for rule in asked)
    requests = opened * REQUESTS_A_RULE[depth]
    rate = target.limits.requests_per_second
    return RunExtent(requests, requests * max(pace_s, SUITE_S, 0.0 if rate is None else 1 / rate))


def extent_in_words(extent: RunExtent, depth: str) -> str:
    """About how much, rounded."""
    requests = round(extent.requests, -2) or extent.requests
    return f"a run of depth {depth} sends about {requests:,} requests in {span_in_words(max(extent.duration_s, 1))}"
