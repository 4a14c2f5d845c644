"""How the suite's server puts a response on the wire: plainly, or in another way that HTTP has for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from conformance.http.message import Request, Response

_KNOWN = frozenset(HTTPStatus)
_CHUNK = 1_000
_WITHOUT_BODY = frozenset({204, 304})


class Framing(StrEnum):
    """How a response is framed, and what becomes of its connection."""

    LENGTH = "length"
    CHUNKED = "chunked"
    HTTP_1_0 = "http-1.0"
    """In HTTP/1.0. Its connection is over with it and it says so, for not to say it is another matter: that of ENDS."""
    CLOSES = "closes"
    """The connection is over with it, and it says so."""
    ENDS = "ends"
    """The connection is closed just after it, which it does not say."""

    @property
    def keeps_connection(self) -> bool:
        return self in (Framing.LENGTH, Framing.CHUNKED)


@dataclass(frozen=True, slots=True)
class FramedResponse(Response):
    """A response with its framing."""

    framing: Framing = Framing.LENGTH


def framing_of(response: Response) -> Framing:
    """The response's framing; plain if it has none of its own."""
    return response.framing if isinstance(response, FramedResponse) else Framing.LENGTH


def framed_response(request: Request, response: Response, *, keeps_alive: bool) -> bytes:
    """The response as octets."""
    framing = framing_of(response)
    fields = list(response.headers)
    chunked = framing is Framing.CHUNKED
    if chunked:
        fields.append(("Transfer-Encoding", "chunked"))
    elif response.status not in _WITHOUT_BODY:
        fields.append(("Content-Length", str(len(response.body))))
    if framing in (Framing.CLOSES, Framing.HTTP_1_0) or not keeps_alive:
        fields.append(("Connection", "close"))
    reason = HTTPStatus(response.status).phrase if response.status in _KNOWN else ""
    version = "HTTP/1.0" if framing is Framing.HTTP_1_0 else "HTTP/1.1"
    lines = [f"{version} {response.status} {reason}", *(f"{name}: {value}" for name, value in fields), "", ""]
    head = "\r\n".join(lines).encode("latin-1")
    if request.method == "HEAD":
        return head
    return head + (_in_chunks(response.body) if chunked else response.body)


def _in_chunks(body: bytes) -> bytes:
    pieces = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))
