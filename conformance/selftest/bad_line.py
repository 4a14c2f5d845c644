"""A line that is sometimes bad, between a client and a server that is right: what happens to each request is drawn.

A proxy on a loopback port. It looks at nothing that it passes on, but for where a request begins.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from conformance.selftest.loopback import HOST, connections_served

CHUNK = 256 * 1024
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends RST."""

Trouble = Callable[["Passage", bytes], bool]
"""Does something to this request; False if it is to be passed on all the same."""


@dataclass
class Passage:
    """A connection on its way through the proxy."""

    client: socket.socket
    server: socket.socket
    cut_at: int | None = None
    """So many octets of the next answer are passed on, and then the connection is closed."""


@dataclass
class BadLine:
    """What is wrong with the line, how often, and how often it struck."""

    upstream: tuple[str, int]
    trouble: Trouble
    share: float
    seed: int = 0
    lasting: bool = False
    """Whether every request meets it from the first one on that does, until the trouble lets one pass."""
    struck: int = 0
    requests: int = 0
    base_url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._drawn = random.Random(self.seed)  # noqa: S311 - a test draws again what it drew before
        self._begun = False

    def strikes(self) -> bool:
        """Whether this request meets trouble."""
        with self._lock:
            self.requests += 1
            self._begun = self._begun or self._drawn.random() < self.share
            strikes, self._begun = self._begun, self._begun and self.lasting
            return strikes

    def serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(self.upstream) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            passage = Passage(client, server)
            threading.Thread(target=_answers, args=(passage,), daemon=True).start()
            while octets := client.recv(CHUNK):
                if self.strikes() and self.trouble(passage, octets):
                    with self._lock:
                        self.struck += 1
                    return
                server.sendall(octets)


def _answers(passage: Passage) -> None:
    with contextlib.suppress(OSError):
        while octets := passage.server.recv(CHUNK):
            if passage.cut_at is not None:
                passage.client.sendall(octets[: passage.cut_at])
                passage.client.shutdown(socket.SHUT_RDWR)
                return
            passage.client.sendall(octets)
        passage.client.shutdown(socket.SHUT_WR)


def reset(passage: Passage, _octets: bytes) -> bool:
    """The connection is reset before the request arrives."""
    passage.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    passage.client.close()
    return True


def closed_before_the_answer(passage: Passage, octets: bytes) -> bool:
    """The request arrives, and the connection is closed in place of an answer."""
    passage.server.sendall(octets)
    time.sleep(0.005)
    return True


def answered(status: int) -> Trouble:
    """A gateway answers by itself."""

    def trouble(passage: Passage, _octets: bytes) -> bool:
        body = b"upstream\n"
        head = f"HTTP/1.1 {status} Trouble\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        passage.client.sendall(head.encode() + body)
        return True

    return trouble


def body_cut(passage: Passage, octets: bytes) -> bool:
    """The answer ends in the middle."""
    passage.cut_at = 60
    passage.server.sendall(octets)
    time.sleep(0.05)
    return True


def outage(seconds: float) -> Trouble:
    """Once it begins, every connection is closed for so long."""
    ends: list[float] = []

    def trouble(passage: Passage, octets: bytes) -> bool:
        if not ends:
            ends.append(time.monotonic() + seconds)
        return time.monotonic() < ends[0] and closed_before_the_answer(passage, octets)

    return trouble


def bursts(length: int) -> Trouble:
    """A gateway answers 502, 503 and 504 to so many requests in a row."""
    left = [0]

    def trouble(passage: Passage, octets: bytes) -> bool:
        left[0] = length if left[0] <= 0 else left[0] - 1
        return answered(502 + left[0] % 3)(passage, octets)

    return trouble


def late(seconds: float) -> Trouble:
    """The answer comes after the client has stopped waiting."""

    def trouble(_passage: Passage, _octets: bytes) -> bool:
        time.sleep(seconds)
        return False

    return trouble


@contextmanager
def bad_line(
    base_url: str, trouble: Trouble, *, share: float, seed: int = 0, lasting: bool = False
) -> Iterator[BadLine]:
    """The line to the server at this base URL, for as long as the block lasts."""
    host, _, port = base_url.removeprefix("http://").partition(":")
    line = BadLine((host, int(port)), trouble, share, seed, lasting)
    with connections_served(line.serve) as bound:
        line.base_url = f"http://{HOST}:{bound}"
        yield line
