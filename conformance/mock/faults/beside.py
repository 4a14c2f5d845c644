"""Faults in where scope and identity come from: query, cookies, bodies, other fields, and what is no token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs

from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.faults import opened
from conformance.mock.faults.bending import ANYBODY, claims_of_somebody, first_value
from conformance.mock.faults.registry import fault
from conformance.mock.resources import as_json
from conformance.mock.routes import PROTECTED
from conformance.mock.world import OTHER_ORG, TENANT_OF_ORG, Account

Find = Callable[[Call], str | None]
"""Finds an organization's id somewhere in the request."""


def _in_query(call: Call, *names: str) -> str | None:
    query = parse_qs(call.request.target.partition("?")[2])
    return next((query[name][0] for name in names if name in query), None)


def _in_cookie(call: Call, name: str) -> str | None:
    pairs = (pair.strip().partition("=") for pair in first_value(call, "cookie").split(";"))
    return next((value for key, _, value in pairs if key == name), None)


def _elsewhere(call: Call, caller: Caller, find: Find) -> Caller:
    """The caller for the organization that `find` finds, if there is such an organization."""
    org = find(call)
    tenant = TENANT_OF_ORG.get(org or "")
    return caller if org is None or tenant is None else replace(caller, tenant_id=tenant, org_id=org)


def _listing(steps: Steps, find: Find) -> Steps:
    """The list is the one of the organization that is found, behind a check of the headers."""

    def list_products(call: Call, caller: Caller) -> Response:
        return steps.list_products(call, _elsewhere(call, caller, find))

    return replace(steps, list_products=list_products)


def _creating(steps: Steps, find: Find) -> Steps:
    """A product is kept for the organization that is found, behind a check of the headers."""

    def create_product(call: Call, caller: Caller) -> Response:
        return steps.create_product(call, _elsewhere(call, caller, find))

    return replace(steps, create_product=create_product)


# ------------------------------------------------------------------ scope beside good headers


@fault("scope-beside-headers")
def list_scoped_by_query(steps: Steps) -> Steps:
    """The list's handler takes org_id from the query first, and from the checked header only if there is none."""
    return _listing(steps, lambda call: _in_query(call, "org_id", "orgId"))


@fault("scope-beside-headers")
def last_org_checked_and_first_used(steps: Steps) -> Steps:
    """Of two tenantId and orgId in the query the last are held against the headers, and the first are used."""

    def find(call: Call) -> str | None:
        query = parse_qs(call.request.target.partition("?")[2])
        own = [first_value(call, "x-tenant-id"), first_value(call, "x-org-id")]
        return query["orgId"][0] if [query.get(one, [""])[-1] for one in ("tenantId", "orgId")] == own else None

    return _listing(steps, find)


@fault("scope-beside-headers")
def list_filtered_by_any_column(steps: Steps) -> Steps:
    """Filters of the list replace the scope's own: filter[org_id] lists another organization."""
    return _listing(steps, lambda call: _in_query(call, "filter[org_id]", "organization"))


@fault("scope-beside-headers")
def list_unfiltered_by_an_unknown_org(steps: Steps) -> Steps:
    """An orgID in the query that names no organization leaves the list without any filter."""

    def list_products(call: Call, caller: Caller) -> Response:
        org = _in_query(call, "orgID")
        anywhere = caller if org is None or org in TENANT_OF_ORG else replace(caller, org_id=OTHER_ORG)
        return steps.list_products(call, anywhere)

    return replace(steps, list_products=list_products)


@fault("scope-beside-headers")
def list_scoped_by_cookie(steps: Steps) -> Steps:
    """The list's handler shares code with the pages, which keep the chosen organization in a cookie."""
    return _listing(steps, lambda call: _in_cookie(call, "org_id"))


@fault("scope-beside-headers")
def list_scoped_by_underscores(steps: Steps) -> Steps:
    """The gateway checks X-Org-ID, and the application behind it takes X_Org_ID for the same and for the last word."""
    return _listing(steps, lambda call: first_value(call, "x_org_id") or None)


@fault("scope-beside-headers")
def list_scoped_by_path(steps: Steps) -> Steps:
    """An older router takes the organization from the path, and asks for any good token only."""

    def respond(call: Call) -> Response:
        before, _, after = call.steps.path(call).partition(PROTECTED)
        org = before.rpartition("/")[2]
        if org in TENANT_OF_ORG and after:
            claims = steps.authenticate(call)
            return steps.list_products(call, Caller(TENANT_OF_ORG[org], org, str(claims.get("role"))))
        return steps.respond(call)

    return replace(steps, respond=respond)


@fault("scope-beside-headers")
def support_may_switch_tenants(steps: Steps) -> Steps:
    """X-Impersonate-Org is for the support staff, and nothing asks who sends it."""
    return _listing(steps, lambda call: first_value(call, "x-impersonate-org") or None)


@fault("scope-beside-write")
def body_assigned_as_it_is(steps: Steps) -> Steps:
    """The members of the body become those of the row, org_id among them."""
    return _creating(steps, lambda call: str(opened.json_object(call.request.body).get("org_id")))


@fault("scope-beside-write")
def organization_of_the_body_believed(steps: Steps) -> Steps:
    """A product belongs to the organization that its body names by the relation's name."""
    return _creating(steps, lambda call: str(opened.json_object(call.request.body).get("organization")))


