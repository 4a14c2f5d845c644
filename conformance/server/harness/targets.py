"""The server under test, opened: the one that is named, or the embedded Synq."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from conformance.config.described import OpenApi
from conformance.config.operations import with_operations
from conformance.config.options import OptionError, RunOptions
from conformance.config.profile import ProfileError, Target, from_environment, from_mapping, from_profile
from conformance.config.run_mark import with_run_id
from conformance.evidence.judge import Unmet
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import HttpxTransport, Transport
from conformance.http.patience import OUTAGE_PAUSES_S
from conformance.http.proxies import ProxyError, proxy_for
from conformance.http.route import Route
from conformance.http.tls import TlsFileError, TlsFiles, client_context
from conformance.http.transport import SocketTransport
from conformance.openapi.document import is_url
from conformance.server.harness.concurrent import SendConcurrently, send_concurrently
from conformance.server.harness.secure_way import SecureWay, secure_way
from conformance.server.harness.token_vault import with_kept_token
from conformance.server.harness.traffic import Traffic

PRODUCTION = "api.synq.io"
IN_PROCESS_URL = f"https://{PRODUCTION}"
RouteTo = Callable[[Target], Route]
"""Makes the way to a target of the suite's own."""


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
    route: Route
    """How raw requests get there, and every other one over a socket."""
    clock: MovableClock | None = None
    secure: SecureWay | None = None
    """How it is reached over TLS, if it is."""
    on_a_line: bool = True
    """Whether a network is between, which may lose an answer."""
    outage_pauses_s: tuple[float, ...] = OUTAGE_PAUSES_S
    """How long an outage is waited out."""

    def over_tls(self) -> SecureWay:
        """Returns the way over TLS; raises Unmet if there is none."""
        if self.secure is None:
            raise Unmet("supply a base URL that begins with https")
        return self.secure

    def move(self, seconds: float) -> None:
        """Let the target's time pass; raises Unmet unless the suite owns its clock."""
        if self.clock is None:
            raise Unmet("a clock that can be moved is needed (the embedded Synq)")
        self.clock.advance(seconds)


def load_target(settings: RunOptions) -> Target:
    """The target that the options or the environment name.

    Raises ProfileError if it is not usable, and OptionError if it needs an option's permission.
    """
    if settings.profile is not None:
        target = from_profile(settings.profile)
    else:
        target = from_environment(os.environ, settings.url)
    if settings.vault is not None:
        target = with_kept_token(target, settings.vault)
    must_be_permitted(target, allow_production=settings.allow_production, allow_cleartext=settings.allow_cleartext)
    _must_be_reachable(target)
    if settings.openapi is not None:
        openapi = OpenApi(url=settings.openapi) if is_url(settings.openapi) else OpenApi(file=settings.openapi)
        target = with_operations(replace(target, openapi=openapi), "--openapi")
    else:
        target = with_operations(target, f"{settings.profile}: openapi")
    direct = () if _is_read_by_a_proxy(target) else ("direct",)
    loopback = ("loopback",) if target.loopback else ()
    tls = ("tls",) if target.base_url.startswith("https:") else ()
    cleartext = ("cleartext",) if settings.allow_cleartext else ()
    patience = ("patience",) if settings.wait_for_expiry else ()
    if patience and not target.is_renewable:
        raise OptionError(
            "--wait-for-expiry: the run itself would be without a token then: add [sign_in] to the profile, or give "
            "tokens.valid as {command = …}"
        )
    return target.with_capabilities("socket", *direct, *loopback, *tls, *cleartext, *patience)


def must_be_permitted(target: Target, *, allow_production: bool, allow_cleartext: bool) -> None:
    """Raises OptionError if such a target is checked by an option's permission only, which is not given."""
    host = urlsplit(target.base_url).hostname
    if host == PRODUCTION and not allow_production:
        raise OptionError(
            f"{target.base_url} is Synq's production API, and this run would send it thousands of attacks: name a "
            "test deployment, or give --allow-production"
        )
    if target.base_url.startswith("http:") and not target.loopback and not allow_cleartext:
        raise OptionError(
            f"{target.base_url} is plain HTTP, and tokens and passwords would cross the network readable: use https, "
            "or give --allow-cleartext"
        )


