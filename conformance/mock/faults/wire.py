"""Faults that only odd requests bring out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.http.message import Response
from conformance.mock.call import Call, Refused, Steps
from conformance.mock.faults.bending import ANYBODY, Condition, first_value, let_in_where
from conformance.mock.faults.registry import fault

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _breaking(steps: Steps, condition: Condition) -> Steps:
    """If the condition holds, the answer is 500."""

    def respond(call: Call) -> Response:
        if condition(call):
            raise Refused(500, "Something went wrong.")
        return steps.respond(call)

    return replace(steps, respond=respond)


def _odd(*names: str) -> Condition:
    return lambda call: any(not first_value(call, name).isascii() for name in names)


@fault("no-server-error")
def octets_beyond_ascii_break_the_server(steps: Steps) -> Steps:
    """An octet beyond ASCII in one of the three headers is answered 500."""
    return _breaking(steps, _odd("authorization", "x-tenant-id", "x-org-id"))


@fault("no-server-error")
def unknown_method_breaks_the_server(steps: Steps) -> Steps:
    """An unknown method is answered 500."""
    return _breaking(steps, lambda call: call.steps.method(call) not in METHODS)


@fault("no-server-error")
def broken_path_breaks_the_server(steps: Steps) -> Steps:
    """A path that cannot be decoded is answered 500."""
    return _breaking(steps, lambda call: any(bad in call.steps.path(call) for bad in ("%zz", "%c0")))


@fault("no-server-error")
def many_fields_break_the_server(steps: Steps) -> Steps:
    """More than eighty header fields are answered 500."""
    return _breaking(steps, lambda call: len(call.request.headers) > 80)


@fault("no-server-error")
def body_on_get_breaks_the_server(steps: Steps) -> Steps:
    """A GET with a body that is not JSON is answered 500."""
    return _breaking(steps, lambda call: call.steps.method(call) == "GET" and call.request.body == b"{")


def _dying(steps: Steps, deadly: Condition) -> Steps:
    """After a request for which the condition holds, nothing is answered any more but 503."""
    dead = False

    def answer(call: Call) -> Response:
        nonlocal dead
        if dead:
            return call.steps.finish(call, call.steps.refuse(call, Refused(503, "Out of order.")))
        dead = deadly(call)
        return steps.answer(call)

    return replace(steps, answer=answer)


@fault("service-survives")
def dies_of_an_unknown_method(steps: Steps) -> Steps:
    """After an unknown method the service is gone."""
    return _dying(steps, lambda call: call.steps.method(call) == "BREW")


@fault("service-survives")
def dies_of_a_long_path(steps: Steps) -> Steps:
    """After a path of thousands of characters the service is gone."""
    return _dying(steps, lambda call: len(call.request.target) > 4_000)


@fault("service-survives")
def dies_of_octets_beyond_ascii(steps: Steps) -> Steps:
    """After an octet beyond ASCII in X-Org-ID the service is gone."""
    return _dying(steps, _odd("x-org-id"))


# ------------------------------------------------------------------ on a socket


@fault("wire-refused", socket=True, also_breaks=("surroundings",))
def upgrade_open(steps: Steps) -> Steps:
    """A caller who asks for another protocol is let in while that is looked into."""
    return let_in_where(steps, lambda call: first_value(call, "upgrade") == "h2c")


def _opened_behind(steps: Steps, protocol: str) -> Steps:
    """A caller who asks for this protocol is answered 101, and then in it, by a program that asks for no token."""

    def asked_for(call: Call) -> bool:
        return first_value(call, "upgrade") == protocol

    opened = let_in_where(steps, asked_for)

    def answer(call: Call) -> Response:
        response = opened.answer(call)
        if not asked_for(call) or not response.accepted:
            return response
        frame = len(response.body).to_bytes(3, "big") + b"\x00\x01\x00\x00\x00\x01" + response.body
        return Response(101, (("Connection", "Upgrade"), ("Upgrade", protocol)), frame)

    return replace(opened, answer=answer)


@fault("wire-refused", socket=True, also_breaks=("surroundings",))
def opened_in_http_2(steps: Steps) -> Steps:
    """What changes to HTTP/2 is answered there, and no guard looks at it."""
    return _opened_behind(steps, "h2c")


@fault("surroundings", socket=True)
def opened_in_a_websocket(steps: Steps) -> Steps:
    """A handshake needs no token, and the socket says at once what there is."""
    return _opened_behind(steps, "websocket")


@fault("no-server-error", socket=True)
def expectation_breaks_the_server(steps: Steps) -> Steps:
    """A request that waits for 100 Continue is answered 500."""
    return _breaking(steps, lambda call: bool(first_value(call, "expect")))


@fault("wire-refused", socket=True)
def two_bad_tokens_accepted(steps: Steps) -> Steps:
    """Two Authorization fields that are both wrong confuse the guard, which lets them in."""

    def condition(call: Call) -> bool:
        return call.steps.values(call, "authorization") == ("Bearer a", "Bearer b")

    return let_in_where(steps, condition)


@fault(
    "request-boundaries",
    by_chance=("every-method", "every-path-form", "surroundings", "answers-not-crossed"),
    socket=True,
)
def second_request_of_a_connection_trusted(steps: Steps) -> Steps:
    """The second request of a connection, if it is a GET, goes with the credentials of the first."""
    return _send_control(steps, lambda call, number: number == 2 and call.steps.method(call) == "GET")


def _send_control(steps: Steps, controlled: Callable[[Call, int], bool]) -> Steps:
    """Such requests, by their number on a connection, are served if its first one was good."""
    seen: dict[str, int] = {}
    good: set[str] = set()

    def respond(call: Call) -> Response:
        number = seen[call.connection] = seen.get(call.connection, 0) + 1
        if call.connection in good and controlled(call, number) and not call.steps.values(call, "authorization"):
            return steps.list_products(call, ANYBODY)
        response = steps.respond(call)
        if number == 1 and response.accepted:
            good.add(call.connection)
        return response

    return replace(steps, respond=respond)
