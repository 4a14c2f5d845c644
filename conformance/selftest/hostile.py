"""Answers that are made to hurt who reads them, on a loopback port: always, or in place of every refusal."""

from __future__ import annotations

import contextlib
import gzip
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conformance.http.message import Response
from conformance.http.raw import as_request, head
from conformance.mock.call import Synq
from conformance.mock.reply import reply
from conformance.selftest.loopback import HOST, connections_served

MIB = 2**20
Answer = Callable[[socket.socket], None]
"""Writes to the connection until it has written enough, or the other side has gone."""


def octets(*pieces: bytes) -> Answer:
    return lambda connection: connection.sendall(b"".join(pieces))


def forever(begin: bytes, piece: bytes, *, pause_s: float = 0) -> Answer:
    """Begin so, and then the same again and again."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(piece)
            time.sleep(pause_s)

    return answer


def refusal(*lines: str, body: bytes = b"{}") -> bytes:
    """A 401 with these lines in its head."""
    fixed = ("HTTP/1.1 401 No", "WWW-Authenticate: Bearer", "Content-Type: application/json")
    return "\r\n".join((*fixed, *lines, f"Content-Length: {len(body)}", "", "")).encode("latin-1") + body


def _bomb() -> bytes:
    """Some 200 MiB of blanks in some 200 kB."""
    packing = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    blanks = b" " * MIB
    return b"".join(packing.compress(blanks) for _ in range(200)) + packing.flush()


NO_BODY = b"Content-Length: 0\r\n\r\n"
OPEN_END = b"HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\n"
CHUNK = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
ANSWERS: dict[str, Callable[[], Answer]] = {
    "an-octet-a-second": lambda: forever(b"HTTP/1.1 ", b"2", pause_s=1),
    "endless-body": lambda: forever(OPEN_END + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
    "endless-body-until-close": lambda: forever(OPEN_END + b"\r\n", b"x" * 65_536),
    "endless-head": lambda: forever(OPEN_END, b"X-Odd: " + b"x" * 8_000 + b"\r\n"),
    "endless-103": lambda: forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "gzip-bomb": lambda: octets(refusal("Content-Encoding: gzip", body=_bomb())),
    "gzip-of-gzip-bomb": lambda: octets(refusal("Content-Encoding: gzip, gzip", body=gzip.compress(_bomb()))),
    "a-body-that-is-no-gzip": lambda: octets(refusal("Content-Encoding: gzip", body=b"{}")),
    "a-challenge-of-100-kB": lambda: octets(refusal("WWW-Authenticate: " + "a" * 100_000)),
    "like-a-token-of-100-kB": lambda: octets(refusal("X-Odd: " + "ey" * 50_000)),
    "thousands-of-fields": lambda: octets(refusal(*(f"X-Odd-{number}: {number}" for number in range(5_000)))),
    "a-body-of-3-MiB": lambda: octets(refusal(body=b'{"a": "' + b"e" * (3 * MIB) + b'"}')),
    "deep-json": lambda: octets(refusal(body=b"[" * 100_000)),
    "deep-json-object": lambda: octets(refusal(body=b'{"a":' * 100_000)),
    "control-characters": lambda: octets(refusal("X-Odd: \x1b]0;owned\x07\x9b31m", body=b'"\x1b[2J\x07\xe2\x80\xae"')),
    "lone-surrogates": lambda: octets(refusal("X-Odd: \xed\xa0\x80", body=b'"\\ud800" \xed\xa0\x80')),
    "redirect-to-itself": lambda: octets(b"HTTP/1.1 302 Found\r\nLocation: /api/v1/pim/products\r\n", NO_BODY),
    "retry-after-squared": lambda: octets(b"HTTP/1.1 429 Slow\r\nRetry-After: \xb2\r\n", NO_BODY),
}


@contextmanager
def hostile(answer: Answer, synq: Synq | None) -> Iterator[str]:
    """The base URL of a server that gives this answer: always, or in place of what `synq` does not accept."""
    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection:
            while request := _request(connection):
                given = None if synq is None else reply(synq, as_request(request), "hostile")
                if given is None or not given.accepted:
                    answer(connection)
                else:
                    connection.sendall(_framed(given))

    with connections_served(serve) as port:
        yield f"http://{HOST}:{port}"


def _request(connection: socket.socket) -> bytes:
    """The octets of the next request; empty once there is none."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        read += piece
    above, _, body = read.partition(b"\r\n\r\n")
    lines = above.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536) or b"\0" * length
    return above + b"\r\n\r\n" + body


def _framed(response: Response) -> bytes:
    fields = (*response.headers, ("Content-Length", str(len(response.body))))
    return head("HTTP/1.1", str(response.status), fields, version="OK") + response.body
