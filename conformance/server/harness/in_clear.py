"""What the target's name answers without TLS. A token goes there only with leave: others on the way could read it."""

from __future__ import annotations

from dataclasses import replace

from conformance.evidence.judge import Inapplicable, NotAssessed, Unmet
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.http.patience import Line, PatientTransport
from conformance.http.proxies import Proxy
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.server.harness.documented import THREE_HEADERS
from conformance.server.harness.secure_way import SecureWay
from conformance.server.harness.target_api import TargetApi

LONGEST_WAIT_S = 3.0
"""Ports without a service are often silent."""
LEAVE = frozenset({"cleartext", "loopback"})
"""What a run has in which a token may go out in clear: the option, or a target on this machine."""


def must_give_nothing_in_clear(synq: TargetApi, way: SecureWay) -> None:
    """Without a token no address in clear gives out the resource."""
    request = synq.documented().without(*THREE_HEADERS)
    answered = [_asked(synq, route, request) for route in _routes(synq, way)]
    _must_not_give(synq, answered, "without TLS and without a token")


def must_take_no_token_in_clear(synq: TargetApi, way: SecureWay) -> None:
    """No address in clear that asks for a token gives the resource out for it.

    Raises Inapplicable if none asks for one, and Unmet if none may be sent.
    """
    bare = synq.documented().without(*THREE_HEADERS)
    asking = [route for route in _routes(synq, way) if _asked(synq, route, bare).status in (401, 403)]
    if not asking:
        raise Inapplicable("nothing that answers without TLS asks for a token")
    if not synq.target.capabilities & LEAVE:
        where = ", ".join(route.base_url for route in asking)
        raise Unmet(
            f"{where} asks for a token without TLS; whether it takes one is asked with --allow-cleartext alone, since "
            "the token would cross the network readable"
        )
    request = synq.documented().having(*synq.target.fields.items())
    _must_not_give(synq, [_asked(synq, route, request) for route in asking], "without TLS")


def _routes(synq: TargetApi, way: SecureWay) -> list[Route]:
    """The ways in clear, on which what the profile has for every request is left out: it may be a secret as well."""
    proxy: Proxy | None = way.route.proxy
    if proxy is not None:
        raise NotAssessed(
            f"what answers in clear behind the proxy {proxy.url} ({proxy.named_by}) may be the proxy itself; run on a "
            "way without it"
        )
    ordinary = tuple(field for field in way.route.ordinary if field not in synq.target.fields.items())
    return [
        replace(route, timeout_s=min(route.timeout_s, LONGEST_WAIT_S), ordinary=ordinary) for route in way.in_clear()
    ]


def _asked(synq: TargetApi, route: Route, request: Request) -> Exchange:
    transport = PatientTransport(lambda: SocketTransport(route), Line(pauses_s=()), timeouts=1)
    try:
        exchange = transport.send(request)
    finally:
        transport.close()
    synq.recorder.exchange(exchange)
    return exchange


def _must_not_give(synq: TargetApi, exchanges: list[Exchange], how: str) -> None:
    resource = synq.resource()
    giving = [one for one in exchanges if one.accepted and resource.given_in(one)]
    shown = (giving or exchanges)[0]
    synq.judged(shown, control=synq.documented()).must_hold(
        not giving, f"the resource was given out {how}", expected="nothing of the resource", got=shown.outcome
    )
