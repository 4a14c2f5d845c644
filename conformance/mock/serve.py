"""The embedded Synq on a port, by default of the loopback interface: uvicorn around a bare ASGI application."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from conformance.http.message import Request, Response
from conformance.mock.call import Synq
from conformance.mock.in_process import sent_octets
from conformance.mock.reply import reply

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Event, Receive, Send], Awaitable[None]]

HOST = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a container's user asks for by name
"""Every interface: in a container, what others reach."""
START_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Served:
    """A Synq that listens."""

    synq: Synq
    base_url: str
    port: int


def application(synq: Synq) -> Application:
    """The ASGI application; a connection is told by its client's address and port."""

    async def answer(scope: Event, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        target = (scope["raw_path"] + query).decode("latin-1")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        request = Request(scope["method"], target, tuple(headers), body)
        response = reply(synq, request, "{}:{}".format(*scope["client"] or ("", 0)))
        fields = _fields(request, response)
        await send({"type": "http.response.start", "status": response.status, "headers": fields})
        await send({"type": "http.response.body", "body": response.body})

    return answer


async def _body(receive: Receive) -> bytes:
    pieces = []
    while True:
        event = await receive()
        pieces.append(event.get("body", b""))
        if not event.get("more_body", False):
            return b"".join(pieces)


def _fields(request: Request, response: Response) -> list[tuple[bytes, bytes]]:
    if request.method == "HEAD" or response.status == 204:
        return sent_octets(response)
    return [*sent_octets(response), (b"content-length", b"%d" % len(response.body))]


def listen(port: int = 0, host: str = HOST) -> socket.socket:
    """Returns a listening socket; raises OSError if the port is taken, or the host is none of this machine's."""
    # asyncio sets TCP_NODELAY only if the protocol is named; without it each answer waits 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


def server_of(answering: Application) -> uvicorn.Server:
    """uvicorn, set for short answers on long connections."""
    return uvicorn.Server(
        uvicorn.Config(
            answering,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=600,
            timeout_graceful_shutdown=1,
        )
    )


@contextmanager
def serve(synq: Synq, port: int = 0, host: str = HOST) -> Iterator[Served]:
    """Serve from a thread of its own until the block ends; port 0 takes a free one."""
    with answering_for(application(synq), port, host) as bound:
        yield Served(synq, f"http://{HOST if host == EVERYWHERE else host}:{bound}", bound)


@contextmanager
def answering_for(answering: Application, port: int = 0, host: str = HOST) -> Iterator[int]:
    """Any ASGI application, served in the same way; yields the port that it is bound to."""
    listening = listen(port, host)
    bound: int = listening.getsockname()[1]
    running = server_of(answering)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        _wait_for_start(running, thread)
        yield bound
    finally:
        running.should_exit = True
        thread.join(START_WITHIN_S)
        listening.close()


def _wait_for_start(running: uvicorn.Server, thread: threading.Thread) -> None:
    give_up = time.monotonic() + START_WITHIN_S
    while not running.started:
        if not thread.is_alive() or time.monotonic() > give_up:
            raise RuntimeError("the embedded Synq did not start listening")
        time.sleep(0.002)
