"""Malformed input of every kind: a client error at worst, and the service goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.contract.marks import rule
from conformance.evidence.judge import Expectation
from conformance.http.message import Field, Request
from conformance.http.raw import RawRequest, as_request, head
from conformance.server.harness.cases import NOT_A_TOKEN
from conformance.server.harness.response_assertion import NO_SERVER_ERROR
from conformance.server.harness.target_api import TargetApi

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


Build = Callable[[TargetApi], bytes]


def _scope(synq: TargetApi) -> tuple[Field, ...]:
    scope = synq.target.scope
    return (("X-Tenant-ID", scope.tenant_id), ("X-Org-ID", scope.org_id))


def _host(synq: TargetApi) -> Field:
    return ("Host", synq.authority)


def _get(
    synq: TargetApi, *fields: Field, method: str = "GET", target: str | None = None, version: str = "HTTP/1.1"
) -> bytes:
    path = synq.target.probe.read if target is None else target
    return head(method, path, (_host(synq), *synq.ordinary, *_scope(synq), *fields), version=version)


def _get_without_host(synq: TargetApi, version: str = "HTTP/1.1") -> bytes:
    return head("GET", synq.target.probe.read, (*synq.ordinary, *_scope(synq)), version=version)


def _raw_line(line: bytes) -> Build:
    """The request with one more line in its head, which stands there exactly so."""
    return lambda synq: _get(synq)[:-2] + line + b"\r\n\r\n"


def _bad(value: str) -> Build:
    return lambda synq: _get(synq, ("Authorization", value))


def _with_body(*framing: Field, body: bytes = b"") -> Build:
    return lambda synq: _get(synq, *framing, method=synq.with_body) + body


def _smuggled(synq: TargetApi, *framing: Field) -> bytes:
    inner = _get(synq)
    return _get(synq, *framing, method=synq.with_body) + b"0\r\n\r\n" + inner


CASES: dict[str, Build] = {
    "nul-in-token": _bad("Bearer not\x00a-token"),
    "nul-after-token": _bad(f"Bearer {NOT_A_TOKEN}\x00"),
    "control-octets-in-token": _bad("Bearer \x01\x02\x7f"),
    "8-bit-octets-in-token": _bad("Bearer \xff\xfe\x80"),
    "bare-cr-in-token": _bad("Bearer not\ra-token"),
    "bare-lf-in-token": _bad("Bearer not\na-token"),
    "folded-line": _bad(f"Bearer\r\n {NOT_A_TOKEN}"),
    "blank-before-colon": _raw_line(b"Authorization : Bearer not-a-token"),
    "blank-before-name": _raw_line(b" Authorization: Bearer not-a-token"),
    "tab-around-value": _raw_line(b"Authorization:\tBearer not-a-token\t"),
    "many-blanks-around-value": _raw_line(b"Authorization:" + b" " * 500 + b"Bearer not-a-token" + b" " * 500),
    "no-colon": _raw_line(b"Authorization Bearer not-a-token"),
    "empty-field-name": _raw_line(b": Bearer not-a-token"),
    "nul-in-field-name": _raw_line(b"Author\x00ization: Bearer not-a-token"),
    "non-ascii-field-name": _raw_line(b"Authoriz\xe4tion: Bearer not-a-token"),
    "two-bad-tokens": lambda synq: _get(synq, ("Authorization", "Bearer a"), ("Authorization", "Bearer b")),
    "empty-and-bad-token": lambda synq: _get(synq, ("Authorization", ""), ("Authorization", "Bearer b")),
    "no-host": _get_without_host,
    "two-hosts": lambda synq: _get(synq, ("Host", "localhost")),
    "http-1.0": lambda synq: _get(synq, version="HTTP/1.0"),
    "http-1.0-without-host": lambda synq: _get_without_host(synq, version="HTTP/1.0"),
    "http-9.9": lambda synq: _get(synq, version="HTTP/9.9"),
    "absolute-form": lambda synq: _get(synq, target=synq.target.origin + synq.target.probe.read),
    "absolute-form-of-another-host": lambda synq: _get(synq, target=f"http://localhost{synq.target.probe.read}"),
    "asterisk-form": lambda synq: _get(synq, target="*"),
    "authority-form": lambda synq: _get(synq, method="CONNECT", target=synq.authority),
    "fragment-in-target": lambda synq: _get(synq, target=f"{synq.target.probe.read}#x"),
    "blank-line-before-request": lambda synq: b"\r\n" + _get(synq),
    "lines-end-in-lf": lambda synq: _get(synq).replace(b"\r\n", b"\n"),
    "lower-case-method": lambda synq: _get(synq, method="get"),
    "field-of-100-kB": lambda synq: _get(synq, ("X-Odd", "x" * 100_000)),
    "thousand-fields": lambda synq: _get(synq, *((f"X-Odd-{n}", "x") for n in range(1_000))),
    "target-of-70-kB": lambda synq: _get(synq, target=f"{synq.target.probe.read}?{'x' * 70_000}"),
    "negative-content-length": _with_body(("Content-Length", "-1")),
    "two-content-lengths": _with_body(("Content-Length", "0"), ("Content-Length", "5")),
    "length-and-chunks": lambda synq: _smuggled(synq, ("Content-Length", "5"), ("Transfer-Encoding", "chunked")),
    "unknown-transfer-coding": _with_body(("Transfer-Encoding", "nonsense"), body=b"0\r\n\r\n"),
    "broken-chunk": _with_body(("Transfer-Encoding", "chunked"), body=b"zz\r\n\r\n"),
    "expect-continue": _with_body(("Expect", "100-continue"), ("Content-Length", "2"), body=b"{}"),
    "upgrade-h2c": lambda synq: _get(
        synq, ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")
    ),
    "not-http": lambda _: b"\x16\x03\x01\x00\x05hello\r\n\r\n",
}


UNENDED = {
    *("lines-end-in-lf", "not-http"),
    *("negative-content-length", "length-and-chunks", "unknown-transfer-coding", "broken-chunk", "expect-continue"),
}
"""To a server these may not have ended yet: it takes CRLF alone for a line's end, or waits for more of the body."""


