"""The suite's own transport: one kept connection, httptools for the answers, and a deadline for the whole exchange."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from dataclasses import dataclass

import httptools

from conformance.http.exchange import USER_AGENT, Exchange, Failure
from conformance.http.message import SAFE_METHODS, Field, Request
from conformance.http.raw import Reader, TooLargeError, authority, connected, head

LATE_BODY_S = 0.02
"""How long after the head of an answer to HEAD a body may still arrive that should not."""


class SocketTransport:
    """Straight onto the socket. Nothing is added but framing, and nothing of an answer is hidden.

    Unlike a time-out between two reads, the deadline ends a target that drips one octet a second.
    """

    def __init__(self, base_url: str, *, timeout_s: float) -> None:
        self._base_url, self._timeout_s = base_url, timeout_s
        self._host = authority(base_url)
        self._connection: socket.socket | None = None

    def send(self, request: Request) -> Exchange:
        """Send once, and once more on a new connection if a kept one had been closed (RFC 9112 §9.3.1)."""
        kept = self._connection is not None and not self._is_stale()
        attempt = self._exchange(request)
        if kept and attempt.exchange.failure is Failure.CLOSED and not attempt.begun and request.method in SAFE_METHODS:
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
        reader = Reader(to_head=request.method == "HEAD")
        failure, detail = None, ""
        try:
            self._converse(request, reader, deadline=tick + self._timeout_s)
        except TimeoutError:
            failure = Failure.TIMEOUT
        except (httptools.HttpParserError, TooLargeError) as error:
            failure, detail = Failure.GARBAGE, str(error) or type(error).__name__
        except (ConnectionRefusedError, socket.gaierror, ssl.SSLError) as error:
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
        return _Attempt(Exchange(request, response, failure, detail, started, duration_s), reader.begun)

    def _converse(self, request: Request, reader: Reader, *, deadline: float) -> None:
        if self._connection is None:
            self._connection = connected(self._base_url, self._timeout_s)
        connection = self._connection
        connection.settimeout(_left(deadline))
        connection.sendall(framed(request, self._host))
        while not reader.responses:
            connection.settimeout(_left(deadline))
            piece = connection.recv(65_536)
            if not piece:
                reader.end()
                return
            reader.feed(piece)
        if request.method == "HEAD" and select.select([connection], [], [], LATE_BODY_S)[0]:
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


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def framed(request: Request, host: str) -> bytes:
    """The request with the fields that frame it, each unless the request brings its own."""
    given = {name.lower() for name, _ in request.headers}
    framing: list[Field] = [("Host", host)] if "host" not in given else []
    if "user-agent" not in given:
        framing.append(("User-Agent", USER_AGENT))
    if "accept" not in given:
        framing.append(("Accept", "*/*"))
    unframed = not given & {"content-length", "transfer-encoding"}
    if unframed and (request.body or request.method in {"POST", "PUT", "PATCH"}):
        framing.append(("Content-Length", str(len(request.body))))
    return head(request.method, request.target, (*framing, *request.headers)) + request.body
