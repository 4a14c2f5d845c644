"""Faults in what is guarded: methods, paths, and other places for credentials."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, unquote

from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.faults.bending import ANYBODY, first_value, let_in_where, open_where
from conformance.mock.faults.registry import fault
from conformance.mock.resources import as_json
from conformance.mock.routes import PRODUCTS

# ------------------------------------------------------------------ methods


def _method_is(*methods: str) -> Callable[[Call], bool]:
    return lambda call: call.steps.method(call) in methods


@fault("every-method")
def head_needs_no_token(steps: Steps) -> Steps:
    """HEAD is let in without a token."""
    return let_in_where(steps, _method_is("HEAD"))


@fault("every-method")
def options_gives_out_the_resource(steps: Steps) -> Steps:
    """OPTIONS is exempt from everything, for the sake of browsers, and answers like GET."""
    return open_where(steps, lambda call: call.steps.path(call) == PRODUCTS and _method_is("OPTIONS")(call))


@fault("every-method")
def delete_needs_no_token(steps: Steps) -> Steps:
    """DELETE is answered 200 without a look at the token."""

    def respond(call: Call) -> Response:
        if _method_is("DELETE")(call) and call.steps.path(call) == PRODUCTS:
            return as_json(200, {"deleted": 0})
        return steps.respond(call)

    return replace(steps, respond=respond)


@fault("every-method")
def org_unchecked_on_head(steps: Steps) -> Steps:
    """HEAD asks for the tenant only."""

    def authorize(call: Call, claims: Claims) -> Caller:
        if _method_is("HEAD")(call) and claims.get("tenant_id") == first_value(call, "x-tenant-id"):
            return replace(ANYBODY, role=str(claims.get("role")))
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("every-method")
def tenant_unchecked_on_put(steps: Steps) -> Steps:
    """PUT is accepted for any tenant, or none."""

    def authorize(call: Call, claims: Claims) -> Caller:
        return ANYBODY if _method_is("PUT")(call) else steps.authorize(call, claims)

    def respond(call: Call) -> Response:
        try:
            return steps.respond(call)
        except Refused as refused:
            if refused.status == 405 and _method_is("PUT")(call):
                return as_json(200, {})
            raise

    return replace(steps, authorize=authorize, respond=respond)


# ------------------------------------------------------------------ paths


def _open_when_spelled(steps: Steps, read: Callable[[str], str]) -> Steps:
    """A path that only `read` makes the protected one is served, past the guard that did not know it."""

    def condition(call: Call) -> bool:
        path = call.steps.path(call)
        return path != PRODUCTS and read(path) == PRODUCTS

    return open_where(steps, condition)


@fault("every-path-form")
def trailing_slash_open(steps: Steps) -> Steps:
    """The guard compares the path with its slash, the router without it."""
    return _open_when_spelled(steps, lambda path: path.removesuffix("/"))


@fault("every-path-form")
def page_in_the_query_open(steps: Steps) -> Steps:
    """A page that needs no sign-in is known by view=mcp in its query, whatever its path."""
    return let_in_where(steps, lambda call: "view=mcp" in call.request.target.partition("?")[2])


@fault("every-path-form")
def doubled_slash_open(steps: Steps) -> Steps:
    """The router takes several slashes for one, the guard does not."""
    return _open_when_spelled(steps, lambda path: re.sub("/+", "/", path))


@fault("every-path-form")
def percent_encoded_path_open(steps: Steps) -> Steps:
    """The router decodes the path, the guard does not."""
    return _open_when_spelled(steps, unquote)


@fault("every-path-form")
def dot_segments_open(steps: Steps) -> Steps:
    """The router resolves dot segments, the guard does not."""
    return _open_when_spelled(steps, posixpath.normpath)


@fault("every-path-form")
def upper_case_path_open(steps: Steps) -> Steps:
    """The router does not mind the case of the path, the guard does."""
    return _open_when_spelled(steps, str.lower)


@fault("every-path-form")
def path_parameter_open(steps: Steps) -> Steps:
    """The router cuts off what follows a semicolon, the guard does not."""
    return _open_when_spelled(steps, lambda path: re.sub(";[^/]*", "", path).replace("//", "/"))


@fault("every-path-form")
def file_extension_open(steps: Steps) -> Steps:
    """A path that ends like a file is taken for a static one and not guarded."""
    return _open_when_spelled(steps, lambda path: re.sub(r"(/\w+)?\.(json|css)$", "", path))


@fault("every-path-form")
def debug_query_open(steps: Steps) -> Steps:
    """A query parameter that was left in from debugging lets the request in."""
    return open_where(steps, lambda call: call.request.target.startswith(f"{PRODUCTS}?debug=1"))


# ------------------------------------------------------------------ other header fields


@fault("override-headers")
def method_override_honoured(steps: Steps) -> Steps:
    """X-HTTP-Method-Override turns a GET into an OPTIONS, which needs no token."""
    return let_in_where(steps, lambda call: first_value(call, "x-http-method-override").upper() == "OPTIONS")


@fault("override-headers")
def original_url_honoured(steps: Steps) -> Steps:
    """X-Original-URL replaces the path after the guard has looked at it."""
    return open_where(
        steps, lambda call: call.steps.path(call) == "/" and first_value(call, "x-original-url") == PRODUCTS
    )


@fault("override-headers")
def loopback_caller_trusted(steps: Steps) -> Steps:
    """A caller who claims to come from 127.0.0.1 needs no token."""
    return let_in_where(steps, lambda call: first_value(call, "x-forwarded-for") == "127.0.0.1")


@fault("override-headers")
def user_from_proxy_trusted(steps: Steps) -> Steps:
    """X-Forwarded-User names the caller, although any client can send it."""
    return let_in_where(steps, lambda call: bool(first_value(call, "x-forwarded-user")))


# ------------------------------------------------------------------ other places for a token


def _bearer_from(steps: Steps, find: Callable[[Call], str | None]) -> Steps:
    """A token that is found elsewhere stands in for a missing Authorization."""

    def bearer(call: Call) -> str:
        token = None if call.steps.values(call, "authorization") else find(call)
        return steps.bearer(call) if token is None else token

    return replace(steps, bearer=bearer)


@fault("override-headers")
def token_in_another_field_accepted(steps: Steps) -> Steps:
    """X-Access-Token may carry the token instead."""
    return _bearer_from(steps, lambda call: first_value(call, "x-access-token") or None)


@fault("credentials-elsewhere")
def token_in_query_accepted(steps: Steps) -> Steps:
    """The query parameter access_token stands in for the header."""
    return _bearer_from(steps, lambda call: _parameter(call.request.target.partition("?")[2], "access_token"))


@fault("credentials-elsewhere")
def token_in_query_of_a_stream(steps: Steps) -> Steps:
    """A browser's EventSource can send no fields, so a token in the query will do where a stream is asked for."""

    def found(call: Call) -> str | None:
        stream = first_value(call, "accept") == "text/event-stream"
        return _parameter(call.request.target.partition("?")[2], "token") if stream else None

    return _bearer_from(steps, found)


