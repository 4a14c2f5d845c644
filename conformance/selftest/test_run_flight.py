"""Requests in flight end with what sent them."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.selftest.dull_servers import always
from conformance.server.harness.concurrent import During, send_concurrently
from conformance.server.harness.in_flight import FEW_TOGETHER, answered_together


def test_no_request_outlives_a_flight_that_broke_off(caplog: pytest.LogCaptureFixture) -> None:
    """As Ctrl-C breaks it off: none goes on, to fail by a client that is closed and to clutter the terminal."""

    def strike() -> None:
        raise KeyboardInterrupt

    with caplog.at_level(logging.ERROR), always(200) as url:
        requests = [Request("GET", "/x", ())] * 200
        with pytest.raises(KeyboardInterrupt):
            send_concurrently(lambda: SocketTransport(Route(url, 5)), 8, requests, during=strike)
        gc.collect()
    assert [record.getMessage()[:80] for record in caplog.records] == []


def test_a_gateway_that_allows_few_connections_sees_few() -> None:
    """Four at a time at last, so that the rule is judged all the same."""
    synq = SimpleNamespace(
        recorder=SimpleNamespace(keep=list), step=lambda _: None, documented=lambda: Request("GET", "/x")
    )

    def send(requests: Sequence[Request], *, during: During | None = None) -> list[Exchange]:
        assert during is None
        statuses = [200 if place < FEW_TOGETHER else 503 for place in range(len(requests))]
        answers = zip(requests, statuses, strict=True)
        return [Exchange(request, Response(status), None, "", 0.0, 0.0) for request, status in answers]

    answered = answered_together(synq, send, [Request("GET", "/x")] * 18)  # type: ignore[arg-type] # a stand-in
    assert [exchange.status for exchange in answered] == [200] * 18
