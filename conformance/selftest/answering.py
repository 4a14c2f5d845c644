"""A bare server that gives fixed answers, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from conformance.http.message import Request
from conformance.http.raw import as_request
from conformance.selftest.loopback import HOST, connections_served

Canned = tuple[int, str, bytes]
"""Status, Location if not empty, body."""


@contextmanager
def answering(*answers: Canned) -> Iterator[tuple[str, list[Request]]]:
    """The base URL of a server that gives these answers in turn, the last one ever after, and what it was asked."""
    with _served(lambda asked: answers[min(len(asked), len(answers)) - 1]) as found:
        yield found


@contextmanager
def answering_paths(bodies: Mapping[str, bytes]) -> Iterator[tuple[str, list[Request]]]:
    """The same of one that has these bodies under their paths, and nothing else."""

    def answer(asked: list[Request]) -> Canned:
        body = bodies.get(asked[-1].target)
        return (404, "", b"") if body is None else (200, "", body)

    with _served(answer) as found:
        yield found


@contextmanager
def _served(answer: Callable[[list[Request]], Canned]) -> Iterator[tuple[str, list[Request]]]:
    asked: list[Request] = []

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            client.settimeout(5)
            asked.append(as_request(client.recv(65_536)))
            status, location, body = answer(asked)
            led = f"Location: {location}\r\n" if location else ""
            head = f"HTTP/1.1 {status} X\r\n{led}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            client.sendall(head.encode() + body)

    with connections_served(serve) as port:
        yield f"http://{HOST}:{port}", asked
