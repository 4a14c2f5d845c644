"""Whether any of several requests opens something: an answer with the resource or another tenant's data in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.contract.inputs import ScopeName, scope_names, shipped_inputs
from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Field, Request, with_query
from conformance.server.harness.cases import UNKNOWN_ID
from conformance.server.harness.documented import AUTHORIZATION, ORG, TENANT
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.shelf import items_in
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.telling import ID_NAMES


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that must open nothing."""

    request: Request
    cause: str
    """The rule that is broken if it opens something without what is under test."""
    plain: Request
    """The request without what is under test."""


def attempts_with(synq: TargetApi, fields: tuple[Field, ...]) -> list[Attempt]:
    """Requests with these fields that must be refused: one without Authorization, one with another scope."""
    bare, elsewhere = synq.request(authorization=None), in_another_scope(synq)
    return [
        Attempt(bare.having(*fields), "authorization-missing", bare),
        Attempt(elsewhere.having(*fields), "tenant-foreign", elsewhere),
    ]


def in_another_scope(synq: TargetApi) -> Request:
    """The documented request for a tenant and an organization that the token does not name."""
    scope = synq.target.scope
    org = scope.other_tenant_org_id or scope.other_org_id or UNKNOWN_ID
    return synq.request(tenant=scope.other_tenant_id or UNKNOWN_ID, org=org)


def must_all_open_nothing(synq: TargetApi, attempts: Sequence[Attempt], neighbour: Foreign | None, *, why: str) -> None:
    """No accepted answer holds the resource, or what belongs to the other tenant if there is one to tell it by.

    What the body of a refusal holds is judged by a rule of its own.
    """
    answers = [synq.send(one.request, control=synq.documented()).unless(one.cause, one.plain) for one in attempts]
    for answered in answers:
        answered.observe_malformed()
    resource = synq.resource()
    giving = [
        one
        for one in answers
        if resource.given_in(one.exchange) or _given_of(neighbour, one.exchange)
    ]
    shown = (giving or answers)[0]
    shown.must_open_nothing(why=why)
    if neighbour is not None and shown.exchange.let_through:
        attempt = attempts[answers.index(shown)]
        if synq.step(attempt.plain).accepted:
            raise NotAssessed(f"follows from {attempt.cause}: its own request is accepted as well")
        neighbour.must_not_leak_in(shown)


def _given_of(neighbour: Foreign | None, exchange: Exchange) -> str | None:
    """A text of the other tenant in an accepted answer, or behind a change of the protocol."""
    return neighbour.seen_in(exchange) if neighbour is not None and exchange.let_through else None


def ids_in(items: Iterable[str]) -> frozenset[str]:
    """The ids that these items, each as JSON, have themselves."""
    objects = (one for one in map(json.loads, items) if isinstance(one, dict))
    return frozenset(str(one[name]) for one in objects for name in ID_NAMES if isinstance(one.get(name), str | int))


class OwnList:
    """What the documented request gives out, so that anything else in an answer can be told."""

    def __init__(self, synq: TargetApi) -> None:
        self._synq = synq

    def strangers(self, exchange: Exchange) -> list[str]:
        """Items of an accepted answer that the documented request gives out neither before nor after it.

        If these change by themselves, as with signed links, the ids tell them; NotAssessed is raised without any, and
        if the ids change as well.
        """
        if exchange.response is None or not exchange.accepted:
            return []
        before = self._items()
        found = [item for item in items_in(exchange.response.body) if item not in before]
        if not found:
            return []
        after = self._items()
        if not before - after:
            return [item for item in found if item not in after]
        ids_before, ids_after = ids_in(before), ids_in(after)
        if not ids_before & ids_after:
            raise NotAssessed("the list changes by itself, so that nothing can be said of what else is in an answer")
        return [item for item in found if ids_in([item]) - ids_before - ids_after]

    def _items(self) -> frozenset[str]:
        listed = self._synq.step(self._synq.documented())
        if listed.response is None or not listed.accepted:
            raise NotAssessed(f"the list was answered {listed.outcome}, so nothing can be said of what it holds")
        return frozenset(items_in(listed.response.body))


