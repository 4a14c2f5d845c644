"""Octets sent as they are, and the answer shown: for requests that curl has no way to send."""

from __future__ import annotations

import re

from conformance.http.message import Request
from conformance.http.raw import RawRequest, exchange_raw
from conformance.http.route import Route

ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|([rnt\\]))")
NAMED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}


def unescaped(text: bytes) -> bytes:
    r"""The octets that a segment on the command line stands for: \r, \n, \t, \\ and \xHH, all others as they are."""
    return ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else NAMED[found[2]], text)


def sent_octets_of(route: Route, segments: tuple[bytes, ...], *, answers: int) -> bytes:
    """Send the segments one by one on a connection of their own; the last of so many answers as it reads on the wire,
    or a line that says in words why there is none."""
    octets = RawRequest(tuple(map(unescaped, segments)), Request("GET", "(octets)"), answers)
    exchange = exchange_raw(route, octets, timeout_s=route.timeout_s)
    if exchange.response is None:
        return f"{exchange.trouble}\n".encode()
    head = [f"HTTP/1.1 {exchange.response.status}"]
    head += [f"{name}: {value}" for name, value in exchange.response.headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + exchange.response.body
