"""Many requests in flight at once, each on a connection that no other waits for (asyncio, httpx)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import httpx

from conformance.config.profile import Target
from conformance.http.exchange import Exchange, built, failure_of, response_of
from conformance.http.message import Request

During = Callable[[], object]
"""What happens while the requests are in flight."""
Take = Callable[[], None]
"""Waits until one more request may be sent."""


class SendConcurrently(Protocol):
    """Sends all requests at once; the exchanges in the requests' order."""

    def __call__(self, requests: Sequence[Request], *, during: During | None = None) -> list[Exchange]: ...


def send_concurrently(
    target: Target, take: Take | None, requests: Sequence[Request], *, during: During | None = None
) -> list[Exchange]:
    """Send all requests, as many at a time as the target's limits allow. Returns the exchanges in the requests' order.

    `during` is called once, in a thread of its own, when the first half of the requests has been answered.
    """
    return asyncio.run(_send_concurrently(target, take, requests, during))


async def _send_concurrently(
    target: Target, take: Take | None, requests: Sequence[Request], during: During | None
) -> list[Exchange]:
    places = asyncio.Semaphore(max(2, target.limits.concurrency))
    answered, half = 0, asyncio.Event()
    async with httpx.AsyncClient(timeout=target.limits.timeout_s, follow_redirects=False) as client:

        async def one(request: Request) -> Exchange:
            nonlocal answered
            async with places:
                if take is not None:
                    await asyncio.to_thread(take)
                exchange = await _send(client, target.base_url, request)
            answered += 1
            if answered * 2 >= len(requests):
                half.set()
            return exchange

        async def meanwhile() -> None:
            if during is not None:
                await half.wait()
                await asyncio.to_thread(during)

        waiting = [asyncio.ensure_future(one(request)) for request in requests]
        try:
            await meanwhile()
            return list(await asyncio.gather(*waiting))
        finally:  # Ctrl-C strikes here too: no request outlives the client that it is sent by
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


async def _send(client: httpx.AsyncClient, base_url: str, request: Request) -> Exchange:
    started, tick = time.time(), time.perf_counter()
    try:
        answer = await client.send(built(base_url, request))
    except httpx.HTTPError as error:
        return Exchange(request, None, failure_of(error), str(error), started, time.perf_counter() - tick)
    return Exchange(request, response_of(answer), None, "", started, time.perf_counter() - tick)
