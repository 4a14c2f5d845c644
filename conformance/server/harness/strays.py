"""What stands in the caller's own list although it belongs to others: by its id, and by the scope that it names."""

from __future__ import annotations

from urllib.parse import unquote

from conformance.config.profile import Target
from conformance.http.message import path_of
from conformance.server.harness.json_body import json_values
from conformance.server.harness.neighbours import ID_NAMES

TENANT_NAMES = ("tenant_id", "tenantId", "tenantID", "tenant")
"""What the tenant of an object is called. Other members may name tenants for other reasons."""


def stray_in(target: Target, body: bytes) -> str | None:
    """What of another organization's or tenant's this list holds, in words; None if it holds nothing of it.

    An object that has the id of the profile's foreign resource, which lies below the list, or that says itself that it
    is another tenant's.
    """
    above, _, known = (target.probe.foreign_resource or "").rpartition("/")
    foreign_id = unquote(known) if above == path_of(target.probe.read) else ""
    for value in json_values(body):
        if not isinstance(value, dict):
            continue
        if foreign_id and any(str(value.get(name)) == foreign_id for name in ID_NAMES):
            return f"the resource {foreign_id} of another organization"
        tenant = target.scope.other_tenant_id
        if tenant and any(value.get(name) == tenant for name in TENANT_NAMES):
            return f"an object of the tenant {tenant}"
    return None
