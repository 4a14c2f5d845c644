"""Degenerate targets on a real port: a server that knows nothing of the contract passes no required rule."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase

from conformance.calibrate.subjects import Answer
from conformance.http.exchange import Failure
from conformance.http.message import Request, Response

HOST = "127.0.0.1"
LONGEST_REQUEST = 1_000_000
LONGEST_SILENCE_S = 5.0


@contextmanager
def degenerate_server(answer: Answer) -> Iterator[str]:
    """A port where every request gets this answer, or this failure; yields its base URL."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = LONGEST_SILENCE_S

        def handle(self) -> None:
            try:
                while (request := _read(self.rfile)) is not None and self._answered(request):
                    pass
            except OSError:
                return

        def _answered(self, request: Request) -> bool:
            match answer(request):
                case Response() as response:
                    self.wfile.write(_octets(request, response))
                    return True
                case Failure.GARBAGE:
                    self.wfile.write(b"\x00\x01 who is there?\r\n\r\n")
                case Failure.TIMEOUT:
                    self.rfile.read(LONGEST_REQUEST)
            return False

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}"
        finally:
            server.shutdown()


@contextmanager
def closed() -> Iterator[str]:
    """A port where nothing listens, and that no other process can take; yields its base URL."""
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        yield f"http://{HOST}:{holder.getsockname()[1]}"


def _read(stream: BufferedIOBase) -> Request | None:
    """Something that came, up to a blank line; None at the end. Nothing in it is understood."""
    head = b""
    while not head.endswith((b"\r\n\r\n", b"\n\n")):
        line = stream.readline(LONGEST_REQUEST)
        if not line:
            return None
        head += line
    lengths = [line[15:].strip() for line in head.splitlines() if line.lower().startswith(b"content-length:")]
    body = stream.read(int(lengths[0])) if lengths and lengths[0].isdigit() else b""
    return Request(head.split(b" ")[0].decode("latin-1"), "/", (), body)


def _octets(request: Request, response: Response) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
    head = f"HTTP/1.1 {response.status} Whatever\r\n{fields}Content-Length: {len(response.body)}\r\n\r\n"
    return head.encode("latin-1") + (b"" if request.method == "HEAD" else response.body)
