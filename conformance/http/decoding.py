"""Bodies that arrive coded although `identity` was asked for (RFC 9110 §8.4), read within bounds all the same."""

from __future__ import annotations

import contextlib
import zlib

from conformance.http.message import Response

LARGEST_BODY = 4 * 2**20
"""Octets of a body, decoded or not, beyond which it is no longer read."""
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
"""What zlib calls the wrappings of deflate: RFC 1952, RFC 1950, and the bare RFC 1951, which some send as `deflate`."""
WRAPPINGS = {"gzip": (GZIP,), "x-gzip": (GZIP,), "deflate": (ZLIB, RAW)}
MOST_CODINGS = 4


class TooLargeError(Exception):
    """The answer has no end within reason."""


class UnreadableError(Exception):
    """The body is not what Content-Encoding says."""


def plain_body(response: Response, largest: int = LARGEST_BODY) -> bytes:
    """The response's body without the codings that its Content-Encoding names.

    Raises TooLargeError if it has more than `largest` octets, and UnreadableError if it is not coded as it says
    or in a way that is not known.
    """
    body = response.body
    for coding in reversed(_codings(response)):
        if coding in ("", "identity") or not body:
            continue
        if coding not in WRAPPINGS:
            raise UnreadableError(f"a body in the coding {coding[:40]!r} although identity was asked for")
        body = _inflated(body, coding, largest)
    return body


def _codings(response: Response) -> list[str]:
    codings = [one.strip().lower() for one in (response.value("Content-Encoding") or "").split(",")]
    if len(codings) > MOST_CODINGS:
        raise TooLargeError(f"a body in {len(codings)} codings")
    return codings


def _inflated(body: bytes, coding: str, largest: int) -> bytes:
    for wrapping in WRAPPINGS[coding]:
        with contextlib.suppress(zlib.error):
            return _inflated_as(body, wrapping, largest)
    raise UnreadableError(f"a body that is not {coding} although Content-Encoding says so")


def _inflated_as(body: bytes, wrapping: int, largest: int) -> bytes:
    inflating = zlib.decompressobj(wrapping)
    plain = inflating.decompress(body, largest + 1)
    if len(plain) > largest:
        raise TooLargeError(f"a body of more than {largest} octets once it is decoded")
    if not inflating.eof:
        raise UnreadableError("a coded body that is cut off")
    return plain
