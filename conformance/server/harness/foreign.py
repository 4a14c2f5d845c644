"""What belongs to another tenant, and how to tell whether any of it came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.evidence.judge import NotAssessed, Unmet
from conformance.http.exchange import Exchange
from conformance.server.harness.json_body import json_values
from conformance.server.harness.resource import says, sent
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.telling import SHORTEST_MARKER, telling


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another tenant of the target, and the texts that only its answers hold."""

    token: str
    tenant_id: str
    org_id: str
    markers: frozenset[str]

    def seen_in(self, exchange: Exchange) -> str | None:
        """A foreign text that the answer's body holds although the request did not send it; None if there is none."""
        if exchange.response is None:
            return None
        text = exchange.response.body.decode("utf-8", "replace")
        found = (marker for marker in sorted(self.markers) if says(text, marker))
        return next((marker for marker in found if not sent(exchange.request, marker)), None)

    def must_not_leak_in(self, answered: ResponseAssertion) -> None:
        """Nothing of the foreign tenant stands in this answer; what the request sent itself may stand there."""
        leaked = self.seen_in(answered.exchange)
        answered.must_hold(
            leaked is None, f"the answer holds {leaked!r}, which belongs to another tenant",
            expected="no data of the other tenant", got=answered.exchange.outcome,
        )  # fmt: skip


def other_tenant_of(synq: TargetApi) -> Foreign:
    """Returns the other tenant of the profile, by no text of its own; raises Unmet if the profile has none."""
    scope, token = synq.target.scope, synq.target.tokens.other_tenant
    tenant_id, org_id = scope.other_tenant_id, scope.other_tenant_org_id or scope.other_org_id
    if token is None or tenant_id is None or org_id is None:
        raise Unmet("supply tokens.other_tenant, scope.other_tenant_id and scope.other_tenant_org_id in the profile")
    return Foreign(token, tenant_id, org_id, frozenset())


def foreign_of(synq: TargetApi) -> Foreign:
    """Returns the other tenant of the profile; raises NotAssessed if it cannot be told from one's own."""
    other = other_tenant_of(synq)
    theirs = synq.step(synq.request(token=other.token, tenant=other.tenant_id, org=other.org_id))
    if synq.target.probe.write is not None:
        synq.marks.new()  # which writes: what is new on the list may say what only theirs said before
    ours = synq.step(synq.request())
    if theirs.response is None or not theirs.accepted:
        raise NotAssessed(
            f"tokens.other_tenant with scope.other_tenant_id and scope.other_tenant_org_id got {theirs.outcome}"
        )
    markers = telling(theirs.body, ours.body, (other.tenant_id, other.org_id))
    if not markers:
        raise NotAssessed("the other tenant's answer holds nothing by which it could be told from one's own")
    return replace(other, markers=markers)


def foreign_if_any(synq: TargetApi) -> Foreign | None:
    """Returns the other tenant of the profile; None if there is none, or it cannot be told from one's own."""
    try:
        return foreign_of(synq)
    except NotAssessed:
        return None


def texts(body: bytes) -> Iterator[str]:
    """Every text in a JSON body that is long enough to be told; none if the body is not JSON."""
    for value in json_values(body):
        if isinstance(value, str) and len(value) >= SHORTEST_MARKER:
            yield value
