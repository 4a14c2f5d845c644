"""Which path leads to which handler. Paths are compared as they are: no other spelling reaches a resource."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.contract.paths import API, PRODUCTS_PATH, REVOKE_PATH, SIGN_IN_PATH
from conformance.http.message import Response, path_of
from conformance.mock.authorization import READERS, WRITERS
from conformance.mock.call import Call, Caller, Refused

PROTECTED = API
SIGN_IN = SIGN_IN_PATH
REVOKE = REVOKE_PATH
JWKS = "/.well-known/jwks.json"
DESCRIPTION_PATH = "/openapi.yaml"
PRODUCTS = PRODUCTS_PATH
PRODUCT = f"{PRODUCTS}/{{product_id}}"
NOTES = f"{PRODUCT}/notes"
SEARCH, BULK, EXPORT = (f"{API}pim/{name}" for name in ("search", "bulk", "export"))

Handler = Callable[[Call, Caller, str], Response]
"""Serves a caller in scope; the text is the id of the product that the path names, empty if it names none."""

GUARDED: dict[str, dict[str, tuple[frozenset[str], Handler]]] = {
    PRODUCTS: {
        "GET": (READERS, lambda call, caller, _: call.steps.list_products(call, caller)),
        "POST": (WRITERS, lambda call, caller, _: call.steps.create_product(call, caller)),
    },
    PRODUCT: {
        "GET": (READERS, lambda call, caller, product_id: call.steps.read_product(call, caller, product_id)),
        "PUT": (WRITERS, lambda call, caller, product_id: call.steps.replace_product(call, caller, product_id)),
        "PATCH": (WRITERS, lambda call, caller, product_id: call.steps.change_product(call, caller, product_id)),
        "DELETE": (WRITERS, lambda call, caller, product_id: call.steps.delete_product(call, caller, product_id)),
    },
    NOTES: {
        "GET": (READERS, lambda call, caller, product_id: call.steps.list_notes(call, caller, product_id)),
        "POST": (WRITERS, lambda call, caller, product_id: call.steps.add_note(call, caller, product_id)),
    },
    SEARCH: {"POST": (READERS, lambda call, caller, _: call.steps.search_products(call, caller))},
    BULK: {"POST": (WRITERS, lambda call, caller, _: call.steps.create_products(call, caller))},
    EXPORT: {"GET": (READERS, lambda call, caller, _: call.steps.export_products(call, caller))},
}
"""Path -> method -> which roles may, and what serves them. HEAD is served as GET is."""

_OF_A_PRODUCT = re.compile(rf"{re.escape(PRODUCTS)}/([^/]+)(/notes)?")

_NOT_FOUND = "There is no such resource."


def path(call: Call) -> str:
    """The path of the target, in origin form or absolute form (RFC 9112 §3.2)."""
    target = path_of(call.request.target)
    if target[:7].lower() == "http://" or target[:8].lower() == "https://":
        return "/" + target.split("//", 1)[1].partition("/")[2]
    return target


def method(call: Call) -> str:
    """The method that the request line has: case matters (RFC 9110 §9.1)."""
    return call.request.method


def respond(call: Call) -> Response:
    """The token first, then the scope, then whether there is such a resource."""
    steps = call.steps
    where = steps.path(call)
    if where == SIGN_IN:
        return _serve(call, {"POST": lambda: steps.sign_in(call)})
    if where == JWKS:
        return _serve(call, {"GET": lambda: steps.jwks(call)})
    if where == DESCRIPTION_PATH:
        return _serve(call, {"GET": lambda: steps.description(call)})
    if not where.startswith(PROTECTED):
        raise Refused(404, _NOT_FOUND)
    claims = steps.authenticate(call)
    if where == REVOKE:
        return _serve(call, {"POST": lambda: steps.revoke(call, claims)})
    caller = steps.authorize(call, claims)
    template, product_id = route_of(where)
    return _serve(call, {
        wanted: _guarded(call, caller, roles, product_id, handler)
        for wanted, (roles, handler) in GUARDED.get(template, {}).items()
    })  # fmt: skip


def _guarded(
    call: Call, caller: Caller, roles: frozenset[str], product_id: str, handler: Handler
) -> Callable[[], Response]:
    def serve_if_allowed() -> Response:
        call.steps.check_role(call, caller, roles)
        return handler(call, caller, product_id)

    return serve_if_allowed


def route_of(where: str) -> tuple[str, str]:
    """The path as the table below has it, and the product's id in it."""
    match = _OF_A_PRODUCT.fullmatch(where)
    return (where, "") if match is None else (f"{PRODUCT}{match[2] or ''}", match[1])


def _serve(call: Call, handlers: dict[str, Callable[[], Response]]) -> Response:
    if not handlers:
        raise Refused(404, _NOT_FOUND)
    wanted = call.steps.method(call)
    handler = handlers.get("GET" if wanted == "HEAD" else wanted)
    if handler is None:
        allowed = sorted([*handlers, "HEAD"] if "GET" in handlers else handlers)
        raise Refused(405, "The resource does not know this method.", headers=(("Allow", ", ".join(allowed)),))
    return handler()
