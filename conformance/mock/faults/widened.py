"""Faults by which a genuine token reaches further: a wider scope, a higher role, other objects, a longer life."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs

from conformance.http.message import Response
from conformance.mock import world
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.faults import opened
from conformance.mock.faults.bending import first_value, guarded
from conformance.mock.faults.registry import fault
from conformance.mock.problems import forbidden
from conformance.mock.resources import as_json, json_body, keep_product, name_in
from conformance.mock.routes import PRODUCTS
from conformance.mock.world import Account, Product

# ------------------------------------------------------------------ scope


def _query(call: Call) -> dict[str, list[str]]:
    return parse_qs(call.request.target.partition("?")[2], keep_blank_values=True)


def _listing(steps: Steps, choose: Callable[[Call, Caller], list[Product] | None]) -> Steps:
    """The list holds what `choose` returns, or the caller's own if that is None."""

    def list_products(call: Call, caller: Caller) -> Response:
        chosen = choose(call, caller)
        if chosen is None:
            return steps.list_products(call, caller)
        return as_json(200, {"items": [product.members() for product in chosen]})

    return replace(steps, list_products=list_products)


def _all(call: Call) -> list[Product]:
    return [product for catalogue in call.synq.products.values() for product in list(catalogue.values())]


@fault("scope-beside-headers")
def host_chooses_the_tenant(steps: Steps) -> Steps:
    """The catalogue is the one of the tenant that the host is named after."""

    def choose(call: Call, _caller: Caller) -> list[Product] | None:
        host = first_value(call, "x-forwarded-host") or first_value(call, "host")
        orgs = [org for org, tenant in world.TENANT_OF_ORG.items() if host.partition(".")[0] in (org, tenant)]
        others = [org for org in orgs if world.TENANT_OF_ORG[org] == world.OTHER_TENANT]
        return list(call.synq.products[others[0]].values()) if others else None

    return _listing(steps, choose)


@fault("foreign-resource")
def list_of_all_tenants(steps: Steps) -> Steps:
    """The list without a query has no filter: it holds what all tenants have."""
    return _listing(steps, lambda call, _: None if _query(call) else _all(call))


@fault("foreign-resource")
def list_of_the_whole_tenant(steps: Steps) -> Steps:
    """The list is filtered by the tenant, and not by the organization."""

    def choose(call: Call, caller: Caller) -> list[Product]:
        return [
            product
            for org, catalogue in call.synq.products.items()
            if world.TENANT_OF_ORG[org] == caller.tenant_id
            for product in list(catalogue.values())
        ]

    return _listing(steps, choose)


@fault("foreign-resource")
def trash_shown_without_any_scope(steps: Steps) -> Steps:
    """What asks for deleted rows as well drops every filter, the tenant's with it."""
    return _listing(steps, lambda call, _: _all(call) if "withTrashed" in _query(call) else None)


@fault("foreign-resource")
def dump_without_a_filter(steps: Steps) -> Steps:
    """The list as plain text is written by another program, which knows no tenants."""

    def list_products(call: Call, caller: Caller) -> Response:
        if first_value(call, "accept") != "text/plain":
            return steps.list_products(call, caller)
        lines = "\n".join(f"{product.id} {product.name}" for product in _all(call))
        return Response(200, (("Content-Type", "text/plain"),), lines.encode())

    return replace(steps, list_products=list_products)


@fault("foreign-resource")
def export_without_a_filter(steps: Steps) -> Steps:
    """What hangs below the list came later, and is not scoped."""

    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        if product_id != "download":
            return steps.read_product(call, caller, product_id)
        return as_json(200, [product.members() for product in _all(call)])

    return replace(steps, read_product=read_product)


@fault("scope-beside-headers")
def list_unfiltered_by_an_empty_org(steps: Steps) -> Steps:
    """A filter by organizationId is put in the scope's place, and one without a value filters nothing."""
    return _listing(steps, lambda call, _: _all(call) if _query(call).get("organizationId") == [""] else None)


@fault("foreign-resource")
def list_unfiltered_on_demand(steps: Steps) -> Steps:
    """scope=all is for the support staff, and nothing asks who sends it."""
    return _listing(steps, lambda call, _: _all(call) if _query(call).get("scope") == ["all"] else None)


@fault("foreign-resource")
def search_in_all_catalogues(steps: Steps) -> Steps:
    """Searching goes over an index of all organizations."""

    def choose(call: Call, _caller: Caller) -> list[Product] | None:
        text = _query(call).get("search")
        return None if text is None else [product for product in _all(call) if text[0] in product.name]

    return _listing(steps, choose)