@fault("credentials-elsewhere")
def token_in_cookie_accepted(steps: Steps) -> Steps:
    """A cookie stands in for the header."""
    return _bearer_from(steps, lambda call: _parameter(first_value(call, "cookie").replace("; ", "&"), "token"))


@fault("credentials-elsewhere")
def token_in_form_accepted(steps: Steps) -> Steps:
    """A form's access_token stands in for the header, and a form needs no more than that."""

    def respond(call: Call) -> Response:
        form = first_value(call, "content-type") == "application/x-www-form-urlencoded"
        if form and _parameter(call.request.body.decode("latin-1"), "access_token"):
            return as_json(200, {})
        return steps.respond(call)

    return replace(steps, respond=respond)


@fault("credentials-elsewhere")
def scope_in_query_accepted(steps: Steps) -> Steps:
    """Tenant and organization may stand in the query."""

    def values(call: Call, name: str) -> tuple[str, ...]:
        sent = steps.values(call, name)
        query = call.request.target.partition("?")[2].lower()
        return sent or (tuple(parse_qs(query).get(name, ())) if name in {"x-tenant-id", "x-org-id"} else ())

    return replace(steps, values=values)


def _parameter(text: str, name: str) -> str | None:
    return next(iter(parse_qs(text).get(name, ())), None)
