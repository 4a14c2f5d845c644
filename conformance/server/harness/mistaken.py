"""Header fields that Jetty, which keeps those of a connection, takes for others in other letters."""

from __future__ import annotations

from collections.abc import Collection

from conformance.config.profile import Scope
from conformance.http.exchange import Transport
from conformance.http.message import Request
from conformance.server.harness.documented import AUTHORIZATION, ORG, TENANT


def close_if_mistakable(transport: Transport, request: Request, tokens: Collection[str], scope: Scope) -> None:
    """Let nothing follow this request on its connection, if a good one that did would be mistaken for it."""
    if may_be_mistaken(request, tokens, scope):
        transport.close()


def may_be_mistaken(request: Request, tokens: Collection[str], scope: Scope) -> bool:
    """Whether a field of it is a good one, with one of these tokens or the caller's ids, but for its letters' case."""
    good = {
        AUTHORIZATION: [f"Bearer {token}" for token in tokens],
        TENANT: [scope.tenant_id],
        ORG: [scope.org_id],
    }
    return any(
        _differ_in_case_alone(value, one)
        for name, values in good.items()
        for value in request.values(name)
        for one in values
    )


def _differ_in_case_alone(value: str, good: str) -> bool:
    return len(value) == len(good) and value != good and value.lower() == good.lower()
