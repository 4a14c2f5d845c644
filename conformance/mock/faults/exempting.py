"""Faults that exempt a request: by its surroundings, by a spelling of its path, or for the sake of browsers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.faults.bending import ANYBODY, first_value, guarded, let_in_where, open_where
from conformance.mock.faults.registry import fault
from conformance.mock.routes import PRODUCTS, PROTECTED, SIGN_IN

# ------------------------------------------------------------------ surroundings


@fault("surroundings")
def kubernetes_probe_let_in(steps: Steps) -> Steps:
    """A request whose User-Agent begins like that of Kubernetes is taken for its health check."""
    return let_in_where(steps, lambda call: first_value(call, "user-agent").startswith("kube-probe"))


@fault("surroundings", socket=True)
def nameless_sender_let_in(steps: Steps) -> Steps:
    """A request without a User-Agent is taken for the load balancer's health check, and gets the list."""
    return open_where(
        steps, lambda call: not first_value(call, "user-agent") and call.steps.path(call) == PRODUCTS and _reads(call)
    )


@fault("surroundings")
def crawler_sees_every_tenant(steps: Steps) -> Steps:
    """A crawler with any good token is not held to the token's scope."""

    def authorize(call: Call, claims: Claims) -> Caller:
        return ANYBODY if "Googlebot" in first_value(call, "user-agent") else steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


@fault("surroundings")
def websocket_handshake_let_in(steps: Steps) -> Steps:
    """The guard leaves handshakes to the handler, which knows no WebSocket and answers as usual."""
    return let_in_where(steps, lambda call: first_value(call, "upgrade").lower() == "websocket")


@fault("surroundings")
def preflight_by_its_fields(steps: Steps) -> Steps:
    """A request with the fields of a preflight is one to the guard, whatever its method."""
    return let_in_where(steps, lambda call: bool(first_value(call, "access-control-request-method")))


@fault("override-headers")
def same_origin_by_its_own_word(steps: Steps) -> Steps:
    """Without an Origin, a request that says itself that it comes from the same site needs no token."""
    return open_where(
        steps,
        lambda call: not first_value(call, "origin")
        and first_value(call, "sec-fetch-site") == "same-origin"
        and call.steps.path(call) == PRODUCTS,
    )


@fault("override-headers")
def referer_stands_in_for_the_origin(steps: Steps) -> Steps:
    """A request from the front page, anybody's, needs no token if it has no Origin."""

    def from_front_page(call: Call) -> bool:
        return not first_value(call, "origin") and bool(re.fullmatch("http://[^/]+/", first_value(call, "referer")))

    return open_where(steps, lambda call: from_front_page(call) and call.steps.path(call) == PRODUCTS)


@fault("surroundings")
def internal_host_open(steps: Steps) -> Steps:
    """The server's internal name leads to the same application without its guard."""
    return open_where(
        steps, lambda call: first_value(call, "host") == "api.internal" and call.steps.path(call) == PRODUCTS
    )


@fault("surroundings")
def pages_have_no_guard(steps: Steps) -> Steps:
    """The guard is chosen by what is accepted, and the chain for pages has none."""
    return let_in_where(steps, lambda call: first_value(call, "accept").startswith("text/html,") and _reads(call))


def _reads(call: Call) -> bool:
    return call.steps.method(call) == "GET"


# ------------------------------------------------------------------ fields that override


@fault("override-headers")
def forwarded_uri_honoured(steps: Steps) -> Steps:
    """The guard holds X-Forwarded-Uri against the open paths, and the router serves the request line."""
    return let_in_where(steps, lambda call: first_value(call, "x-forwarded-uri") == SIGN_IN)


@fault("override-headers")
def subrequest_marked_by_the_caller(steps: Steps) -> Steps:
    """A request that bears the mark of the framework's own sub-requests passes no middleware."""
    return let_in_where(steps, lambda call: first_value(call, "x-middleware-subrequest").count("middleware") >= 5)


@fault("override-headers")
def consumer_named_by_the_caller(steps: Steps) -> Steps:
    """X-Consumer-ID is set by the gateway, and taken from callers who reach the application past it."""

    def authorize(call: Call, claims: Claims) -> Caller:
        return ANYBODY if first_value(call, "x-consumer-id") else steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


# ------------------------------------------------------------------ paths


def _open_behind(steps: Steps, is_open: Callable[[str], bool], read: Callable[[str], str]) -> Steps:
    """What `is_open` says of the raw target is believed, and what `read` makes of its path is served."""

    def condition(call: Call) -> bool:
        target = call.request.target
        path = target.partition("?")[0]
        return _reads(call) and path != SIGN_IN and is_open(target) and read(path) == PRODUCTS

    return open_where(steps, condition)


def _without_parameters(path: str) -> str:
    return posixpath.normpath(re.sub(";[^/]*", "", path))


@fault("every-path-form")
def sign_in_prefix_let_through(steps: Steps) -> Steps:
    """The filter lets through what begins with the sign-in's path; the container drops parameters and resolves dots."""
    return _open_behind(steps, lambda target: target.startswith(f"{SIGN_IN}/..;"), _without_parameters)


@fault("every-path-form")
def sign_in_folder_let_through(steps: Steps) -> Steps:
    """The filter lets the sign-in's folder through, and dots that lead out of the API's folder are refused."""

    def read(path: str) -> str:
        depth = 0
        for segment in path.split("/")[1:]:
            depth += -1 if segment == ".." else 1
            if segment == ".." and depth < 2:
                return ""
        return posixpath.normpath(path)

    return _open_behind(steps, lambda target: target.startswith(f"{SIGN_IN}/../"), read)


