"""The embedded Synq over TLS, beside its plain port: a thread for each connection, one request on each."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.http.message import Request, Response
from conformance.http.raw import as_request
from conformance.http.throwaway import throwaway
from conformance.mock.call import Call, Synq
from conformance.mock.reply import reply
from conformance.mock.serve import HOST, listen

ANOTHER = "another.synq.invalid"
"""The name in the certificate of another server."""
WAITED_S = 5.0
LARGEST_HEAD = 65_536
Handle = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class SecurelyServed:
    """The doors of a Synq that speaks TLS."""

    base_url: str
    certificate: str
    """What its clients trust, in PEM: its own, and that of another server."""
    clear_url: str
    """The same name without TLS."""


@contextmanager
def serve_securely(synq: Synq) -> Iterator[SecurelyServed]:
    """Serve over TLS, and in clear what the door answers there, until the block ends."""
    right, other = throwaway(HOST), throwaway(ANOTHER)
    door, numbers = synq.steps.door, itertools.count(1)
    contexts = [one.server_context(ssl.TLSVersion[door.oldest_tls]) for one in (right, other)]

    def over_tls(connection: socket.socket) -> None:
        context = contexts[door.is_another(next(numbers))]
        with context.wrap_socket(connection, server_side=True) as secure:
            _answer(secure, lambda request: reply(synq, request, str(secure.getpeername())))

    with _threads_for(over_tls) as port:
        base_url = f"https://{HOST}:{port}"

        def in_clear(connection: socket.socket) -> None:
            _answer(connection, lambda request: door.in_clear(Call(synq, request, base_url)))

        with _threads_for(in_clear) as clear:
            yield SecurelyServed(base_url, right.certificate + other.certificate, f"http://{HOST}:{clear}")


def _answer(connection: socket.socket, answer: Callable[[Request], Response]) -> None:
    octets = b""
    while b"\r\n\r\n" not in octets and len(octets) < LARGEST_HEAD:
        piece = connection.recv(LARGEST_HEAD)
        octets += piece
        if not piece:
            return
    response = answer(as_request(octets))
    fields = (*response.headers, ("Content-Length", str(len(response.body))), ("Connection", "close"))
    head = "\r\n".join([f"HTTP/1.1 {response.status} ", *(f"{name}: {value}" for name, value in fields), "", ""])
    connection.sendall(head.encode("latin-1") + response.body)


@contextmanager
def _threads_for(handle: Handle) -> Iterator[int]:
    """The port on which each connection is handed to a thread of its own."""
    listening = listen()

    def one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(WAITED_S)
            handle(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
