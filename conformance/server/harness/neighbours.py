"""What of another tenant's may be asked for by name: an object of its list, a text in it, its own part of the host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from conformance.contract.inputs import scope_names, shipped_inputs
from conformance.evidence.judge import Inapplicable, NotAssessed
from conformance.http.message import Request, path_of, with_query
from conformance.server.harness.documented import ORG, TENANT
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.json_body import json_values
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.telling import ID_NAMES

SEARCHED = ("q", "query", "search", "keyword", "term", "s", "name")
"""What the text to search for is called in the query."""
EVERYTHING = {
    "all": "true", "scope": "all", "all_tenants": "true", "all_orgs": "true", "global": "true", "unscoped": "true",
    "withTrashed": "true", "with_trashed": "true", "trashed": "with", "withDeleted": "true", "include_deleted": "true",
    "deleted": "true", "archived": "true", "include_archived": "true",
}  # fmt: skip
"""What asks a list for more than the caller's own; what drops one filter may drop the others with it."""
BELOW_THE_LIST = ("export", "search", "all", "list", "download", "bulk")
"""What often hangs below a list, with a query of its own behind it."""
FORMS = ("text/plain", "text/csv", "application/xml", "application/x-ndjson", "application/vnd.ms-excel", "text/html")
"""Other forms that a list may be asked for, each written by a program of its own."""
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class NeighboursObject:
    """An object of the other tenant's list."""

    id_name: str
    id: Any
    name: str
    """The longest of its other texts, which a search would look for."""


def object_of(synq: TargetApi, foreign: Foreign) -> NeighboursObject:
    """An object of the other tenant, as its list shows it; raises Inapplicable if none there has an id and a text."""
    theirs = synq.request(token=foreign.token, tenant=foreign.tenant_id, org=foreign.org_id)
    exchange = synq.step(theirs)
    if exchange.response is None or not exchange.accepted:
        raise NotAssessed(f"the other tenant's list was answered {exchange.outcome}")
    for value in json_values(exchange.response.body):
        if isinstance(value, dict) and (found := _object(value, foreign)) is not None:
            return found
    raise Inapplicable("the other tenant's list has no object with an id and a text of its own")


def _object(value: dict[str, Any], foreign: Foreign) -> NeighboursObject | None:
    id_name = next((name for name in ID_NAMES if isinstance(value.get(name), str | int)), None)
    if id_name is None or str(value[id_name]) not in foreign.markers:
        return None
    texts = [text for name, text in value.items() if name != id_name and isinstance(text, str)]
    own = [text for text in texts if text in foreign.markers - {foreign.tenant_id, foreign.org_id}]
    return NeighboursObject(id_name, value[id_name], max(own, key=len)) if own else None


def path_of_object(synq: TargetApi, other: NeighboursObject) -> str:
    """Its path, made like that of the profile's foreign resource; raises Inapplicable without one."""
    known = synq.target.probe.foreign_resource
    if known is None:
        raise Inapplicable("the profile has no probe.foreign_resource that shows how an object is asked for")
    return f"{known.rpartition('/')[0]}/{quote(str(other.id), safe='')}"


def there(neighbour: Foreign | None) -> Foreign:
    """The other tenant; raises Inapplicable if there is none that could be told from one's own."""
    if neighbour is None:
        raise Inapplicable("the profile has no other tenant whose data could be told from one's own")
    return neighbour


def searching(synq: TargetApi, text: str) -> Request:
    """The list, asked for what has this text in it, in any tenant."""
    return _asking(synq, {name: quote(text) for name in SEARCHED} | EVERYTHING)


def below_the_list(synq: TargetApi, name: str, text: str) -> Request:
    """What hangs below the list under this name, asked for what has this text in it."""
    query = "&".join(f"{one}={quote(text)}" for one in SEARCHED)
    return synq.request("GET", with_query(f"{path_of(synq.target.probe.read)}/{name}", query))


def with_every_scope_empty(synq: TargetApi) -> Request:
    """The list, asked with every name for a scope that is known, and nothing behind it."""
    names = scope_names(shipped_inputs().with_those_of(synq.target.inputs), "query")
    return _asking(synq, dict.fromkeys((one.org for one in names), ""))


def _asking(synq: TargetApi, pairs: dict[str, str]) -> Request:
    query = "&".join(f"{name}={value}" for name, value in pairs.items())
    return synq.request("GET", with_query(synq.target.probe.read, query))


def under_its_host(synq: TargetApi) -> Request:
    """The documented request under a name of the host that begins with the other tenant's or an organization's id.

    Raises Inapplicable if none of them can be part of such a name.
    """
    scope, host = synq.target.scope, synq.target.origin.partition("://")[2]
    ids = (scope.other_tenant_id, scope.other_tenant_org_id, scope.other_org_id)
    label = next((one for one in ids if one and _LABEL.fullmatch(one)), None)
    if label is None:
        raise Inapplicable("the ids of the other tenant and organizations can be no part of a host's name")
    return synq.request().having(("Host", f"{label}.{host}"), ("X-Forwarded-Host", f"{label}.{host}"))


IN_ONE_VALUE: dict[str, tuple[str, tuple[str, ...]]] = {
    "list": ("{own},{other}", (ORG,)),
    "list-other-first": ("{other},{own}", (ORG,)),
    "list-of-pairs": ("{own},{other}", (TENANT, ORG)),
    "alternatives": ("{own}|{other}", (TENANT, ORG)),
    "path": ("{own}/../{other}", (TENANT,)),
}
"""One's own and a foreign id in one value, and the headers that have it; by a name for reports."""


def in_one_value(synq: TargetApi, foreign: Foreign, form: str) -> Request:
    """The documented request with one's own and the foreign id in one value."""
    template, headers = IN_ONE_VALUE[form]
    scope = synq.target.scope
    pairs = {TENANT: (scope.tenant_id, foreign.tenant_id), ORG: (scope.org_id, foreign.org_id)}
    values = {name: template.format(own=pairs[name][0], other=pairs[name][1]) for name in headers}
    # Along a path the organization is looked for in the tenant that the path leads to.
    org = foreign.org_id if form == "path" else values[ORG]
    return synq.request(tenant=values.get(TENANT, scope.tenant_id), org=org)