@fault("scope-beside-write")
def write_scoped_by_query(steps: Steps) -> Steps:
    """The write's handler takes org_id from the query first."""
    return _creating(steps, lambda call: _in_query(call, "org_id"))


@fault("scope-beside-write")
def write_scoped_by_cookie(steps: Steps) -> Steps:
    """The write's handler takes the organization of the pages' cookie."""
    return _creating(steps, lambda call: _in_cookie(call, "org"))


# ------------------------------------------------------------------ other names, and fields that Connection names


def _also_named(steps: Steps, others: dict[str, str]) -> Steps:
    """A field that is missing is looked for under another name."""

    def values(call: Call, name: str) -> tuple[str, ...]:
        return steps.values(call, name) or (steps.values(call, others[name]) if name in others else ())

    return replace(steps, values=values)


@fault("scope-field-name")
def underscores_are_hyphens(steps: Steps) -> Steps:
    """Names come as CGI variables, so that X_Tenant_ID is X-Tenant-ID."""
    return _also_named(steps, {"x-tenant-id": "x_tenant_id", "x-org-id": "x_org_id"})


@fault("scope-field-name")
def old_tenant_header_read(steps: Steps) -> Steps:
    """The tenant's header before it was renamed, X-Tenant, is still read."""
    return _also_named(steps, {"x-tenant-id": "x-tenant"})


@fault("scope-field-name")
def org_header_without_x(steps: Steps) -> Steps:
    """Org-ID is an alias of X-Org-ID."""
    return _also_named(steps, {"x-org-id": "org-id"})


def _dropped(call: Call) -> frozenset[str]:
    """The fields that Connection tells a proxy to drop."""
    named = ",".join(call.steps.values(call, "connection"))
    return frozenset(one.strip().lower() for one in named.split(","))


@fault("connection-named-fields")
def no_authorization_is_internal(steps: Steps) -> Steps:
    """The gateway drops what Connection names; behind it a request without Authorization comes from the house."""

    def authenticate(call: Call) -> Claims:
        return claims_of_somebody(call) if "authorization" in _dropped(call) else steps.authenticate(call)

    return replace(steps, authenticate=authenticate)


@fault("connection-named-fields")
def no_scope_is_every_scope(steps: Steps) -> Steps:
    """The gateway drops what Connection names; behind it a request without a tenant is one for the token's own."""

    def authorize(call: Call, claims: Claims) -> Caller:
        return ANYBODY if _dropped(call) & {"x-tenant-id", "x-org-id"} else steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("connection-named-fields")
def no_forwarded_address_is_local(steps: Steps) -> Steps:
    """The gateway drops what Connection names, its own X-Forwarded-For with it: such a request seems to be local."""

    def authenticate(call: Call) -> Claims:
        return claims_of_somebody(call) if "x-forwarded-for" in _dropped(call) else steps.authenticate(call)

    return replace(steps, authenticate=authenticate)


# ------------------------------------------------------------------ what is no identity token


def _with_members(steps: Steps, more: Callable[[Call, Account], dict[str, object]]) -> Steps:
    """The answer to a sign-in has more members."""
    accounts: list[Account] = []

    def issue(call: Call, account: Account) -> str:
        accounts[:] = [account]
        return steps.issue(call, account)

    def sign_in(call: Call) -> Response:
        response = steps.sign_in(call)
        return as_json(response.status, opened.json_object(response.body) | more(call, accounts[0]))

    return replace(steps, issue=issue, sign_in=sign_in)


@fault("identity-token-only")
def refresh_token_accepted(steps: Steps) -> Steps:
    """The refresh token is made like the token, and told apart by nothing."""
    return _with_members(steps, lambda call, account: {"refresh": {"token": steps.issue(call, account)}})


@fault("identity-token-only")
def opaque_refresh_token_accepted(steps: Steps) -> Steps:
    """The refresh token is a text in a table, and the guard looks up any text there."""
    known = "made-up-refresh-6e1f0a94c2"
    with_refresh = _with_members(steps, lambda _call, _account: {"refresh_token": known})

    def verify(call: Call, token: str) -> Claims:
        return claims_of_somebody(call) if token == known else steps.verify(call, token)

    return replace(with_refresh, verify=verify)


@fault("identity-token-only")
def session_cookie_accepted(steps: Steps) -> Steps:
    """Signing in sets a session's cookie as well, which opens the API without the token."""
    session = "made-up-session-1d70b3"

    def sign_in(call: Call) -> Response:
        response = steps.sign_in(call)
        cookie = ("Set-Cookie", f"sid={session}; Path=/; HttpOnly")
        return replace(response, headers=(*response.headers, cookie))

    def authenticate(call: Call) -> Claims:
        try:
            return steps.authenticate(call)
        except Refused:
            if _in_cookie(call, "sid") == session:
                return claims_of_somebody(call)
            raise

    return replace(steps, sign_in=sign_in, authenticate=authenticate)


@fault("identity-token-only")
def token_id_accepted(steps: Steps) -> Steps:
    """Tokens are kept in a table by their id, and the id opens it like the token."""
    ids: set[str] = set()

    def verify(call: Call, token: str) -> Claims:
        if token in ids:
            return claims_of_somebody(call)
        claims = steps.verify(call, token)
        ids.add(str(claims.get("jti")))
        return claims

    return replace(steps, verify=verify)
