"""Which path leads to which handler. Paths are compared as they are: no other spelling reaches a resource."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract.paths import API, PRODUCTS_PATH, REVOKE_PATH, SIGN_IN_PATH
from conformance.http.message import Response, path_of
from conformance.mock.authorization import READERS, WRITERS
from conformance.mock.call import Call, Refused

PROTECTED = API
SIGN_IN = SIGN_IN_PATH
REVOKE = REVOKE_PATH
JWKS = "/.well-known/jwks.json"
PRODUCTS = PRODUCTS_PATH

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
    if not where.startswith(PROTECTED):
        raise Refused(404, _NOT_FOUND)
    claims = steps.authenticate(call)
    if where == REVOKE:
        return _serve(call, {"POST": lambda: steps.revoke(call, claims)})
    caller = steps.authorize(call, claims)

    def guarded(roles: frozenset[str], serve: Callable[[], Response]) -> Callable[[], Response]:
        def serve_if_allowed() -> Response:
            steps.check_role(call, caller, roles)
            return serve()

        return serve_if_allowed

    if where == PRODUCTS:
        return _serve(
            call,
            {
                "GET": guarded(READERS, lambda: steps.list_products(call, caller)),
                "POST": guarded(WRITERS, lambda: steps.create_product(call, caller)),
            },
        )
    collection, _, product_id = where.rpartition("/")
    if collection == PRODUCTS and product_id:
        return _serve(call, {"GET": guarded(READERS, lambda: steps.read_product(call, caller, product_id))})
    raise Refused(404, _NOT_FOUND)


def _serve(call: Call, handlers: dict[str, Callable[[], Response]]) -> Response:
    wanted = call.steps.method(call)
    handler = handlers.get("GET" if wanted == "HEAD" else wanted)
    if handler is None:
        allowed = sorted([*handlers, "HEAD"] if "GET" in handlers else handlers)
        raise Refused(405, "The resource does not know this method.", headers=(("Allow", ", ".join(allowed)),))
    return handler()