def _must_be_reachable(target: Target) -> None:
    """Raises ProfileError if the way to the target is described wrongly."""
    try:
        proxy_for(target.base_url, os.environ)
        if target.base_url.startswith("https:"):
            client_context(target.tls.files)
    except (ProxyError, TlsFileError) as error:
        raise ProfileError(str(error)) from error


def _is_read_by_a_proxy(target: Target) -> bool:
    return target.base_url.startswith("http:") and proxy_for(target.base_url, os.environ) is not None


@contextmanager
def open_target(settings: RunOptions, target: Target | None, traffic: Traffic, now: Recorder) -> Iterator[OpenTarget]:
    """The bench for this run: around a named target, or around an embedded Synq that ends with it.

    Requests are sent for what `now` says at the moment.
    """
    if target is not None:
        yield opened_over(with_run_id(target, traffic.run_id), traffic.route(target, now))
        return
    own = in_process if settings.mock else over_http
    with own(settings.faults, partial(traffic.route, now=now, own=True)) as bench:
        yield replace(bench, target=with_run_id(bench.target, traffic.run_id))


def opened_over(target: Target, route: Route, clock: MovableClock | None = None) -> OpenTarget:
    """The target behind sockets."""

    def open_transport() -> Transport:
        return SocketTransport(route)

    together = partial(send_concurrently, open_transport, target.limits.concurrency)
    return OpenTarget(target, open_transport, together, route, clock, secure_way(route))


def direct_route(target: Target) -> Route:
    """The way to a target of the suite's own, without limits and marks."""
    return Route(target.base_url, target.limits.timeout_s)


@contextmanager
def over_http(faults: tuple[str, ...], route_to: RouteTo = direct_route) -> Iterator[OpenTarget]:
    """An embedded Synq on a loopback port."""
    from conformance.mock.describe import describe  # late, to spare start-up
    from conformance.mock.faults import apply_fault
    from conformance.mock.serve import serve
    from conformance.mock.state import create
    from conformance.mock.tls_door import serve_securely

    synq = create()
    for name in faults:
        apply_fault(synq, name)
    with serve(synq) as running, serve_securely(synq) as door:
        target = with_operations(from_mapping(describe(synq, running.base_url), "embedded Synq"))
        target = target.with_capabilities("clock", "direct", "socket", "loopback", "tls")
        route = route_to(target)
        secure = replace(route, base_url=door.base_url, tls=TlsFiles(door.certificate))
        yield replace(opened_over(target, route, synq.clock), secure=SecureWay(secure, (door.clear_url,)))


@contextmanager
def in_process(faults: tuple[str, ...], route_to: RouteTo = direct_route) -> Iterator[OpenTarget]:
    """An embedded Synq behind respx: no socket, the same answers."""
    from conformance.mock.describe import describe  # late, to spare start-up
    from conformance.mock.faults import apply_fault
    from conformance.mock.in_process import router
    from conformance.mock.state import create

    synq = create()
    for name in faults:
        apply_fault(synq, name)
    target = with_operations(from_mapping(describe(synq, IN_PROCESS_URL), "embedded Synq"))
    target = target.with_capabilities("clock", "direct")
    target = replace(target, limits=replace(target.limits, requests_per_second=None, max_requests=None))
    route = route_to(target)
    with router(synq, IN_PROCESS_URL):

        def open_transport() -> Transport:
            return HttpxTransport(route)

        together = partial(send_concurrently, open_transport, target.limits.concurrency)
        yield OpenTarget(target, open_transport, together, route, synq.clock, on_a_line=False)
