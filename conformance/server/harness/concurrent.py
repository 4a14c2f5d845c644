"""Many requests in flight at once, each on a connection that no other waits for, over the transport of all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event, Lock
from typing import Protocol

from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request

During = Callable[[], object]
"""What happens while the requests are in flight."""
FEWEST = 2
"""Requests at a time, however few the target's limits allow: one alone is not in flight with another."""


class SendConcurrently(Protocol):
    """Sends all requests at once; the exchanges in the requests' order."""

    def __call__(self, requests: Sequence[Request], *, during: During | None = None) -> list[Exchange]: ...


def send_concurrently(
    open_transport: Callable[[], Transport],
    concurrency: int,
    requests: Sequence[Request],
    *,
    during: During | None = None,
) -> list[Exchange]:
    """Send all requests, so many at a time as `concurrency` says; the exchanges in the requests' order.

    `during` is called once, when the first half of the requests has been answered. What a transport raises is raised.
    """
    number = min(max(FEWEST, concurrency), len(requests))
    transports = [open_transport() for _ in range(number)]
    free: SimpleQueue[Transport] = SimpleQueue()
    for transport in transports:
        free.put(transport)
    done, half, counting = 0, Event(), Lock()

    def send(request: Request) -> Exchange:
        nonlocal done
        transport = free.get()
        try:
            return transport.send(request)
        finally:
            free.put(transport)
            with counting:
                done += 1
                if done * 2 >= len(requests):
                    half.set()

    pool = ThreadPoolExecutor(number, thread_name_prefix="in-flight")
    try:
        waiting = [pool.submit(send, request) for request in requests]
        if during is not None:
            half.wait()
            during()
        return [one.result() for one in waiting]
    finally:  # Ctrl-C strikes here too: no request begins after it, and those that are on their way are cut off
        pool.shutdown(wait=False, cancel_futures=True)
        for transport in transports:
            transport.close()
        pool.shutdown()
        for transport in transports:
            transport.close()
