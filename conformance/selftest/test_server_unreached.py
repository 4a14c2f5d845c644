"""Why a target is not reached, in words that say what to do."""

from __future__ import annotations

import pytest

from conformance.config.profile import from_mapping
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request
from conformance.server.harness.preflight import what_to_do

TARGET = from_mapping(
    {"target": {"base_url": "https://synq.test"}, "scope": {"tenant_id": "t", "org_id": "o"}, "tokens": {"valid": "x"}},
    "selftest",
)
UNTRUSTED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {} (_ssl.c:1006)"


@pytest.mark.parametrize(
    ("failure", "detail", "advice"),
    [
        (Failure.UNREACHABLE, UNTRUSTED.format("certificate has expired"), "(certificate has expired): renew it"),
        (
            Failure.UNREACHABLE, UNTRUSTED.format("Hostname mismatch, certificate is not valid for 'synq.test'."),
            "give the base URL the name that the certificate is for",
        ),
        (
            Failure.UNREACHABLE, UNTRUSTED.format("IP address mismatch, certificate is not valid for '127.0.0.1'."),
            "give the base URL the name that the certificate is for",
        ),
        (
            Failure.UNREACHABLE, UNTRUSTED.format("unable to get local issuer certificate"),
            "does not send the intermediate certificates",
        ),
        (Failure.UNREACHABLE, "[SSL: TLSV1_UNRECOGNIZED_NAME] (_ssl.c:1)", "does not serve this name"),
        (Failure.UNREACHABLE, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1)", "speaks no TLS"),
        (Failure.UNREACHABLE, "[Errno -2] Name or service not known", "no address is known for this name"),
        (Failure.UNREACHABLE, "[Errno -3] Temporary failure in name resolution", "the name server does not answer"),
        (Failure.UNREACHABLE, "[Errno 111] Connection refused", "is the target running?"),
        (Failure.TIMEOUT, "", "no answer in time, 2 times in a row (limits.timeout_s is 10): find out"),
        (Failure.GARBAGE, "", "an answer that is not HTTP; look at the target's log"),
    ],
)  # fmt: skip
def test_the_cause_and_what_to_do(failure: Failure, detail: str, advice: str) -> None:
    """Each in a line of its own kind."""
    exchange = Exchange(Request("GET", "/"), None, failure, detail, 0.0, 0.0)
    assert advice in what_to_do(TARGET, exchange)
