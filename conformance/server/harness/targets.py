"""The server under test, opened: the one that is named, or the embedded Synq."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from conformance.config.described import OpenApi
from conformance.config.operations import with_operations
from conformance.config.options import RunOptions
from conformance.config.profile import Target, from_environment, from_mapping, from_profile
from conformance.evidence.judge import NotAssessed, Unmet
from conformance.http.exchange import HttpxTransport, Transport
from conformance.http.limits import Allowance, LimitedTransport
from conformance.http.patience import OUTAGE_PAUSES_S
from conformance.http.transport import SocketTransport
from conformance.openapi.document import is_url
from conformance.server.harness.concurrent import SendConcurrently, send_concurrently

IN_PROCESS_URL = "https://api.synq.io"


class MovableClock(Protocol):
    """A clock that the suite may move. Seconds since the epoch."""

    def now(self) -> float: ...

    def advance(self, seconds: float) -> None: ...

    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target, how it is reached, and its clock if the suite owns that."""

    target: Target
    open_transport: Callable[[], Transport]
    send_concurrently: SendConcurrently
    """Sends many requests at once."""
    clock: MovableClock | None = None
    on_a_line: bool = True
    """Whether a network is between, which may lose an answer."""
    outage_pauses_s: tuple[float, ...] = OUTAGE_PAUSES_S
    """How long an outage is waited out."""
    allowance: Allowance | None = None
    """What may be sent to it; None if nothing is limited."""

    def move(self, seconds: float) -> None:
        """Let the target's time pass; raises Unmet unless the suite owns its clock."""
        if self.clock is None:
            raise Unmet("a clock that can be moved is needed (the embedded Synq)")
        self.clock.advance(seconds)


def load_target(settings: RunOptions) -> Target:
    """The target that the options or the environment name; raises ProfileError if it is not usable."""
    if settings.profile is not None:
        target = from_profile(settings.profile)
    else:
        target = from_environment(os.environ, settings.url)
    if settings.openapi is not None:
        openapi = OpenApi(url=settings.openapi) if is_url(settings.openapi) else OpenApi(file=settings.openapi)
        target = with_operations(replace(target, openapi=openapi), "--openapi")
    else:
        target = with_operations(target, f"{settings.profile}: openapi")
    loopback = ("loopback",) if target.loopback else ()
    return target.with_capabilities("socket", *loopback)


@contextmanager
def open_target(settings: RunOptions, target: Target | None, *, workers: int = 1) -> Iterator[OpenTarget]:
    """The bench for this run: around a named target, or around an embedded Synq that ends with it.

    Each of so many worker processes gets its share of the target's limits.
    """
    if target is not None:
        yield _limited(target, workers)
    elif settings.mock:
        with in_process(settings.faults) as bench:
            yield bench
    else:
        with over_http(settings.faults) as bench:
            yield bench


def _limited(target: Target, workers: int) -> OpenTarget:
    rate, most = target.limits.requests_per_second, target.limits.max_requests
    if rate is None and most is None:
        return opened_over(target, lambda: transport_to(target))
    allowance = Allowance(
        requests_per_second=rate, max_requests=most, workers=workers, exhausted=NotAssessed
    )
    return replace(opened_over(target, lambda: LimitedTransport(transport_to(target), allowance)), allowance=allowance)


def opened_over(
    target: Target,
    open_transport: Callable[[], Transport],
    clock: MovableClock | None = None,
    *,
    on_a_line: bool = True,
) -> OpenTarget:
    together = partial(send_concurrently, open_transport, target.limits.concurrency)
    return OpenTarget(target, open_transport, together, clock, on_a_line=on_a_line)


def transport_to(target: Target) -> Transport:
    """A new connection to the target: over the suite's own transport, or httpx if there is a proxy."""
    transport = HttpxTransport if _through_a_proxy(target.base_url) else SocketTransport
    return transport(target.base_url, timeout_s=target.limits.timeout_s)


def _through_a_proxy(base_url: str) -> bool:
    parts = urlsplit(base_url)
    return parts.scheme in getproxies() and not proxy_bypass(parts.hostname or "")


@contextmanager
def over_http(faults: tuple[str, ...]) -> Iterator[OpenTarget]:
    """An embedded Synq on a loopback port."""
    from conformance.mock.describe import describe  # late, to spare start-up
    from conformance.mock.faults import apply_fault
    from conformance.mock.serve import serve
    from conformance.mock.state import create

    synq = create()
    for name in faults:
        apply_fault(synq, name)
    with serve(synq) as running:
        target = with_operations(from_mapping(describe(synq, running.base_url), "embedded Synq"))
        target = target.with_capabilities("clock", "socket", "loopback")
        yield opened_over(target, lambda: transport_to(target), synq.clock)


@contextmanager
def in_process(faults: tuple[str, ...]) -> Iterator[OpenTarget]:
    """An embedded Synq behind respx: no socket, the same answers."""
    from conformance.mock.describe import describe  # late, to spare start-up
    from conformance.mock.faults import apply_fault
    from conformance.mock.in_process import router
    from conformance.mock.state import create

    synq = create()
    for name in faults:
        apply_fault(synq, name)
    target = with_operations(from_mapping(describe(synq, IN_PROCESS_URL), "embedded Synq")).with_capabilities("clock")
    target = replace(target, limits=replace(target.limits, requests_per_second=None, max_requests=None))
    with router(synq, IN_PROCESS_URL):

        def open_transport() -> Transport:
            return HttpxTransport(target.base_url, timeout_s=target.limits.timeout_s)

        yield opened_over(target, open_transport, synq.clock, on_a_line=False)
