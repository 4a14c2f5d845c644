"""Requests in flight end with what sent them."""

from __future__ import annotations

import gc
import logging

import pytest

from conformance.http.message import Request
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.selftest.dull_servers import always
from conformance.server.harness.concurrent import send_concurrently


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
