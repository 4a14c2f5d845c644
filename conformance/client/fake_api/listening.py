"""The suite's server on a loopback port: sockets and httptools, so that each request is seen as it was sent."""

from __future__ import annotations

import atexit
import contextlib
import re
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import httptools

from conformance.client.fake_api.framing import framed_response, framing_of
from conformance.client.fake_api.service import FakeApi
from conformance.http.message import Request

HOST = "127.0.0.1"
ABSOLUTE = re.compile(r"\Ahttps?://[^/?@]*(?![^/?])", re.IGNORECASE)
LARGEST_HEAD = 256 * 1024
CHUNK = 256 * 1024
PORTS_KEPT = 64
"""How many ports of closed servers no other server gets: a client that has a timer goes on for a while, and its
requests would be held against the client of the server that listened there next, in this process or in another."""
MOST_HAD = 10_000
"""Servers after which a port may have a second one: there are not many more ports."""
_HAD: set[int] = set()


def _listening() -> socket.socket:
    """On a port that no server of this process had before: a client may keep tokens by their URL."""
    with contextlib.ExitStack() as passed:
        while True:
            listening = socket.create_server((HOST, 0), backlog=256)
            port = listening.getsockname()[1]
            if port not in _HAD or len(_HAD) >= MOST_HAD:
                _HAD.add(port)
                return listening
            passed.enter_context(listening)


class ApiListener:
    """Accepts connections for a service, each with a thread of its own, until it is closed."""

    def __init__(self, fake_api: FakeApi) -> None:
        self.fake_api = fake_api
        self._socket = _listening()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed = False
        threading.Thread(target=self._accept, name="suite's server", daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def close(self) -> None:
        """Refuse new connections and end the open ones: a stray request meets a closed port."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            still_open, self._open = self._open, set()
        for one in (self._socket, *still_open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        port = self.port
        self._socket.close()
        _KEPT.keep(port)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with self._lock:
                    if self._closed:
                        connection.close()
                        return
                    self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, httptools.HttpParserError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answer_connection(connection, self.fake_api)
        with self._lock:
            self._open.discard(connection)


class KeptPorts:
    """The last ports of servers that were closed: bound, so that no other server gets them, and not listened at."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: deque[socket.socket] = deque()

    def keep(self, port: int) -> None:
        """Keep this one, and give the oldest up if there are too many."""
        kept = socket.socket()
        try:
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of it may still be ending
            kept.bind((HOST, port))
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        except OSError:  # another was faster
            kept.close()
            return
        with self._lock:
            self._kept.append(kept)
            oldest = self._kept.popleft() if len(self._kept) > self._most else None
        if oldest is not None:
            oldest.close()

    def close(self) -> None:
        """Give them all up."""
        while self._kept:
            self._kept.popleft().close()


_KEPT = KeptPorts(PORTS_KEPT)
atexit.register(_KEPT.close)


def answer_connection(connection: socket.socket, fake_api: FakeApi) -> None:
    """Answer the requests of one connection in turn, until either side ends it."""
    reader = RequestReader()
    while True:
        while not reader.requests:
            if reader.awaits_continue:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                reader.awaits_continue = False
            piece = connection.recv(CHUNK)
            if not piece or reader.head_size > LARGEST_HEAD:
                return
            reader.feed(piece)
        request, keeps_alive = reader.requests.popleft()
        response = fake_api.take(request)
        if response is None:
            return
        connection.sendall(framed_response(request, response, keeps_alive=keeps_alive))
        if not keeps_alive or not framing_of(response).keeps_connection:
            return


class RequestReader:
    """Requests out of octets as they come, each as it was sent, and whether the connection stays open after it.

    Its on_… methods are called by httptools.
    """

    def __init__(self) -> None:
        self.requests: deque[tuple[Request, bool]] = deque()
        self.awaits_continue = False
        """Whether the client waits to be told that it may send the body (RFC 9110 §10.1.1)."""
        self.head_size = 0
        """Octets of the present head so far, and of what stands before its end."""
        self._parser = httptools.HttpRequestParser(self)
        self.on_message_begin()

    def feed(self, octets: bytes) -> None:
        """Read on; raises httptools.HttpParserError if it is no HTTP."""
        self.head_size += 0 if self._in_body else len(octets)
        with contextlib.suppress(httptools.HttpParserUpgrade):
            self._parser.feed_data(octets)

    def on_message_begin(self) -> None:
        self._target, self._fields, self._body = b"", list[tuple[str, str]](), list[bytes]()
        self._in_body = False

    def on_url(self, octets: bytes) -> None:
        self._target += octets

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((_text(name), _text(value)))

    def on_headers_complete(self) -> None:
        self.head_size, self._in_body = 0, True
        self.awaits_continue = any(name.lower() == "expect" for name, _ in self._fields)

    def on_body(self, octets: bytes) -> None:
        self._body.append(octets)

    def on_message_complete(self) -> None:
        method = _text(self._parser.get_method())
        target = origin_form(_text(self._target))
        request = Request(method, target, tuple(self._fields), b"".join(self._body))
        self.awaits_continue = False
        self.requests.append((request, self._parser.should_keep_alive()))


def origin_form(target: str) -> str:
    """The same target in origin form, as every server must take it in absolute form as well (RFC 9112 §3.2.2)."""
    without = ABSOLUTE.sub("", target)
    return target if without == target else "/" + without.removeprefix("/")


def _text(octets: bytes) -> str:
    return octets.decode("latin-1")


@contextmanager
def serving(fake_api: FakeApi) -> Iterator[ApiListener]:
    """A listener that ends with the block."""
    listener = ApiListener(fake_api)
    try:
        yield listener
    finally:
        listener.close()
