"""A server that answers before it has read the whole request, and closes: its answer is not lost."""

from __future__ import annotations

import contextlib
import socket

from conformance.http.message import Request
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.selftest.loopback import HOST, connections_served

TOO_LARGE = b"HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def refusing_early(connection: socket.socket) -> None:
    """Read the beginning, answer, and close with octets unread, which resets the connection."""
    with contextlib.suppress(OSError), connection:
        connection.recv(1000)
        connection.sendall(TOO_LARGE)


def test_an_answer_that_comes_before_the_request_was_read_counts() -> None:
    """However large the rest of the request is; the kernel has the answer, although it can send no more."""
    request = Request("POST", "/", (), b"x" * 8_000_000)
    with connections_served(refusing_early) as port:
        exchanges = [SocketTransport(Route(f"http://{HOST}:{port}", 5.0)).send(request) for _ in range(5)]
    assert [exchange.outcome for exchange in exchanges] == [431] * 5
