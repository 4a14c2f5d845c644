"""The suite's own transport: one kept connection, httptools for the answers, and a deadline for the whole exchange."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from dataclasses import dataclass

from conformance.http.exchange import Exchange, Failure
from conformance.http.message import SAFE_METHODS, Field, Request
from conformance.http.raw import NOT_HTTP, UNREACHABLE, Reader, head, read_switched
from conformance.http.route import Route, left_until

LATE_BODY_S = 0.02
"""How long after the head of an answer to HEAD a body may still arrive that should not."""


class SocketTransport:
    """Straight onto the socket. Nothing is added but framing, and nothing of an answer is hidden.

    Unlike a time-out between two reads, the deadline ends a target that drips one octet a second.
    """

    def __init__(self, route: Route) -> None:
        self._route = route
        self._connection: socket.socket | None = None

    def send(self, request: Request) -> Exchange:
        """Send once, and once more on a new connection if a kept one had been closed (RFC 9112 §9.3.1)."""
        self._route.take(1)
        kept = self._connection is not None and not self._is_stale()
        attempt = self._exchange(request)
        if kept and attempt.exchange.failure is Failure.CLOSED and not attempt.begun and request.method in SAFE_METHODS:
            self._route.take(1)
            attempt = self._exchange(request)
        return attempt.exchange

    def _is_stale(self) -> bool:
        """Whether the kept connection was closed, or holds octets that belong to no answer; then it is dropped."""
        assert self._connection is not None, "asked of a kept connection only"  # noqa: S101 - a claim about ourselves
        stale = bool(select.select([self._connection], [], [], 0)[0])
        if stale:
            self.close()
        return stale

    def _exchange(self, request: Request) -> _Attempt:
        started, tick = time.time(), time.monotonic()
        reader = Reader(to_head=request.method == "HEAD", largest=self._route.largest_body)
        request_id = self._route.request_id()
        failure, detail = None, ""
        try:
            self._converse(framed(request, self._route, request_id), reader, deadline=tick + self._route.timeout_s)
        except TimeoutError:
            failure = Failure.TIMEOUT
        except NOT_HTTP as error:
            failure, detail = Failure.GARBAGE, str(error) or type(error).__name__
        except UNREACHABLE as error:
            failure, detail = Failure.UNREACHABLE, str(error)
        except OSError as error:
            failure, detail = Failure.CLOSED if self._connection else Failure.UNREACHABLE, str(error)
        response = reader.responses[0] if reader.responses else None
        if response is None and failure is None:
            failure, detail = Failure.CLOSED, "the connection ended"
        if response is None or not reader.keeps_alive:
            self.close()
        if response is not None:
            failure, detail = None, ""
        duration_s = time.monotonic() - tick
        return _Attempt(Exchange(request, response, failure, detail, started, duration_s, request_id), reader.begun)

    def _converse(self, octets: bytes, reader: Reader, *, deadline: float) -> None:
        if self._connection is None:
            self._connection = self._route.connected(deadline)
        connection = self._connection
        connection.settimeout(left_until(deadline))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have refused before it read all
            connection.sendall(octets)
        while not reader.responses:
            connection.settimeout(left_until(deadline))
            piece = connection.recv(65_536)
            if not piece:
                reader.end()
                return
            reader.feed(piece)
        read_switched(connection, reader, deadline)
        if reader.to_head and select.select([connection], [], [], LATE_BODY_S)[0]:
            reader.late(connection.recv(65_536))

    def close(self) -> None:
        """End the connection, under a thread that waits on it, too."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


@dataclass(frozen=True, slots=True)
class _Attempt:
    exchange: Exchange
    begun: bool
    """Whether any octet of an answer arrived."""


def framed(request: Request, route: Route, request_id: str | None = None) -> bytes:
    """The request with the fields that frame it, each unless the request brings its own."""
    given = {name.lower() for name, _ in request.headers}
    framing: list[Field] = [] if "host" in given else [("Host", route.authority)]
    framing += route.usual_fields(request, request_id)
    unframed = not given & {"content-length", "transfer-encoding"}
    if unframed and (request.body or request.method in {"POST", "PUT", "PATCH"}):
        framing.append(("Content-Length", str(len(request.body))))
    target = f"{route.absolute}{request.target}" if request.target.startswith("/") else request.target
    return head(request.method, target, (*framing, *request.headers)) + request.body
