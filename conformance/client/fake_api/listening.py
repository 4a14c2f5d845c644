"""The suite's server on a loopback port: sockets and h11, so that each request is seen as it was sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import h11

from conformance.client.fake_api.service import FakeApi
from conformance.http.message import Request, Response

HOST = "127.0.0.1"
LARGEST_HEAD = 256 * 1024
CHUNK = 256 * 1024


class ApiListener:
    """Accepts connections for a service, each with a thread of its own, until it is closed."""

    def __init__(self, fake_api: FakeApi) -> None:
        self.fake_api = fake_api
        self._socket = socket.create_server((HOST, 0), backlog=256)
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
            self._closed = True
            still_open, self._open = self._open, set()
        for one in (self._socket, *still_open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._socket.close()

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
        with connection, contextlib.suppress(OSError, h11.ProtocolError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            converse(connection, self.fake_api)
        with self._lock:
            self._open.discard(connection)


def converse(connection: socket.socket, fake_api: FakeApi) -> None:
    """Answer the requests of one connection in turn, until either side has enough."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
    while True:
        request = received_message(connection, http)
        if request is None:
            return
        response = fake_api.take(request)
        if response is None:
            return
        connection.sendall(framed_response(http, request, response))
        if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
            return
        http.start_next_cycle()


def received_message(connection: socket.socket, http: h11.Connection) -> Request | None:
    """The next whole request, its field names as they were sent; None where the connection ended."""
    head: h11.Request | None = None
    body: list[bytes] = []
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            if http.they_are_waiting_for_100_continue:
                go_on = http.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
                connection.sendall(go_on or b"")
            http.receive_data(connection.recv(CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            fields = tuple((_text(name), _text(value)) for name, value in head.headers.raw_items())
            return Request(_text(head.method), _text(head.target), fields, b"".join(body))
        else:
            return None


def _text(octets: bytes) -> str:
    return octets.decode("latin-1")


def framed_response(http: h11.Connection, request: Request, response: Response) -> bytes:
    """The response as octets."""
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.status != 204:
        fields.append((b"Content-Length", b"%d" % len(response.body)))
    head = http.send(h11.Response(status_code=response.status, headers=fields)) or b""
    body = b"" if request.method == "HEAD" else http.send(h11.Data(data=response.body)) or b""
    return head + body + (http.send(h11.EndOfMessage()) or b"")


@contextmanager
def serving(fake_api: FakeApi) -> Iterator[ApiListener]:
    """A listener that ends with the block."""
    listener = ApiListener(fake_api)
    try:
        yield listener
    finally:
        listener.close()
