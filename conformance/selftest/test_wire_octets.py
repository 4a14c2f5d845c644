"""Octets read as a request, so that a message can show what was sent."""

from __future__ import annotations

import pytest

from conformance.http.message import Request
from conformance.http.raw import as_request


@pytest.mark.parametrize(
    ("octets", "request_"),
    [
        pytest.param(
            b"CONNECT h:1 HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\nxx",
            Request("CONNECT", "h:1", (("Host", "h"), ("A ", "b")), b"xx"),
            id="connect",
        ),
        pytest.param(b"\r\nGET /p HTTP/9.9\r\n\r\n", Request("GET", "/p"), id="blank-line-first"),
        pytest.param(b"get /p HTTP/1.1\nHost: h\n\n", Request("get", "/p", (("Host", "h"),)), id="lines-end-in-lf"),
        pytest.param(b"GET /a b HTTP/1.1\r\n\r\n", Request("GET", "/a b"), id="blank-in-target"),
        pytest.param(b"\x16\x03\x01hello\r\n\r\n", Request("\x16\x03\x01hello", ""), id="no-http"),
    ],
)
def test_octets_read_as_the_request_that_they_hold(octets: bytes, request_: Request) -> None:
    """Method, target, fields and body as they stand there; what is no HTTP is shown as it is."""
    assert as_request(octets) == request_
