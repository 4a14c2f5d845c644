"""A target that answers 101 goes on in another protocol, and what it gives out there counts."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

import pytest

from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.http.raw import RawRequest, exchange_raw, head
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.selftest.loopback import HOST, connections_served
from conformance.server.harness.resource import resource

GIVEN = b'{"items": [{"id": "p1", "name": "Aurora Tent"}, {"id": "p2", "name": "Polar Stove"}]}'
ASKING = Request("GET", "/", (("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAA")))
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


Handler = Callable[[socket.socket], None]


def _switching(name: str, *, waits_for: bytes = b"", pause_s: float = 0.0, ends: bool = False) -> Handler:
    """Answer 101, and then a frame with the resource."""

    def switch(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65_536)
            connection.sendall(f"HTTP/1.1 101 \r\nConnection: Upgrade\r\nUpgrade: {name}\r\n\r\n".encode())
            seen = b""
            while waits_for not in seen:
                seen += connection.recv(65_536)
            time.sleep(pause_s)
            connection.sendall(b"\x00\x00\x2d\x00\x01\x00\x00\x00\x01" + GIVEN)
            if not ends:
                connection.recv(65_536)

    return switch


def _raw(route: Route) -> Exchange:
    octets = head("GET", "/", (("Host", HOST), *ASKING.headers))
    return exchange_raw(route, RawRequest((octets,), ASKING), timeout_s=5.0)


def _plain(route: Route) -> Exchange:
    return SocketTransport(route).send(ASKING)


@pytest.mark.parametrize("send", [_raw, _plain], ids=["as-octets", "as-a-request"])
@pytest.mark.parametrize(
    "switch",
    [
        pytest.param(_switching("h2c"), id="at-once"),
        pytest.param(_switching("h2c", ends=True), id="and-closes"),
        pytest.param(_switching("h2c", waits_for=PREFACE, pause_s=0.1), id="after-the-preface"),
        pytest.param(_switching("websocket", pause_s=0.1), id="websocket"),
    ],
)
def test_what_comes_after_the_switch_is_given_out(
    switch: Handler, send: Callable[[Route], Exchange]
) -> None:
    """The status stays 101, and the resource is seen; a connection that stays open is not waited for."""
    with connections_served(switch) as port:
        began = time.monotonic()
        exchange = send(Route(f"http://{HOST}:{port}", 5.0))
    assert (exchange.outcome, exchange.accepted) == (101, False)
    assert resource(GIVEN).given_in(exchange)
    assert time.monotonic() - began < 4.0


def test_a_switch_that_gives_nothing_out_opens_nothing() -> None:
    """As of a gateway that closes at once."""

    def closing(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 101 \r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x88\x02\x03\xea")

    with connections_served(closing) as port:
        exchange = _raw(Route(f"http://{HOST}:{port}", 5.0))
    assert exchange.outcome == 101
    assert exchange.response is not None
    assert exchange.response.body == b"\x88\x02\x03\xea"
    assert not resource(GIVEN).given_in(exchange)
