"""Faults beside the one list that a suite usually asks: one route that is guarded otherwise than all the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.http.message import Response
from conformance.mock import claims as claim_rules
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.faults.bending import ANYBODY, Condition, claims_of_somebody, first_value, written_before_the_role
from conformance.mock.faults.opened import claims as claims_in
from conformance.mock.faults.registry import fault
from conformance.mock.routes import BULK, EXPORT, NOTES, PRODUCT, SEARCH, route_of
from conformance.mock.world import ORG, TENANT, TENANT_OF_ORG


def _asks(template: str, *methods: str) -> Condition:
    """Whether a call is for this path, by one of these methods if any are named."""
    return lambda call: (
        route_of(call.steps.path(call))[0] == template and (not methods or call.steps.method(call) in methods)
    )


# ------------------------------------------------------------------ no token, or any


@fault("operation-without-token")
def export_for_all(steps: Steps) -> Steps:
    """The export was mounted past the guard: it asks for no token, and gives out the first organization's catalogue."""

    def respond(call: Call) -> Response:
        return steps.export_products(call, ANYBODY) if _asks(EXPORT)(call) else steps.respond(call)

    return replace(steps, respond=respond)


@fault("operation-without-token")
def notes_for_all_in_scope(steps: Steps) -> Steps:
    """The sub-resource asks for tenant and organization, and for no token."""
    return _without_a_token(steps, _asks(NOTES, "GET"))


def _without_a_token(steps: Steps, condition: Condition) -> Steps:
    def authenticate(call: Call) -> Claims:
        if condition(call) and not call.steps.values(call, "authorization"):
            return claims_of_somebody(call)
        return steps.authenticate(call)

    return replace(steps, authenticate=authenticate)


@fault("operation-token-malformed")
def search_takes_any_text_for_a_token(steps: Steps) -> Steps:
    """The search looks whether there is a token, and leaves verifying it to a middleware that it does not have."""

    def verify(call: Call, token: str) -> Claims:
        if _asks(SEARCH)(call) and claims_in(token) is None:
            return claims_of_somebody(call)
        return steps.verify(call, token)

    return replace(steps, verify=verify)


@fault("operation-token-expired")
def export_without_an_end(steps: Steps) -> Steps:
    """Exports take long, so the end of the token is not looked at."""

    def check_claims(call: Call, claims: Claims) -> None:
        if _asks(EXPORT)(call) and isinstance(claims.get("exp"), int):
            claim_rules.check(claims, float(claims["exp"]) - 1, call.steps.lifetime(call))
        else:
            steps.check_claims(call, claims)

    return replace(steps, check_claims=check_claims)


@fault("operation-token-revoked")
def search_knows_no_revocation(steps: Steps) -> Steps:
    """The search is a service of its own, which verifies tokens and has no list of revoked ones."""
    return _not_revoked(steps, _asks(SEARCH))


@fault("operation-token-revoked")
def writes_know_no_revocation(steps: Steps) -> Steps:
    """Whether a token was revoked is asked where products are read, and forgotten where one is replaced."""
    return _not_revoked(steps, _asks(PRODUCT, "PUT", "PATCH"))


def _not_revoked(steps: Steps, condition: Condition) -> Steps:
    def check_revoked(call: Call, claims: Claims) -> None:
        if not condition(call):
            steps.check_revoked(call, claims)

    return replace(steps, check_revoked=check_revoked)


# ------------------------------------------------------------------ scope and role


