"""The suite's server without a socket: respx plays it to every httpx client of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import respx

from conformance.client.fake_api.service import FakeApi
from conformance.http.message import Request, Response
from conformance.mock.in_process import sent_octets

HOST = "api.synq.io"
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class InProcessAddress:
    """The URL at which the client finds the server."""

    base_url: str


@contextmanager
def played(fake_api: FakeApi) -> Iterator[InProcessAddress]:
    """The service at https://api.synq.io, for as long as the block lasts; loopback stays what it is."""
    mocked = respx.MockRouter(assert_all_called=False)
    mocked.route(host__in=LOOPBACK).pass_through()
    mocked.route(host=HOST).mock(side_effect=lambda request: _answer(fake_api, request))
    with mocked:
        yield InProcessAddress(f"https://{HOST}")


def _answer(fake_api: FakeApi, request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
    """In an event loop the answer comes from a thread: a request that is held must not hold the others."""
    plain = as_plain(request)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _framed(request, fake_api.take(plain))

    async def later() -> httpx.Response:
        return _framed(request, await asyncio.to_thread(fake_api.take, plain))

    return later()


def as_plain(request: httpx.Request) -> Request:
    """httpx's request as plain data."""
    fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Request(request.method, request.url.raw_path.decode("latin-1"), fields, request.content)


def _framed(request: httpx.Request, response: Response | None) -> httpx.Response:
    if response is None:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    return httpx.Response(response.status, headers=sent_octets(response), content=response.body)
