"""Retries are compared on every session, and each difference is told to the rule whose matter it is."""

from __future__ import annotations

import pytest

from conformance.client.adapters.driver import PRODUCTS, ApiCall
from conformance.client.fake_api.framing import FramedResponse, Framing, framed_response
from conformance.client.fake_api.refusals import CHALLENGES_OF_401, FORMS_OF_401, refusing_as
from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness.retries import RetryWatch
from conformance.contract.paths import SIGN_IN_PATH
from conformance.http.exchange import Exchange
from conformance.http.message import Field, Request, Response
from conformance.mock import world

ISSUED = {"old": 0.0, "new": 1.0}
SCOPE: tuple[Field, ...] = (("X-Tenant-ID", world.TENANT), ("X-Org-ID", world.ORG))
CALL = ApiCall("POST", json={}, headers={"X-Request-ID": "r-1"})


def received(number: int, status: int, token: str | None = None, *fields: Field, **other: str) -> ReceivedRequest:
    """An API request with this token, or a sign-in without any."""
    bearer = () if token is None else (("Authorization", f"Bearer {token}"),)
    target = other.get("target", SIGN_IN_PATH if token is None else PRODUCTS)
    request = Request(other.get("method", "POST"), target, bearer + fields, b"{}")
    return ReceivedRequest(number, Exchange(request, Response(status), None, "", 0.0, 0.0), 0.0)


OWN: tuple[Field, ...] = (*SCOPE, ("X-Request-ID", "r-1"))
FIRST, SIGN_IN = received(0, 401, "old", *OWN), received(1, 200)


@pytest.mark.parametrize(
    ("again", "rule"),
    [
        pytest.param(received(2, 200, "new", *OWN), None, id="right"),
        pytest.param(received(2, 200, "new", *OWN[1:]), "three-headers", id="without-tenant"),
        pytest.param(received(2, 200, "made-up", *OWN), "three-headers", id="made-up-token"),
        pytest.param(received(2, 200, "new", *OWN[:1], ("X-Org-ID", "x"), OWN[2]), "scope-constant", id="other-org"),
        pytest.param(received(2, 401, "old", *OWN), "retry-fresh-token", id="old-token"),
        pytest.param(received(2, 200, "new", *SCOPE), "retry-same-request", id="without-own-field"),
        pytest.param(received(2, 200, "new", *OWN, method="PUT"), "retry-same-request", id="another-method"),
        pytest.param(received(2, 200, "new", *SCOPE, target=f"{PRODUCTS}/2"), None, id="another-request"),
    ],
)
def test_a_retry_is_compared_with_what_it_repeats(again: ReceivedRequest, rule: str | None) -> None:
    """One fault for each, by the rule that it breaks."""
    faults = list(RetryWatch(ISSUED).look([FIRST, SIGN_IN, again], [CALL]))
    assert [fault[0] for fault in faults] == ([] if rule is None else [rule])


def test_the_next_call_is_no_retry() -> None:
    """It may well be another request to the same target."""
    watch = RetryWatch(ISSUED)
    assert list(watch.look([FIRST, SIGN_IN], [CALL])) == []
    assert list(watch.look([received(2, 200, "new", *SCOPE, method="PUT")], [ApiCall("PUT")])) == []


def test_retries_that_lost_what_tells_them_apart_are_no_old_token() -> None:
    """Two callers at once, whose retries lost their query: each carries what was the current token when it was sent."""
    one, other = (*SCOPE, ("X-Request-ID", "r-1")), (*SCOPE, ("X-Request-ID", "r-2"))
    of_one, of_other = received(0, 401, "new", *one), received(2, 401, "new", *other)
    faults = list(RetryWatch(ISSUED).look([of_one, SIGN_IN, of_other], [CALL]))
    assert [fault[0] for fault in faults] == ["retry-same-request"]


def test_an_old_token_is_no_fault_before_there_is_a_new_one() -> None:
    """A client that tries the same again breaks another rule."""
    assert list(RetryWatch(ISSUED).look([FIRST, received(1, 401, "old", *OWN)], [CALL])) == []


@pytest.mark.parametrize(
    ("framing", "says"),
    [
        (Framing.LENGTH, b"Content-Length: 3"),
        (Framing.CHUNKED, b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        (Framing.HTTP_1_0, b"HTTP/1.0 401 Unauthorized"),
        (Framing.CLOSES, b"Connection: close"),
        (Framing.ENDS, b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nabc"),
    ],
)
def test_a_response_is_framed_as_it_asks(framing: Framing, says: bytes) -> None:
    """Octet for octet."""
    assert says in framed_response(Request("GET", "/"), FramedResponse(401, (), b"abc", framing), keeps_alive=True)


@pytest.mark.parametrize("form", [*FORMS_OF_401.values(), *CHALLENGES_OF_401.values()])
def test_only_a_refusal_takes_the_form(form: FramedResponse) -> None:
    """What is let through is answered as ever; a coding is left away for a client that does not take it."""
    fake_api, request = FakeApi(), Request("GET", PRODUCTS, (("Accept-Encoding", "identity"),))
    refused = refusing_as(form)(fake_api, request)
    assert refused is not None
    assert refused.status == 401
    assert refused.value("Content-Encoding") is None
    assert refusing_as(form)(fake_api, Request("GET", PRODUCTS)) == form