def must_change_nothing(
    synq: TargetApi, answers: Sequence[ResponseAssertion], neighbour: Foreign | None, *, why: str
) -> None:
    """No accepted answer holds an item that the documented one does not, or what belongs to the other tenant."""
    own = OwnList(synq)
    changed = [
        (one, more)
        for one in answers
        if (more := own.strangers(one.exchange))
        or (more := [text for text in [_given_of(neighbour, one.exchange)] if text])
    ]
    shown, more = changed[0] if changed else (answers[0], [])
    shown.must_hold(
        not changed, f"the answer holds what the documented one does not, although {why}: {', '.join(more)[:200]}",
        expected="the caller's own data, or a refusal", got=shown.exchange.outcome,
    )  # fmt: skip


NO_ORG = "no-such-organization"


def with_scope_beside(synq: TargetApi, name: ScopeName, request: Request) -> list[Request]:
    """The request with another tenant and organization in this place, with another organization alone, and with none.

    A filter that cannot read its value may leave the whole query unfiltered.
    """
    scope = synq.target.scope
    pairs = [
        (scope.other_tenant_id, scope.other_tenant_org_id or scope.other_org_id),
        (None, scope.other_org_id or scope.other_tenant_org_id),
        (None, NO_ORG),
    ]
    return [
        _beside(synq, name.place, request, _named([name], tenant, org)) for tenant, org in pairs if tenant or org
    ]


def with_every_scope_beside(synq: TargetApi, place: str, request: Request, foreign: Foreign) -> Request:
    """The request with the other tenant and its organization in this place, under every name that is known."""
    names = scope_names(shipped_inputs().with_those_of(synq.target.inputs), place)
    return _beside(synq, place, request, _named(names, foreign.tenant_id, foreign.org_id))


def with_every_scope_twice(synq: TargetApi, request: Request, foreign: Foreign, *, own_first: bool) -> Request:
    """The request whose query has every name twice, with the caller's own id and with the other tenant's."""
    names, scope = scope_names(shipped_inputs().with_those_of(synq.target.inputs), "query"), synq.target.scope
    own, others = _named(names, scope.tenant_id, scope.org_id), _named(names, foreign.tenant_id, foreign.org_id)
    return _beside(synq, "query", request, [*own, *others] if own_first else [*others, *own])


def _named(names: Sequence[ScopeName], tenant: str | None, org: str | None) -> list[Field]:
    """Each name with the id that it stands for; a name that two have counts once."""
    pairs = [pair for name in names for pair in ((name.tenant, tenant), (name.org, org))]
    return list({key: (key, value) for key, value in pairs if value}.values())


def _beside(synq: TargetApi, place: str, request: Request, pairs: Sequence[Field]) -> Request:
    match place:
        case "query":
            query = "&".join(f"{key}={value}" for key, value in pairs)
            return replace(request, target=with_query(request.target, query))
        case "cookie":
            return request.having(("Cookie", "; ".join(f"{key}={value}" for key, value in pairs)))
        case "path":
            base_path = synq.target.base_path
            below = "".join(f"{key}/{value}" for key, value in pairs)
            target = f"{base_path}{below}{request.target.removeprefix(base_path)}"
            return Request(request.method, target, request.headers, request.body)
    return request.having(*pairs)


def in_other_fields(synq: TargetApi, name: ScopeName, missing: str) -> Request:
    """The documented request in which one of the two headers bears another name."""
    scope = synq.target.scope
    field = (name.tenant, scope.tenant_id) if missing == TENANT else (name.org, scope.org_id)
    return synq.request().without(missing).having(field)


CONNECTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "authorization-of-a-bad-token": (AUTHORIZATION, {"token": "not-a-token"}),
    "authorization-of-another-scheme": (AUTHORIZATION, {"authorization": "Basic dTpw"}),
    "authorization-lower-case": ("close, authorization", {"token": "not-a-token"}),
    "tenant-of-another": (TENANT, {"tenant": UNKNOWN_ID}),
    "org-of-another": (ORG, {"org": UNKNOWN_ID}),
    "scope-of-another": (f"{TENANT}, {ORG}", {"tenant": UNKNOWN_ID, "org": UNKNOWN_ID}),
    "all-three": (f"{AUTHORIZATION}, {TENANT}, {ORG}", {"token": "not-a-token", "tenant": UNKNOWN_ID}),
    "forwarded-for": ("close, X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Server", {"authorization": None}),
    "real-ip": ("close, X-Real-IP, Forwarded, Via", {"authorization": None}),
}
"""What Connection names, and what of the request is wrong, by a name for reports."""
