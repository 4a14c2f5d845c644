"""The way to a target: where connections go, TLS and proxy on it, and what every request counts against."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.http.address import origin
from conformance.http.decoding import LARGEST_BODY
from conformance.http.identity import REQUEST_ID, ordinary
from conformance.http.message import Field, Request
from conformance.http.proxies import PORTS, Proxy
from conformance.http.reaching import Reach
from conformance.http.tls import TlsFiles, client_context

LARGEST_PROXY_HEAD = 65_536
"""Octets of a proxy's answer to CONNECT."""


class ProxyRefusedError(OSError):
    """The proxy did not open a tunnel; the message says what it answered."""


def _unlimited(_requests: int) -> None: ...


def _anonymous() -> None: ...


@dataclass(frozen=True, slots=True)
class Route:
    """How every request of a run gets to the target: single, concurrent and raw ones alike."""

    base_url: str
    timeout_s: float
    """For a whole exchange."""
    tls: TlsFiles = field(default_factory=TlsFiles)
    proxy: Proxy | None = None
    take: Callable[[int], None] = _unlimited
    """Called before so many requests go out; waits, or raises if no more may be sent."""
    ordinary: tuple[Field, ...] = field(default_factory=ordinary)
    """Fields of every request that brings none of their names, such as User-Agent."""
    request_id: Callable[[], str | None] = _anonymous
    """Makes what X-Request-ID says of the next request."""

    largest_body: int = LARGEST_BODY
    """Octets of an answer's body beyond which it is no longer read."""
    reach: Reach = field(default_factory=Reach, compare=False, repr=False)
    """Remembers which address of the host answers."""

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https:")

    @property
    def authority(self) -> str:
        """The Host that names the target (RFC 9110 §7.2)."""
        return urlsplit(self.base_url).netloc

    @property
    def absolute(self) -> str:
        """What stands before a request target: the origin, if a proxy reads the request (RFC 9112 §3.2.2)."""
        return origin(self.base_url) if self.proxy is not None and not self.secure else ""

    def usual_fields(self, request: Request, request_id: str | None = None) -> tuple[Field, ...]:
        """Fields that every request has on this way, each unless the request brings its own."""
        given = {name.lower() for name, _ in request.headers}
        authorization = None if self.proxy is None or self.secure else self.proxy.authorization
        marks = {"Proxy-Authorization": authorization, REQUEST_ID: request_id}
        usual = (*self.ordinary, *((name, value) for name, value in marks.items() if value is not None))
        return tuple(field for field in usual if field[0].lower() not in given)

    @property
    def raw_obstacle(self) -> str | None:
        """Why octets cannot be sent as they are; None if they can."""
        if not self.absolute or self.proxy is None:
            return None
        return (
            f"octets cannot be sent as they are through the HTTP proxy {self.proxy.url} ({self.proxy.named_by}); "
            "run on a way without it, or over https"
        )

    def connected(self, deadline: float) -> socket.socket:
        """Returns a connection that requests can be written to; `deadline` is a moment of time.monotonic.

        Raises OSError: ssl.SSLError if TLS fails, ProxyRefusedError if the proxy opens no tunnel.
        """
        connection = self.reached(deadline)
        return self.encrypted(connection, client_context(self.tls), deadline) if self.secure else connection

    def encrypted(self, connection: socket.socket, context: ssl.SSLContext, deadline: float) -> ssl.SSLSocket:
        """The connection under TLS by this context; closed if that fails, with the OSError that says why."""
        try:
            connection.settimeout(left_until(deadline))
            return context.wrap_socket(connection, server_hostname=urlsplit(self.base_url).hostname or "")
        except BaseException:
            connection.close()
            raise

    def reached(self, deadline: float) -> socket.socket:
        """Returns the connection before TLS, through the proxy's tunnel if there is one; raises OSError."""
        parts = urlsplit(self.base_url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        first = (host, port) if self.proxy is None else (self.proxy.host, self.proxy.port)
        connection = self.reach.connected(*first, deadline)
        try:
            connection.settimeout(left_until(deadline))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.proxy is not None and self.secure:
                _tunnel(connection, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", self.proxy, deadline)
        except BaseException:
            connection.close()
            raise
        return connection


def left_until(deadline: float) -> float:
    """Seconds until this moment of time.monotonic; raises TimeoutError once it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _tunnel(connection: socket.socket, authority: str, proxy: Proxy, deadline: float) -> None:
    """Let the proxy connect to the target (RFC 9110 §9.3.6); raises ProxyRefusedError if it does not."""
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    lines += [f"Proxy-Authorization: {proxy.authorization}"] if proxy.authorization else []
    connection.settimeout(left_until(deadline))
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    answered = b""
    while b"\r\n\r\n" not in answered:  # octet by octet behind the head would be TLS: a proxy waits for us to begin it
        connection.settimeout(left_until(deadline))
        piece = connection.recv(4096)
        answered += piece
        if not piece or len(answered) > LARGEST_PROXY_HEAD:
            raise ProxyRefusedError(f"the proxy {proxy.url} ({proxy.named_by}) ended its answer to CONNECT early")
    status = answered.split(b"\r\n", 1)[0].decode("latin-1")
    code = status.split(" ")[1:2]
    if not code or not code[0].startswith("2"):
        raise ProxyRefusedError(
            f"the proxy {proxy.url} ({proxy.named_by}) answered CONNECT {authority}: {status[:200]}"
        )
