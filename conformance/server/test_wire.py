"""Malformed input of every kind: a client error at worst, and the service goes on."""

from __future__ import annotations

import pytest

from conformance.contract.marks import rule
from conformance.evidence.judge import Expectation
from conformance.http.message import Request
from conformance.server.harness.calls import NO_SERVER_ERROR, TargetApi

ODD = {
    "non-ascii-token": lambda synq: synq.request(authorization="Bearer caf\xe9"),
    "utf-8-token": lambda synq: synq.request(authorization="Bearer \xf0\x9f\x94\x91"),
    "non-ascii-tenant": lambda synq: synq.request(tenant="caf\xe9"),
    "non-ascii-org": lambda synq: synq.request(org="caf\xe9"),
    "deep-json-header": lambda synq: synq.request(token=DEEP),
    "token-of-16-kB": lambda synq: synq.request(token="a" * 16_000),
    "tenant-of-16-kB": lambda synq: synq.request(tenant="a" * 16_000),
    "hundred-fields": lambda synq: synq.request(headers=tuple((f"X-Odd-{n}", "x") for n in range(90))),
    "broken-percent": lambda synq: synq.request("GET", f"{synq.target.probe.read}/%zz"),
    "overlong-utf-8-path": lambda synq: synq.request("GET", f"{synq.target.probe.read}/%c0%af"),
    "nul-in-query": lambda synq: synq.request("GET", f"{synq.target.probe.read}?q=%00"),
    "long-path": lambda synq: synq.request("GET", f"{synq.target.probe.read}/{'a' * 4_000}"),
    "unknown-method": lambda synq: synq.request("BREW"),
    "body-on-get": lambda synq: synq.request(body=b"{"),
    "array-of-dots": lambda synq: synq.request(token="." * 200),
}
DEEP = "W1tb" * 4_000 + ".e30.e30"


@rule("no-server-error")
@pytest.mark.parametrize("odd", ODD)
def test_odd_input_is_no_server_error(synq: TargetApi, odd: str) -> None:
    """Whatever a client sends wrong, the server does not say that it broke, nor fall silent."""
    request: Request = ODD[odd](synq)
    answered = synq.send(request, control=synq.documented())
    answered.must(Expectation(NO_SERVER_ERROR, "the input is odd, and the fault is the client's", may_close=True))


@rule("service-survives")
@pytest.mark.parametrize("odd", ODD)
def test_after_odd_input_the_service_goes_on(synq: TargetApi, odd: str) -> None:
    """The documented request is answered as before, on the same service."""
    synq.precondition(synq.request(), why="token, tenant and organization are right")
    synq.step(ODD[odd](synq))
    synq.get().must_be_accepted(why="only the request before it was odd")