@fault("operation-scope-missing")
def notes_forget_the_organization(steps: Steps) -> Steps:
    """The sub-resource takes a request without an organization for one in the token's first."""

    def authorize(call: Call, claims: Claims) -> Caller:
        if _asks(NOTES)(call) and not call.steps.values(call, "x-org-id") and claims.get("tenant_id") == TENANT:
            tenants = call.steps.values(call, "x-tenant-id")
            if tenants == (TENANT,):
                return Caller(TENANT, ORG, str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("operation-scope-foreign")
def export_for_any_tenant(steps: Steps) -> Steps:
    """The export believes the two headers if they fit each other, whatever the token says."""

    def authorize(call: Call, claims: Claims) -> Caller:
        tenant, org = first_value(call, "x-tenant-id"), first_value(call, "x-org-id")
        if _asks(EXPORT)(call) and TENANT_OF_ORG.get(org) == tenant:
            return Caller(tenant, org, str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("operation-role")
def bulk_for_viewers(steps: Steps) -> Steps:
    """Writing many at once was added later, without the roles."""
    return _for_any_role(steps, _asks(BULK))


def _for_any_role(steps: Steps, condition: Condition) -> Steps:
    def check_role(call: Call, caller: Caller, allowed: frozenset[str]) -> None:
        if not condition(call):
            steps.check_role(call, caller, allowed)

    return replace(steps, check_role=check_role)


# ------------------------------------------------------------------ effects


@fault("operation-no-effect")
def note_kept_although_refused(steps: Steps) -> Steps:
    """The note is kept first, and the role is looked at afterwards."""
    return written_before_the_role(
        steps,
        _asks(NOTES, "POST"),
        lambda call, caller: steps.add_note(call, caller, route_of(call.steps.path(call))[1]),
    )


@fault("operation-no-effect")
def bulk_kept_although_refused(steps: Steps) -> Steps:
    """The queue takes the products before the guard is asked; the answer is the guard's."""
    return _done_although_refused(steps, _asks(BULK), lambda call: steps.create_products(call, ANYBODY))


def _done_although_refused(steps: Steps, condition: Condition, do: Callable[[Call], Response]) -> Steps:
    def refuse(call: Call, refused: Refused) -> Response:
        if refused.status == 401 and condition(call):
            do(call)
        return steps.refuse(call, refused)

    return replace(steps, refuse=refuse)


# ------------------------------------------------------------------ objects by id


@fault("operation-foreign-resource")
def notes_of_any_product(steps: Steps) -> Steps:
    """The notes are looked up by the product's id alone."""

    def list_notes(call: Call, caller: Caller, product_id: str) -> Response:
        return steps.list_notes(call, _owner_of(call, caller, product_id), product_id)

    return replace(steps, list_notes=list_notes)


def _owner_of(call: Call, caller: Caller, product_id: str) -> Caller:
    """A caller in whose catalogue the product is."""
    orgs = (org for org, own in call.synq.products.items() if product_id in own)
    org = next(orgs, caller.org_id)
    return Caller(TENANT_OF_ORG[org], org, caller.role)


@fault("object-without-token", also_breaks=("operation-without-token",))
def deleting_by_id_for_all(steps: Steps) -> Steps:
    """DELETE by id was added without the guard."""
    return _without_a_token(steps, _asks(PRODUCT, "DELETE"))


@fault("object-without-token")
def old_form_still_served(steps: Steps) -> Steps:
    """A POST to a product, which no description has any more, changes it as the old form did, for all in scope."""

    def respond(call: Call) -> Response:
        if _asks(PRODUCT, "POST")(call):
            return steps.change_product(call, ANYBODY, route_of(call.steps.path(call))[1])
        return steps.respond(call)

    return replace(steps, respond=respond)


@fault("object-without-token", also_breaks=("operation-no-effect",))
def deleted_although_refused(steps: Steps) -> Steps:
    """DELETE deletes first, and answers 401 if there is no token."""
    return _done_although_refused(
        steps, _asks(PRODUCT, "DELETE"),
        lambda call: steps.delete_product(call, ANYBODY, route_of(call.steps.path(call))[1]),
    )  # fmt: skip


@fault("object-viewer", also_breaks=("operation-role",))
def patching_for_viewers(steps: Steps) -> Steps:
    """PATCH asks for no role."""
    return _for_any_role(steps, _asks(PRODUCT, "PATCH"))


@fault("object-viewer", also_breaks=("operation-no-effect",))
def replaced_although_refused(steps: Steps) -> Steps:
    """PUT keeps what a viewer sent, and answers 403."""
    return written_before_the_role(
        steps,
        _asks(PRODUCT, "PUT"),
        lambda call, caller: steps.replace_product(call, caller, route_of(call.steps.path(call))[1]),
    )


@fault("object-foreign", also_breaks=("operation-foreign-resource",))
def patching_any_product(steps: Steps) -> Steps:
    """PATCH finds a product by its id alone."""

    def change_product(call: Call, caller: Caller, product_id: str) -> Response:
        return steps.change_product(call, _owner_of(call, caller, product_id), product_id)

    return replace(steps, change_product=change_product)


@fault("object-foreign")
def foreign_deleted_although_refused(steps: Steps) -> Steps:
    """DELETE of another organization's product is answered 403, and done."""

    def delete_product(call: Call, caller: Caller, product_id: str) -> Response:
        try:
            return steps.delete_product(call, caller, product_id)
        except Refused as refused:
            if refused.status == 403:
                steps.delete_product(call, _owner_of(call, caller, product_id), product_id)
            raise

    return replace(steps, delete_product=delete_product)


@fault("object-foreign", also_breaks=("operation-foreign-resource", "foreign-resource"))
def head_of_any_product(steps: Steps) -> Steps:
    """HEAD tells of every product whether there is one."""

    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        whose = _owner_of(call, caller, product_id) if call.steps.method(call) == "HEAD" else caller
        return steps.read_product(call, whose, product_id)

    return replace(steps, read_product=read_product)