@fault("every-path-form")
def health_prefix_decoded_late(steps: Steps) -> Steps:
    """What begins with the health check's path is open; encoded dots and slashes are decoded behind that."""
    return _open_behind(
        steps,
        lambda target: target.startswith("/health/") and "/.." not in target,
        lambda path: posixpath.normpath(unquote(path)),
    )


@fault("every-path-form")
def open_path_found_in_the_query(steps: Steps) -> Steps:
    """The patterns of open paths are searched for in the whole target, the query included."""
    return _open_behind(steps, lambda target: f"?{SIGN_IN}" in target, lambda path: path)


@fault("every-path-form")
def router_asks_what_the_path_contains(steps: Steps) -> Steps:
    """The guard asks how the path begins, and the router whether it contains one that it knows."""
    return _open_behind(steps, lambda target: target.startswith("/anything"), lambda path: path[path.find(PROTECTED) :])


@fault("every-path-form")
def static_ending_in_a_parameter(steps: Steps) -> Steps:
    """A target that ends like a static file is not guarded, and the router cuts parameters off."""
    return _open_behind(steps, lambda target: target.endswith((".png", ".js")), _without_parameters)


@fault("every-path-form")
def backslash_turned_into_a_slash(steps: Steps) -> Steps:
    """A backslash is another character to the guard, and a slash to the router."""
    return _open_behind(
        steps, lambda target: "%5c" in target and ".." not in target, lambda path: path.replace("%5c", "/")
    )


@fault("every-path-form")
def front_controller_cut_off(steps: Steps) -> Steps:
    """The router takes the program's name off the path, behind a guard that asks how the path begins."""
    return _open_behind(steps, lambda _target: True, lambda path: path.partition("/index.php")[2])


@fault("every-path-form")
def old_version_still_served(steps: Steps) -> Steps:
    """The paths of before there were versions are still served, past the guard."""
    return _open_behind(
        steps, lambda target: target.startswith("/api/pim"), lambda path: path.replace("/api/", PROTECTED)
    )


@fault("every-method")
def method_of_no_list_unguarded(steps: Steps) -> Steps:
    """The guard knows the usual methods, and the router takes each that it does not know for GET."""
    return open_where(
        steps, lambda call: call.steps.method(call) in ("PURGE", "QUERY") and call.steps.path(call) == PRODUCTS
    )


@fault("override-headers")
def prefix_of_the_caller_cut_off(steps: Steps) -> Steps:
    """X-Forwarded-Prefix is taken off the path after the guard has asked how it begins."""

    def condition(call: Call) -> bool:
        prefix = first_value(call, "x-forwarded-prefix")
        return bool(prefix) and call.steps.path(call) == prefix + PRODUCTS and _reads(call)

    return open_where(steps, condition)


@fault("override-headers")
def path_of_the_framework_honoured(steps: Steps) -> Steps:
    """x-astro-path names the path that is served, and the guard looks at the request line."""
    return open_where(
        steps, lambda call: first_value(call, "x-astro-path") == PRODUCTS and not guarded(call) and _reads(call)
    )


@fault("override-headers")
def cookie_that_says_so_believed(steps: Steps) -> Steps:
    """The cookie authenticated=true is set by the pages, and every caller can set it."""
    return let_in_where(steps, lambda call: "authenticated=true" in first_value(call, "cookie"))


@fault("surroundings")
def odd_octets_break_the_guard(steps: Steps) -> Steps:
    """A field that is no text breaks the guard, which then lets the request in."""

    def odd(call: Call) -> bool:
        values = [value for name, value in call.request.headers if name.lower().startswith("x-note")]
        return any(not value.isascii() for value in values)

    return let_in_where(steps, odd)


# ------------------------------------------------------------------ a 401 for browsers


def _told(steps: Steps, asks: Callable[[Call], bool], answer: Callable[[Refused], Response]) -> Steps:
    """Callers without a good token are told something else if they ask like a browser."""

    def refuse(call: Call, refused: Refused) -> Response:
        if refused.status == 401 and guarded(call) and asks(call):
            return answer(refused)
        return steps.refuse(call, refused)

    return replace(steps, refuse=refuse)


def _wants_a_page(call: Call) -> bool:
    return "text/html" in first_value(call, "accept")


@fault("unauthorized-for-browsers")
def browsers_sent_to_a_login_page(steps: Steps) -> Steps:
    """A caller who accepts HTML is sent to the login page instead of being told 401."""
    return _told(steps, _wants_a_page, lambda _refused: Response(302, (("Location", "/login"),)))


@fault("unauthorized-for-browsers")
def browsers_shown_the_application(steps: Steps) -> Steps:
    """A browser that navigates is shown the single page that answers every path."""
    page = Response(200, (("Content-Type", "text/html; charset=utf-8"),), b"<!doctype html><div id=app></div>")
    return _told(steps, lambda call: first_value(call, "sec-fetch-mode") == "navigate", lambda _refused: page)


@fault("unauthorized-for-browsers")
def scripts_told_403(steps: Steps) -> Steps:
    """Scripts of pages are told 403, so that the browser opens no dialogue for a password."""
    return _told(
        steps,
        lambda call: first_value(call, "x-requested-with") == "XMLHttpRequest",
        lambda refused: Response(403, (("Content-Type", "text/plain"),), refused.detail.encode()),
    )