@rule("wire-refused")
@pytest.mark.parametrize("case", CASES)
def test_odd_octets_open_nothing(synq: TargetApi, case: str) -> None:
    """The server may refuse them, hang up or break: the resource does not come back."""
    octets = CASES[case](synq)
    answered = synq.send_raw(RawRequest((octets,), as_request(octets)))
    answered.must_open_nothing(why="the request is odd and holds no good credentials", may_wait=case in UNENDED)


@rule("request-boundaries")
def test_a_pipelined_request_is_judged_by_its_own_credentials(synq: TargetApi) -> None:
    """Behind an accepted request on the same connection, one without credentials is refused."""
    good, bare = synq.documented(), synq.request(authorization=None)
    octets = synq.framed(good) + synq.framed(bare)
    answered = synq.send_raw(RawRequest((octets,), bare, requests=2))
    answered.must_open_nothing(why="the second of two pipelined requests has no Authorization")


@rule("request-boundaries")
def test_a_bad_request_before_a_good_one_is_refused(synq: TargetApi) -> None:
    """A request without credentials is refused although a good one follows on the connection."""
    good, bare = synq.documented(), synq.request(authorization=None)
    octets = synq.framed(bare) + synq.framed(good)
    answered = synq.send_raw(RawRequest((octets,), bare))
    answered.must_open_nothing(why="the first of two pipelined requests has no Authorization")


@rule("request-boundaries")
@pytest.mark.parametrize("at", ["request-line", "field-name", "last-octet"])
def test_a_request_in_two_segments_is_still_refused(synq: TargetApi, at: str) -> None:
    """A request that arrives in pieces is one request, and lacks what it lacks."""
    bare = synq.request(authorization=None)
    octets = synq.framed(bare)
    cut = {"request-line": 6, "field-name": octets.index(b"X-Tenant") + 4, "last-octet": len(octets) - 1}[at]
    answered = synq.send_raw(RawRequest((octets[:cut], octets[cut:]), bare))
    answered.must_open_nothing(why="there is no Authorization, in however many segments the request comes")


@rule("request-boundaries")
def test_a_good_request_in_two_segments_is_accepted(synq: TargetApi) -> None:
    """A token that is cut in two by the network is put together again."""
    good = synq.documented()
    octets = synq.framed(good)
    cut = octets.index(b"Bearer ") + 20
    answered = synq.send_raw(RawRequest((octets[:cut], octets[cut:]), good))
    answered.must_be_accepted(why="the request is the documented one, in two segments")
