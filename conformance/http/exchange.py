"""Exchanges: a request, what came back, and the transports that a request goes through."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol

import httpx

from conformance.http.message import SAFE_METHODS, Request, Response
from conformance.http.route import Route


class Failure(StrEnum):
    """Why a request brought no response."""

    UNREACHABLE = "no connection"
    TIMEOUT = "no answer in time"
    CLOSED = "connection closed without an answer"
    GARBAGE = "an answer that is not HTTP"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, or the failure in place of one."""

    request: Request
    response: Response | None
    failure: Failure | None
    detail: str
    """The transport's own words if it failed."""
    started: float
    """Seconds since the epoch."""
    duration_s: float
    request_id: str | None = None
    """What X-Request-ID said, if the run identifies its requests."""

    @property
    def trouble(self) -> str | None:
        """Why there was no response, with the transport's own words if it had any; None if there was one."""
        if self.failure is None:
            return None
        return f"{self.failure} ({self.detail})" if self.detail else str(self.failure)

    @property
    def is_html(self) -> bool:
        """Whether the answer is a page for people."""
        return self.response is not None and "html" in (self.response.value("Content-Type") or "").lower()

    @property
    def body(self) -> bytes:
        """The response's body; empty if there was no response."""
        return b"" if self.response is None else self.response.body

    @property
    def accepted(self) -> bool:
        return self.response is not None and self.response.accepted

    @property
    def let_through(self) -> bool:
        """Whether it was accepted, or the target changed to another protocol (101); what it said there is the body."""
        return self.accepted or self.status == 101

    @property
    def status(self) -> int | None:
        return None if self.response is None else self.response.status

    @property
    def outcome(self) -> int | str:
        """The status, or in words why there is none."""
        return self.response.status if self.response is not None else str(self.failure)


class Transport(Protocol):
    """A way to the target: a request goes in, an exchange comes out, whatever the target does."""

    def send(self, request: Request) -> Exchange: ...

    def close(self) -> None: ...


class HttpxTransport:
    """Through an httpx client: one connection, kept alive; no cookies, no redirects, no compression."""

    def __init__(self, route: Route, *, transport: httpx.BaseTransport | None = None) -> None:
        self._route, self._transport = route, transport
        self._client: httpx.Client | None = None

    def send(self, request: Request) -> Exchange:
        """Send once, and once more on a new connection if a kept one had been closed (RFC 9112 §9.3.1).

        Raises ValueError for a request that HTTP has no way to frame.
        """
        exchange = self._send(request)
        if exchange.failure is Failure.CLOSED and request.method in SAFE_METHODS:
            return self._send(request)
        return exchange

    def _send(self, request: Request) -> Exchange:
        self._route.take(1)
        started, tick = time.time(), time.monotonic()
        request_id = self._route.request_id()
        try:
            answer = self._opened().send(built(self._route, request, request_id))
        except httpx.LocalProtocolError as error:
            raise ValueError(f"{request.method} {request.target!r} is for the raw wire only: {error}") from error
        except httpx.HTTPError as error:
            failure, duration_s = failure_of(error), time.monotonic() - tick
            return Exchange(request, None, failure, str(error), started, duration_s, request_id)
        return Exchange(request, response_of(answer), None, "", started, time.monotonic() - tick, request_id)

    def _opened(self) -> httpx.Client:
        if self._client is None:
            self._client = httpx.Client(
                verify=_trusted(),
                transport=self._transport,
                timeout=self._route.timeout_s,
                trust_env=False,
                follow_redirects=False,
                cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=2.0),
            )
        return self._client

    def close(self) -> None:
        """End the connection; the next request opens another one, as on a socket."""
        if self._client is not None:
            self._client.close()
            self._client = None


@cache
def _trusted() -> ssl.SSLContext:
    """Read once: a store of certificates takes longer than twenty exchanges."""
    return httpx.create_ssl_context()


def built(route: Route, request: Request, request_id: str | None = None) -> httpx.Request:
    """The request as httpx sends it: target and fields untouched by any normalization."""
    all_fields = (*request.headers, *route.usual_fields(request, request_id))
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in all_fields]
    return httpx.Request(
        request.method,
        route.base_url.rstrip("/"),
        headers=fields,
        content=request.body or None,
        extensions={"target": request.target.encode("latin-1")},
    )


def response_of(answer: httpx.Response) -> Response:
    """httpx's response as plain data."""
    fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
    return Response(answer.status_code, fields, answer.content)


def failure_of(error: httpx.HTTPError) -> Failure:
    """Which failure httpx's exception stands for."""
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.UnsupportedProtocol() | httpx.ProxyError():
            return Failure.UNREACHABLE
        case httpx.TimeoutException():
            return Failure.TIMEOUT
        case httpx.RemoteProtocolError() if "disconnected" not in str(error):
            return Failure.GARBAGE
        case httpx.DecodingError():
            return Failure.GARBAGE
        case _:
            return Failure.CLOSED
