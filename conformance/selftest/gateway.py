"""An API gateway in front of the embedded Synq: it serves what lies under its prefix, and knows nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from conformance.mock.call import Synq
from conformance.mock.serve import HOST, Application, Event, Receive, Send, answering_for, application


@dataclass(slots=True)
class Gateway:
    """A gateway that listens, and what it was asked for."""

    prefix: str
    base_url: str = ""
    inside: int = 0
    """Requests that it passed on."""
    outside: list[str] = field(default_factory=list)
    """Paths of the requests that it answered 404."""


def _stripping(gateway: Gateway, behind: Application) -> Application:
    prefix = gateway.prefix.encode()

    async def answer(scope: Event, receive: Receive, send: Send) -> None:
        path: bytes = scope["raw_path"]
        if path.startswith(prefix + b"/"):
            gateway.inside += 1
            await behind({**scope, "raw_path": path.removeprefix(prefix)}, receive, send)
            return
        gateway.outside.append(path.decode("latin-1"))
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return answer


@contextmanager
def gateway_to(synq: Synq, prefix: str) -> Iterator[Gateway]:
    """A gateway on a loopback port that passes `prefix`/… on as /…"""
    gateway = Gateway(prefix)
    with answering_for(_stripping(gateway, application(synq))) as port:
        gateway.base_url = f"http://{HOST}:{port}{prefix}"
        yield gateway
