"""What is right of a client's requests: pure judgments, each seen on a right request and on a wrong one."""

from __future__ import annotations

import base64

import pytest

from conformance.client.fake_api.service import ReceivedRequest
from conformance.client.harness import wire
from conformance.evidence.judge import Violation
from conformance.http.exchange import Exchange
from conformance.http.message import Field, Request
from conformance.mock import world

TOKEN = "aaaa.bbbb.cccc"
BEARER, TENANT, ORG = ("Authorization", f"Bearer {TOKEN}"), ("X-Tenant-ID", world.TENANT), ("X-Org-ID", world.ORG)


def received_request(*fields: Field, target: str = "/", body: bytes = b"") -> ReceivedRequest:
    """A request that arrived."""
    return ReceivedRequest(0, Exchange(Request("GET", target, fields, body), None, None, "", 0.0, 0.0), 0.0)


def test_three_headers_are_right() -> None:
    """Whatever the case of their names, and whatever else there is."""
    fields = (("authorization", BEARER[1]), ("x-tenant-id", world.TENANT), ("X-ORG-ID", world.ORG), ("Accept", "*/*"))
    assert wire.headers_fault(received_request(*fields), {TOKEN}) is None


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        pytest.param((TENANT, ORG), "no Authorization", id="no-authorization"),
        pytest.param((BEARER, ORG), "no X-Tenant-ID", id="no-tenant"),
        pytest.param((BEARER, TENANT), "no X-Org-ID", id="no-org"),
        pytest.param((BEARER, BEARER, TENANT, ORG), "2 Authorization", id="two-authorizations"),
        pytest.param((("Authorization", f"bearer {TOKEN}"), TENANT, ORG), "one space", id="lower-case"),
        pytest.param((("Authorization", f"Bearer  {TOKEN}"), TENANT, ORG), "one space", id="two-spaces"),
        pytest.param((("Authorization", f'Bearer "{TOKEN}"'), TENANT, ORG), "as it was given", id="quoted"),
        pytest.param((("Authorization", "Bearer other"), TENANT, ORG), "as it was given", id="another-token"),
    ],
)
def test_a_wrong_header_is_named(fields: tuple[Field, ...], fault: str) -> None:
    """The fault says which."""
    assert fault in (wire.headers_fault(received_request(*fields), {TOKEN}) or "")


def test_another_scope_is_a_fault() -> None:
    """Of tenant or organization; a missing one is another rule's."""
    assert wire.scope_fault(received_request(TENANT, ORG)) is None
    assert wire.scope_fault(received_request(ORG)) is None
    assert "X-Tenant-ID" in (wire.scope_fault(received_request(("X-Tenant-ID", "other"), ORG)) or "")
    assert "X-Org-ID" in (wire.scope_fault(received_request(TENANT, ("x-org-id", "other"))) or "")


@pytest.mark.parametrize("value", [None, "Bearer ", "Bearer", "Bearer undefined", "Bearer null"])
def test_a_request_without_a_real_token_is_a_fault(value: str | None) -> None:
    """Nothing, or what a program writes if it has nothing."""
    fields = () if value is None else (("Authorization", value),)
    assert wire.token_fault(received_request(*fields), {TOKEN}) is not None
    assert wire.token_fault(received_request(BEARER), {TOKEN}) is None


@pytest.mark.parametrize(
    ("again", "difference"),
    [
        pytest.param(Request("GET", "/a?b=%20c", (("X-One", "1"),), b"body"), "the method", id="method"),
        pytest.param(Request("POST", "/a?b=+c", (("X-One", "1"),), b"body"), "the target", id="target"),
        pytest.param(Request("POST", "/a?b=%20c", (("X-One", "1"),), b""), "is of 0", id="no-body"),
        pytest.param(Request("POST", "/a?b=%20c", (("X-One", "1"),), b"bodY"), "as many others", id="other-body"),
        pytest.param(Request("POST", "/a?b=%20c", (), b"body"), "X-One", id="field"),
    ],
)
def test_another_request_is_no_retry(again: Request, difference: str) -> None:
    """The difference is named."""
    first = Request("POST", "/a?b=%20c", (("X-One", "1"),), b"body")
    assert wire.differences(first, first, {"X-One"}) is None
    assert difference in (wire.differences(first, again, {"X-One"}) or "")


def test_fields_that_clients_add_may_differ() -> None:
    """Only those of the caller are compared."""
    first, again = Request("GET", "/", (("traceparent", "1"),)), Request("GET", "/", (("traceparent", "2"),))
    assert wire.differences(first, again, {"Content-Type"}) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("pass word/ä", id="as-it-is"),
        pytest.param("q=pass%20word%2F%C3%A4", id="in-a-url"),
        pytest.param("pass+word%2F%C3%A4", id="in-a-form"),
        pytest.param(base64.b64encode(f"{world.EDITOR}:pass word/ä".encode()).decode(), id="in-basic-credentials"),
    ],
)
def test_a_secret_is_found_however_it_is_written(text: str) -> None:
    """In each form in which clients were seen to let it out."""
    assert wire.holds(f"… {text} …", wire.forms("pass word/ä"))
    assert not wire.holds("nothing of the kind", wire.forms("pass word/ä"))


def test_a_token_is_found_by_its_signature() -> None:
    """A token cut in front is still one that lets its finder in."""
    assert wire.holds("…bbbb.cccc", wire.token_forms(TOKEN))


def test_each_wrong_request_is_shown() -> None:
    """A violation holds the requests that are wrong, and not the right ones."""
    both = [received_request(TENANT), received_request(BEARER)]
    with pytest.raises(Violation) as violation:
        wire.each_must(both, lambda one: None if one.token else "bare", expected="a token")
    (finding,) = violation.value.findings
    assert finding.exchange is not None
    assert finding.exchange["request"]["headers"] == [list(TENANT)]
