"""What stands in the caller's own list although it belongs to others: by its id, and by the scope that it names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from urllib.parse import unquote

from conformance.config.profile import Target
from conformance.http.message import path_of
from conformance.server.harness.json_body import json_in
from conformance.server.harness.telling import ID_NAMES

TENANT_NAMES = ("tenant_id", "tenantId", "tenantID", "tenant")
"""What the tenant of an object is called. Other members may name tenants for other reasons."""


def stray_in(target: Target, body: bytes) -> str | None:
    """What of another organization's or tenant's this list holds, in words; None if it holds nothing of it.

    An item that has the id of the profile's foreign resource, which lies below the list, or that says itself that it is
    another tenant's. What an item has within it may have such an id, and name such a tenant, for other reasons.
    """
    found = list(_outermost_lists(json_in(body)))
    above, _, known = (target.probe.foreign_resource or "").rpartition("/")
    foreign_id = unquote(known) if above == path_of(target.probe.read) else ""
    if foreign_id.isdigit() and len(found) > 1:
        foreign_id = ""  # the other list may be of things that are numbered as well
    tenant = target.scope.other_tenant_id
    for item in chain.from_iterable(found):
        if not isinstance(item, dict):
            continue
        if foreign_id and any(str(item.get(name)) == foreign_id for name in ID_NAMES):
            return f"the resource {foreign_id} of another organization"
        if tenant and any(item.get(name) == tenant for name in TENANT_NAMES):
            return f"an object of the tenant {tenant}"
    return None


def _outermost_lists(value: object) -> Iterator[list[object]]:
    """The answer itself if it is a list, or the lists that are members of its objects."""
    match value:
        case list():
            yield value
        case dict():
            for member in value.values():
                yield from _outermost_lists(member)
