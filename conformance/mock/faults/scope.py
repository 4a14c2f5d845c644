"""Faults in tenant, organization and role."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, unquote

from conformance.http.message import Response
from conformance.mock import world
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.faults.bending import ANYBODY, SCOPE, first_value, reading, written_before_the_role
from conformance.mock.faults.registry import fault
from conformance.mock.problems import unauthorized
from conformance.mock.resources import as_json, keep_product
from conformance.mock.routes import PRODUCTS

# ------------------------------------------------------------------ tenant and organization


def _own(claims: Claims) -> Caller | None:
    """The caller that the token stands for by itself, None if it is not provisioned."""
    orgs = claims.get("org_ids")
    tenant = claims.get("tenant_id")
    return Caller(str(tenant), str(orgs[0]), str(claims.get("role"))) if tenant and orgs else None


@fault("tenant-foreign", also_breaks=("tenant-malformed", "header-combinations", "scope-loose"))
def tenant_unchecked(steps: Steps) -> Steps:
    """X-Tenant-ID must be there, and may be anything."""

    def authorize(call: Call, claims: Claims) -> Caller:
        own = _own(claims)
        named = [call.steps.values(call, name) for name in SCOPE]
        if own is not None and all(len(values) == 1 and values[0] for values in named) and named[1][0] == own.org_id:
            return own
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("tenant-foreign")
def another_real_tenant_accepted(steps: Steps) -> Steps:
    """X-Tenant-ID may name any tenant that there is."""

    def authorize(call: Call, claims: Claims) -> Caller:
        own, tenants = _own(claims), call.steps.values(call, "x-tenant-id")
        known = len(tenants) == 1 and tenants[0] in world.TENANT_OF_ORG.values()
        if own is not None and known and call.steps.values(call, "x-org-id") == (own.org_id,):
            return own
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("tenant-foreign", also_breaks=("org-of-other-tenant",))
def foreign_tenant_not_found(steps: Steps) -> Steps:
    """A tenant that is well formed and not the token's is answered 404."""

    def authorize(call: Call, claims: Claims) -> Caller:
        tenants = call.steps.values(call, "x-tenant-id")
        if tenants == (world.OTHER_TENANT,) and claims.get("tenant_id") == world.TENANT:
            raise Refused(404, "There is no such tenant.")
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("tenant-malformed")
def system_tenant_reachable(steps: Steps) -> Steps:
    """The tenant in which the program keeps what all share may be named by a caller."""

    def authorize(call: Call, claims: Claims) -> Caller:
        own = _own(claims)
        if own is not None and call.steps.values(call, "x-tenant-id") == ("__system__",):
            return own
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("org-foreign", also_breaks=("token-unprovisioned",))
def org_of_the_tenant_unchecked(steps: Steps) -> Steps:
    """Any organization of the token's tenant is open to it."""

    def authorize(call: Call, claims: Claims) -> Caller:
        tenants, orgs = (call.steps.values(call, name) for name in SCOPE)
        if tenants == (claims.get("tenant_id"),) and len(orgs) == 1 and world.TENANT_OF_ORG.get(orgs[0]) == tenants[0]:
            return Caller(tenants[0], orgs[0], str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("org-foreign", also_breaks=("header-combinations",))
def unknown_org_is_empty(steps: Steps) -> Steps:
    """An unknown organization is answered 200 and an empty list."""

    def respond(call: Call) -> Response:
        try:
            return steps.respond(call)
        except Refused as refused:
            org = first_value(call, "x-org-id")
            one = all(len(call.steps.values(call, name)) == 1 for name in SCOPE)
            own = first_value(call, "x-tenant-id") == world.TENANT
            if refused.status == 403 and one and own and len(org) == 36 and call.steps.path(call) == PRODUCTS:
                return as_json(200, {"items": []})
            raise

    return replace(steps, respond=respond)


@fault("org-of-other-tenant")
def org_of_another_tenant_accepted(steps: Steps) -> Steps:
    """A known organization is open to every token, so that another tenant's data is given out."""

    def authorize(call: Call, claims: Claims) -> Caller:
        tenants, orgs = (call.steps.values(call, name) for name in SCOPE)
        if orgs == (world.OTHER_TENANT_ORG,) and tenants in ((world.TENANT,), (world.OTHER_TENANT,)):
            return Caller(tenants[0], orgs[0], str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("org-of-other-tenant")
def scope_header_pair_believed(steps: Steps) -> Steps:
    """Tenant and organization are only compared with each other, and not with the token."""

    def authorize(call: Call, claims: Claims) -> Caller:
        tenants, orgs = (call.steps.values(call, name) for name in SCOPE)
        pair = len(tenants) == len(orgs) == 1 and claims.get("tenant_id")
        if pair and tenants == (world.OTHER_TENANT,) and world.TENANT_OF_ORG.get(orgs[0]) == tenants[0]:
            return Caller(tenants[0], orgs[0], str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("token-unprovisioned")
def unprovisioned_token_accepted(steps: Steps) -> Steps:
    """A token without tenant and organization takes those of the header fields."""

    def authorize(call: Call, claims: Claims) -> Caller:
        scope = (first_value(call, "x-tenant-id"), first_value(call, "x-org-id"))
        if "tenant_id" not in claims and scope == (world.TENANT, world.ORG):
            return Caller(*scope, str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("token-unprovisioned")
def unprovisioned_token_unauthorized(steps: Steps) -> Steps:
    """A token without tenant and organization is answered 401."""

    def authorize(call: Call, claims: Claims) -> Caller:
        if "tenant_id" not in claims:
            raise unauthorized("The account is not provisioned.", token_sent=True)
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


# ------------------------------------------------------------------ role


@fault("role-forbidden")
def role_unchecked(steps: Steps) -> Steps:
    """A caller who may read may write."""
    return replace(steps, check_role=lambda _call, _caller, _allowed: None)


@fault("role-forbidden")
def role_refusal_unauthorized(steps: Steps) -> Steps:
    """A role that does not allow it is answered 401."""

    def check_role(call: Call, caller: Caller, allowed: frozenset[str]) -> None:
        try:
            steps.check_role(call, caller, allowed)
        except Refused as refused:
            raise unauthorized(refused.detail, token_sent=True) from refused

    return replace(steps, check_role=check_role)


@fault("role-forbidden")
def role_from_a_header_believed(steps: Steps) -> Steps:
    """A body that is JSON is taken for the sign of an editor."""

    def check_role(call: Call, caller: Caller, allowed: frozenset[str]) -> None:
        if first_value(call, "content-type") != "application/json":
            steps.check_role(call, caller, allowed)

    return replace(steps, check_role=check_role)


@fault("role-no-effect", also_breaks=("operation-no-effect", "role-forbidden"))
def write_happens_although_refused(steps: Steps) -> Steps:
    """The product is kept first, and the role is looked at afterwards."""
    return written_before_the_role(
        steps,
        lambda call: call.steps.method(call) == "POST",
        lambda call, caller: keep_product(call, caller, _name_sent(call)),
    )


@fault("role-no-effect", also_breaks=("operation-no-effect",))
def write_happens_without_a_token(steps: Steps) -> Steps:
    """The handler goes on after its refusal: a request refused for its token has created the product all the same."""

    def refuse(call: Call, refused: Refused) -> Response:
        if refused.status == 401 and call.steps.method(call) == "POST" and call.steps.path(call) == PRODUCTS:
            keep_product(call, ANYBODY, _name_sent(call))
        return steps.refuse(call, refused)

    return replace(steps, refuse=refuse)


def _name_sent(call: Call) -> str:
    """The name in the request's body."""
    try:
        sent = json.loads(call.request.body)
    except ValueError:
        sent = None
    return str(sent.get("name", "unnamed")) if isinstance(sent, dict) else "unnamed"


@fault("refusal-without-data")
def catalogue_behind_the_refusal(steps: Steps) -> Steps:
    """The handler goes on after its refusal: the catalogue stands behind the error."""
    return _refusing_with(steps, lambda call: {"items": [one.members() for one in _own_products(call)]})


@fault("refusal-without-data")
def product_named_in_the_refusal(steps: Steps) -> Steps:
    """A refusal says what it keeps back: the name of the first product."""
    return _refusing_with(steps, lambda call: {"hint": f"you may not see {_own_products(call)[0].name}"})


def _own_products(call: Call) -> list[world.Product]:
    return list(call.synq.products[world.ORG].values())


def _refusing_with(steps: Steps, more: Callable[[Call], dict[str, object]]) -> Steps:
    """Refusals of the catalogue say more in their body."""

    def refuse(call: Call, refused: Refused) -> Response:
        response = steps.refuse(call, refused)
        if response.status not in (401, 403) or call.steps.path(call) != PRODUCTS:
            return response
        return replace(response, body=json.dumps(json.loads(response.body) | more(call)).encode())

    return replace(steps, refuse=refuse)


# ------------------------------------------------------------------ what belongs to others


def _foreign_product(call: Call, product_id: str) -> world.Product | None:
    return next((own[product_id] for own in call.synq.products.values() if product_id in own), None)


@fault("foreign-resource", also_breaks=("foreign-resource-status",))
def foreign_resource_given_out(steps: Steps) -> Steps:
    """A caller who knows a product's id may read it."""

    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        product = _foreign_product(call, product_id)
        return steps.read_product(call, caller, product_id) if product is None else as_json(200, product.members())

    return replace(steps, read_product=read_product)


@fault("foreign-resource", also_breaks=("operation-foreign-resource", "object-foreign"))
def head_of_whatever_there_is(steps: Steps) -> Steps:
    """Permissions are kept by method, and HEAD, which runs the handler of GET, is not among them."""

    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        product = _foreign_product(call, product_id) if call.steps.method(call) == "HEAD" else None
        return steps.read_product(call, caller, product_id) if product is None else as_json(200, product.members())

    return replace(steps, read_product=read_product)


@fault("foreign-resource")
def list_by_ids_unscoped(steps: Steps) -> Steps:
    """A list that is asked for by ids gives out whatever they name."""

    def list_products(call: Call, caller: Caller) -> Response:
        query = parse_qs(call.request.target.partition("?")[2])
        products = [_foreign_product(call, one) for one in query.get("ids", ())]
        found = [product.members() for product in products if product is not None]
        return as_json(200, {"items": found}) if found else steps.list_products(call, caller)

    return replace(steps, list_products=list_products)


@fault("foreign-resource-status")
def foreign_resource_not_found(steps: Steps) -> Steps:
    """What belongs to another organization is answered 404."""
    return _refused_as(steps, Refused(404, "There is no such resource."))


@fault("foreign-resource-status")
def foreign_resource_unauthorized(steps: Steps) -> Steps:
    """What belongs to another organization is answered 401."""
    return _refused_as(steps, unauthorized("The resource belongs to another organization.", token_sent=True))


def _refused_as(steps: Steps, refusal: Refused) -> Steps:
    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        try:
            return steps.read_product(call, caller, product_id)
        except Refused as refused:
            raise refusal from refused

    return replace(steps, read_product=read_product)


@fault("answers-not-crossed", socket=True)
def answers_crossed_under_load(steps: Steps) -> Steps:
    """The caller is kept in a variable that all requests share while the catalogue is fetched."""
    shared: list[tuple[float, tuple[str, int], Caller]] = []

    def list_products(call: Call, caller: Caller) -> Response:
        now, here = time.monotonic(), (call.connection, threading.get_ident())
        others = [was for at, there, was in shared[-1:] if there != here and now - at < 0.02]
        shared[:] = [(now, here, caller)]
        time.sleep(0.001)
        return steps.list_products(call, others[0] if others else caller)

    return replace(steps, list_products=list_products)


@fault("every-method")
def org_unchecked_on_write(steps: Steps) -> Steps:
    """POST asks for the tenant only."""

    def authorize(call: Call, claims: Claims) -> Caller:
        own = _own(claims)
        missing = call.steps.method(call) == "POST" and not call.steps.values(call, "x-org-id")
        if missing and own is not None and call.steps.values(call, "x-tenant-id") == (own.tenant_id,):
            return own
        return steps.authorize(call, claims)

    def create_product(call: Call, caller: Caller) -> Response:
        if not call.steps.values(call, "x-org-id"):
            return as_json(201, keep_product(call, caller, "unnamed").members())
        return steps.create_product(call, caller)

    return replace(steps, authorize=authorize, create_product=create_product)


# ------------------------------------------------------------------ how the ids are read


def _ids_read(steps: Steps, read: Callable[[str], str]) -> Steps:
    """X-Tenant-ID and X-Org-ID count as what is made of them."""
    return reading(steps, lambda sent: tuple(map(read, sent)), *SCOPE)


@fault("scope-loose")
def scope_percent_decoded(steps: Steps) -> Steps:
    """The ids are percent-decoded, as some HTTP libraries do with every field, and end at a NUL, as texts of C do."""
    return _ids_read(steps, lambda value: unquote(value).partition("\0")[0])


@fault("scope-loose")
def scope_freed_of_marks(steps: Steps) -> Steps:
    """Quotes, brackets, commas and the like around the ids are taken off."""
    return _ids_read(steps, lambda value: value.strip("\"'<>()[]{};,/ \t"))


@fault("scope-loose")
def first_of_a_scope_list_counts(steps: Steps) -> Steps:
    """The ids are split at commas, and the first one counts."""
    return _ids_read(steps, lambda value: value.partition(",")[0].strip())
