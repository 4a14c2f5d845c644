"""In-process transports: the embedded Synq behind httpx, without a socket."""

from __future__ import annotations

import httpx
import respx

from conformance.http.message import Request, Response
from conformance.mock.call import Synq
from conformance.mock.reply import reply


def transport(synq: Synq) -> httpx.MockTransport:
    """A transport for `httpx.Client` and `httpx.AsyncClient` alike."""
    return httpx.MockTransport(lambda request: _answer(synq, request))


def router(synq: Synq, base_url: str = "https://api.synq.io") -> respx.MockRouter:
    """A respx router for every request to this base URL; start it, or use it as a context manager."""
    mocked = respx.MockRouter(base_url=base_url, assert_all_called=False)
    mocked.route().mock(side_effect=lambda request: _answer(synq, request))
    return mocked


def _answer(synq: Synq, request: httpx.Request) -> httpx.Response:
    response = reply(synq, _plain(request))
    return httpx.Response(response.status, headers=sent_octets(response), content=response.body)


def _plain(request: httpx.Request) -> Request:
    target = request.extensions.get("target", request.url.raw_path)
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    return Request(request.method, target.decode("latin-1"), tuple(fields), request.content)


def sent_octets(response: Response) -> list[tuple[bytes, bytes]]:
    """The header fields as they go on the wire."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers]
