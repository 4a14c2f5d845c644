"""What the caller may do: tenant, organization and role, by the token and never by the headers alone."""

from __future__ import annotations

from conformance.mock.call import Call, Caller, Claims
from conformance.mock.problems import forbidden
from conformance.mock.world import TENANT_OF_ORG

READERS = frozenset({"viewer", "editor", "admin"})
WRITERS = frozenset({"editor", "admin"})


def authorize(call: Call, claims: Claims) -> Caller:
    """The caller, if both headers name what the token is good for."""
    tenant = _one(call, "x-tenant-id")
    org = _one(call, "x-org-id")
    orgs = claims.get("org_ids")
    if claims.get("tenant_id") != tenant:
        raise forbidden("The token is not good for this tenant.")
    if not isinstance(orgs, list) or org not in orgs or TENANT_OF_ORG.get(org) != tenant:
        raise forbidden("The token is not good for this organization.")
    return Caller(tenant, org, str(claims.get("role")))


def _one(call: Call, name: str) -> str:
    sent = call.steps.values(call, name)
    if len(sent) != 1 or not sent[0]:
        raise forbidden("The request does not name one tenant and one organization.")
    return sent[0]


def check_role(_call: Call, caller: Caller, allowed: frozenset[str]) -> None:
    if caller.role not in allowed:
        raise forbidden("The role does not allow this.")