@fault("duplicate-foreign-data")
def one_of_several_orgs_is_enough(steps: Steps) -> Steps:
    """X-Org-ID may name several organizations, one of them the token's, and all of them are given out."""

    def list_products(call: Call, caller: Caller) -> Response:
        named = re.split("[,|]", first_value(call, "x-org-id"))
        items = [product.members() for org in named for product in list(call.synq.products.get(org, {}).values())]
        return as_json(200, {"items": items}) if len(named) > 1 else steps.list_products(call, caller)

    def authorize(call: Call, claims: Claims) -> Caller:
        named = re.split("[,|]", first_value(call, "x-org-id"))
        own = claims.get("org_ids") or []
        known = len(named) > 1 and all(org in world.TENANT_OF_ORG for org in named) and set(own) & set(named)
        if known and call.steps.values(call, "x-tenant-id") == (claims.get("tenant_id"),):
            return Caller(str(claims["tenant_id"]), str(own[0]), str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize, list_products=list_products)


@fault("duplicate-foreign-data")
def tenant_is_part_of_a_path(steps: Steps) -> Steps:
    """X-Tenant-ID is compared by its beginning, and is part of a path that is resolved behind that."""

    def authorize(call: Call, claims: Claims) -> Caller:
        tenant = first_value(call, "x-tenant-id")
        if tenant == f"{claims.get('tenant_id')}/../{world.OTHER_TENANT}":
            return Caller(world.OTHER_TENANT, world.OTHER_TENANT_ORG, str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("token-unprovisioned")
def no_organizations_are_all(steps: Steps) -> Steps:
    """A token that names a tenant and no organization is good for all of the tenant's."""

    def authorize(call: Call, claims: Claims) -> Caller:
        org = first_value(call, "x-org-id")
        if claims.get("tenant_id") and not claims.get("org_ids") and org in world.TENANT_OF_ORG:
            return steps.authorize(call, {**claims, "org_ids": [org]})
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("token-unprovisioned")
def no_tenant_is_any(steps: Steps) -> Steps:
    """A token that names organizations and no tenant is good for the tenant of the header."""

    def authorize(call: Call, claims: Claims) -> Caller:
        if claims.get("org_ids") and not claims.get("tenant_id"):
            return steps.authorize(call, {**claims, "tenant_id": first_value(call, "x-tenant-id")})
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


# ------------------------------------------------------------------ objects


@fault("refusal-without-data", also_breaks=("object-foreign",))
def foreign_product_named_in_its_refusal(steps: Steps) -> Steps:
    """The refusal of another organization's product says what it is called."""

    def find_product(call: Call, caller: Caller, product_id: str) -> Product:
        try:
            return steps.find_product(call, caller, product_id)
        except Refused as refused:
            named = [product.name for product in _all(call) if product.id == product_id]
            raise forbidden(f"{named[0]} belongs to another organization.") if named else refused from refused

    return replace(steps, find_product=find_product)


@fault("scope-beside-write")
def id_of_the_body_is_saved(steps: Steps) -> Steps:
    """A product whose body has an id is saved under it, although it is another tenant's."""

    def create_product(call: Call, caller: Caller) -> Response:
        sent = opened.json_object(call.request.body)
        wanted = str(sent.get("id"))
        for catalogue in call.synq.products.values():
            if wanted in catalogue:
                catalogue[wanted] = replace(catalogue[wanted], name=name_in(sent))
                return as_json(201, catalogue[wanted].members())
        return steps.create_product(call, caller)

    return replace(steps, create_product=create_product)


# ------------------------------------------------------------------ role


@fault("role-forbidden")
def role_named_by_the_caller(steps: Steps) -> Steps:
    """The gateway hands the role on as X-User-Role, and does not take away what the caller said."""

    def check_role(call: Call, caller: Caller, allowed: frozenset[str]) -> None:
        steps.check_role(call, replace(caller, role=first_value(call, "x-user-role") or caller.role), allowed)

    return replace(steps, check_role=check_role)


@fault("role-forbidden")
def put_creates_without_a_role(steps: Steps) -> Steps:
    """The role is asked for at POST, and PUT on the list creates as well."""

    def respond(call: Call) -> Response:
        if call.steps.method(call) != "PUT" or call.steps.path(call) != PRODUCTS:
            return steps.respond(call)
        caller = call.steps.authorize(call, call.steps.authenticate(call))
        return as_json(201, keep_product(call, caller, name_in(json_body(call))).members())

    return replace(steps, respond=respond)


@fault("role-forbidden")
def post_in_a_get_needs_no_role(steps: Steps) -> Steps:
    """The role is asked for by the method of the request line, and the handler goes by X-HTTP-Method-Override."""

    def list_products(call: Call, caller: Caller) -> Response:
        if first_value(call, "x-http-method-override") == "POST" and call.steps.method(call) == "GET":
            return call.steps.create_product(call, caller)
        return steps.list_products(call, caller)

    return replace(steps, list_products=list_products)


def _created_by_anybody(steps: Steps, sent: Callable[[Call], object]) -> Steps:
    """A write to the list in which `sent` finds a product is kept, whatever the role is."""

    def respond(call: Call) -> Response:
        found = sent(call) if call.steps.method(call) == "POST" else None
        if not isinstance(found, dict):
            return steps.respond(call)
        caller = call.steps.authorize(call, call.steps.authenticate(call))
        return as_json(201, keep_product(call, caller, name_in(found)).members())

    return replace(steps, respond=respond)


@fault("role-forbidden")
def role_asked_of_json_alone(steps: Steps) -> Steps:
    """What is no JSON by its type is handed on without a look at the role, and read as JSON all the same."""

    def sent(call: Call) -> object:
        typed = first_value(call, "content-type") == "text/plain" and call.steps.path(call) == PRODUCTS
        return opened.json_object(call.request.body) if typed else None

    return _created_by_anybody(steps, sent)


@fault("role-forbidden")
def role_asked_on_one_form_of_the_path(steps: Steps) -> Steps:
    """The role's list of paths has no slash behind them, and the router takes both."""

    def sent(call: Call) -> object:
        slash = call.request.target.partition("?")[0] == f"{PRODUCTS}/"
        return opened.json_object(call.request.body) if slash else None

    return _created_by_anybody(steps, sent)


@fault("role-forbidden")
def role_not_asked_of_many(steps: Steps) -> Steps:
    """Writes in a list came later, and the role is not asked for."""

    def sent(call: Call) -> object:
        items = _items(call) if call.steps.path(call) == PRODUCTS else []
        return items[0] if items else None

    return _created_by_anybody(steps, sent)


def _items(call: Call) -> list[object]:
    try:
        found = json.loads(call.request.body)
    except ValueError:
        return []
    return found if isinstance(found, list) else []


@fault("scope-beside-write")
def items_of_a_list_keep_their_scope(steps: Steps) -> Steps:
    """The scope is set on the body, and if that is a list, its items keep the organization that they name."""

    def create_product(call: Call, caller: Caller) -> Response:
        one = next(iter(_items(call)), None)
        if not isinstance(one, dict):
            return steps.create_product(call, caller)
        org = str(one.get("org_id", caller.org_id))
        tenant = world.TENANT_OF_ORG.get(org)
        there = caller if tenant is None else replace(caller, tenant_id=tenant, org_id=org)
        return as_json(201, [keep_product(call, there, name_in(one)).members()])

    return replace(steps, create_product=create_product)


# ------------------------------------------------------------------ revocation


@fault("token-revoked")
def revoked_until_the_next_sign_in(steps: Steps) -> Steps:
    """Signing out is a mark on the account, which the next sign-in takes away."""
    marked: dict[str, str] = {}

    def revoke(call: Call, claims: Claims) -> Response:
        marked[claims["jti"]] = claims["sub"]
        return steps.revoke(call, claims)

    def issue(call: Call, account: Account) -> str:
        token = steps.issue(call, account)
        whose = (opened.claims(token) or {}).get("sub")
        call.synq.revoked -= {jti for jti, subject in marked.items() if subject == whose}
        return token

    return replace(steps, revoke=revoke, issue=issue)


@fault("token-revoked")
def last_revocation_alone_is_kept(steps: Steps) -> Steps:
    """The account has one column for the token that was revoked."""
    last: dict[str, str] = {}

    def revoke(call: Call, claims: Claims) -> Response:
        call.synq.revoked.discard(last.get(claims["sub"], ""))
        last[claims["sub"]] = claims["jti"]
        return steps.revoke(call, claims)

    return replace(steps, revoke=revoke)


# ------------------------------------------------------------------ an edge in front


@fault("cache-not-crossed")
def edge_keeps_what_looks_static(steps: Steps) -> Steps:
    """The router drops what ends like a file, and the cache in front keeps what it answers to that."""
    kept: dict[str, Response] = {}

    def path(call: Call) -> str:
        where = steps.path(call)
        return PRODUCTS if re.fullmatch(rf"{re.escape(PRODUCTS)}/[^/]+\.css", where) else where

    def answer(call: Call) -> Response:
        target = call.request.target
        if not guarded(call) or not target.endswith(".css") or "?" in target:
            return steps.answer(call)
        if target not in kept:
            response = steps.answer(call)
            if not response.accepted:
                return response
            kept[target] = response
        return kept[target]

    return replace(steps, path=path, answer=answer)
