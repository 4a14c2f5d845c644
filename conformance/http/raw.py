"""The raw wire: octets that no HTTP library would send, over TCP or TLS, and the responses that come back."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import httptools

from conformance.http.decoding import LARGEST_BODY, TooLargeError, UnreadableError, plain_body
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Field, Request, Response
from conformance.http.route import ProxyRefusedError, Route, left_until

LARGEST_HEAD = 2**18
"""Octets of an answer's head and of informational answers before it, beyond which it is no longer read."""
NOT_HTTP = (httptools.HttpParserError, TooLargeError, UnreadableError)
UNREACHABLE = (ConnectionRefusedError, socket.gaierror, ssl.SSLError, ProxyRefusedError)
BETWEEN_SEGMENTS_S = 0.05
"""Long enough for the first segment to be read on its own."""
QUIET_S = 0.5
"""How long a target that changed the protocol may say nothing before it counts as done."""
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
"""What a client says first in HTTP/2, with settings that are all as they come (RFC 9113 §3.4)."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """What goes on the wire: one or more requests, in one or more TCP segments."""

    segments: tuple[bytes, ...]
    shown: Request
    """The request under judgment, as a message shows it."""
    requests: int = 1
    """How many requests it holds; the last one is judged."""

    @property
    def whole(self) -> bytes:
        return b"".join(self.segments)


def as_request(octets: bytes) -> Request:
    """What of these octets reads as a request, so that a message can show what was sent."""
    end = b"\r\n" if b"\r\n" in octets else b"\n"
    above, _, body = octets.lstrip(b"\r\n").partition(end * 2)
    first, *lines = above.decode("latin-1").split(end.decode())
    method, _, rest = first.partition(" ")
    fields = [line.partition(":") for line in lines]
    return Request(method, rest.rpartition(" ")[0], tuple((name, value.strip(" ")) for name, _, value in fields), body)


def head(method: str, target: str, fields: Sequence[Field], *, version: str = "HTTP/1.1") -> bytes:
    """A request head, framed exactly as given (RFC 9112 §2.1)."""
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def exchange_raw(route: Route, octets: RawRequest, *, timeout_s: float) -> Exchange:
    """Send the octets on a connection of their own; the exchange of the last request that they hold.

    A connection that closes before the last response is a CLOSED exchange, one that stays silent a TIMEOUT.
    """
    route.take(octets.requests)
    started, tick = time.time(), time.monotonic()
    deadline = tick + timeout_s
    reader = Reader()
    failure, detail = None, ""
    try:
        with route.connected(deadline) as connection:
            connection.settimeout(left_until(deadline))
            _send(connection, octets.segments)
            while len(reader.responses) < octets.requests:
                connection.settimeout(left_until(deadline))
                piece = connection.recv(65_536)
                if not piece:
                    reader.end()
                    break
                reader.feed(piece)
            read_switched(connection, reader, deadline)
    except TimeoutError:
        failure = Failure.TIMEOUT
    except NOT_HTTP as error:
        failure, detail = Failure.GARBAGE, str(error) or type(error).__name__
    except UNREACHABLE as error:
        failure, detail = Failure.UNREACHABLE, str(error)
    except OSError as error:
        failure, detail = Failure.CLOSED, str(error)
    response = reader.responses[octets.requests - 1] if len(reader.responses) >= octets.requests else None
    if response is not None:
        failure, detail = None, ""
    elif failure is None:
        failure = Failure.CLOSED
    return Exchange(octets.shown, response, failure, detail, started, time.monotonic() - tick)


def _send(connection: socket.socket, segments: tuple[bytes, ...]) -> None:
    """Send what the target takes: one that has refused already may close before it has read everything."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for number, segment in enumerate(segments):
            if number:
                time.sleep(BETWEEN_SEGMENTS_S)
            connection.sendall(segment)


def read_switched(connection: socket.socket, reader: Reader, deadline: float) -> None:
    """What the target sends after a 101, in the protocol that it changed to (RFC 9110 §7.8), until it is quiet.

    A server that changes to HTTP/2 answers the request itself there; some wait for the client's preface first.
    """
    if not reader.switched:
        return
    if "h2c" in (reader.responses[-1].value("Upgrade") or "").lower():
        _send(connection, (HTTP2_PREFACE,))
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while left_s := min(QUIET_S, left_until(deadline)):
            connection.settimeout(left_s)
            if not (piece := connection.recv(65_536)):
                return
            reader.feed(piece)


class Reader:
    """Responses out of octets, by httptools' callbacks; informational ones are passed over."""

    def __init__(self, *, to_head: bool = False, largest: int = LARGEST_BODY) -> None:
        """`largest`: octets of a body beyond which it is no longer read."""
        self._largest = largest
        self.responses: list[Response] = []
        self.begun = False
        """Whether any octet arrived."""
        self.keeps_alive = False
        """Whether the connection may carry another request."""
        self.size = 0
        """Octets of the present answer so far, informational ones before it included."""
        self.to_head = to_head
        """Whether it is the answer to HEAD, which has no body."""
        self.switched = False
        """Whether the target answered 101: what follows is no HTTP/1.1."""
        self._headed = False
        self._fields: list[Field] = []
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, piece: bytes) -> None:
        """Take octets; raises httptools.HttpParserError if they are not HTTP, TooLargeError if they have no end."""
        self.begun = True
        self.size += len(piece)
        try:
            if self.switched:
                self.late(piece)
            else:
                self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self.switched = True
            self.late(piece[upgrade.args[0] :])
        except httptools.HttpParserCallbackError as error:
            raise error.__context__ or error from None
        if not self._headed and self.size > LARGEST_HEAD:
            raise TooLargeError(f"a head of more than {LARGEST_HEAD} octets")
        if self.size > LARGEST_HEAD + self._largest:
            raise TooLargeError(f"a body of more than {self._largest} octets")
        if self.to_head and self._headed and not self.responses:
            self._complete(keeps_alive=not self._body and bool(self._parser.should_keep_alive()))

    def end(self) -> None:
        """The connection ended, and with it a body that has no other end (RFC 9112 §6.3)."""
        names = {name.lower() for name, _ in self._fields}
        if self._headed and not names & {"content-length", "transfer-encoding"}:
            self._complete(keeps_alive=False)

    def late(self, piece: bytes) -> None:
        """Octets that stand behind an answer which has no body: to HEAD, or 101."""
        if piece and self.responses:
            self.responses[-1] = replace(self.responses[-1], body=self.responses[-1].body + piece)
        self.keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._headed = self._parser.get_status_code() >= 200

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._complete(keeps_alive=bool(self._parser.should_keep_alive()))

    def _complete(self, *, keeps_alive: bool) -> None:
        status = self._parser.get_status_code()
        if status >= 200 or status == 101:
            coded = Response(status, tuple(self._fields), b"".join(self._body))
            self.responses.append(replace(coded, body=plain_body(coded, self._largest)))
            self.size = 0
            self.keeps_alive = keeps_alive
        self._fields, self._body, self._headed = [], [], False
