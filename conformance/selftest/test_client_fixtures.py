"""The fixtures for authors of clients: a reference server that can be told to refuse, with or without a socket."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from conformance.client.harness.fixtures import ReferenceSynq, reference_in_process, reference_on_loopback
from conformance.mock.routes import PRODUCTS, SIGN_IN


@pytest.fixture(params=[reference_in_process, reference_on_loopback], ids=["in-process", "loopback"])
def synq(request: pytest.FixtureRequest) -> Iterator[ReferenceSynq]:
    """A Synq behind either transport."""
    with request.param() as synq:
        yield synq


@pytest.fixture
def http(synq: ReferenceSynq) -> Iterator[httpx.Client]:
    """A client that names the scope, and not yet a token."""
    headers = {"X-Tenant-ID": synq.tenant_id, "X-Org-ID": synq.org_id}
    with httpx.Client(base_url=synq.base_url, headers=headers) as http:
        yield http


def sign_in(synq: ReferenceSynq, http: httpx.Client) -> int:
    """Sign in, keep the token if there is one, and return the status."""
    answer = http.post(SIGN_IN, json={"email": synq.email, "password": synq.password})
    http.headers["Authorization"] = f"Bearer {answer.json().get('token')}"
    return answer.status_code


def test_it_lets_a_signed_in_client_through(synq: ReferenceSynq, http: httpx.Client) -> None:
    """The account works, and what it reads is Synq's."""
    assert sign_in(synq, http) == 200
    answer = http.get(PRODUCTS)
    assert answer.status_code == 200
    assert answer.json()["items"]


def test_it_refuses_who_has_no_token(http: httpx.Client) -> None:
    """It is a reference server."""
    assert http.get(PRODUCTS).status_code == 401


@pytest.mark.parametrize("ending", ["expire", "revoke", "rotate"])
def test_a_token_can_be_ended(synq: ReferenceSynq, http: httpx.Client, ending: str) -> None:
    """After it the old token is refused, and a new one is not."""
    sign_in(synq, http)
    getattr(synq, ending)()
    assert http.get(PRODUCTS).status_code == 401
    sign_in(synq, http)
    assert http.get(PRODUCTS).status_code == 200


def test_it_can_be_told_to_refuse(synq: ReferenceSynq, http: httpx.Client) -> None:
    """As often as it was told, and no more."""
    sign_in(synq, http)
    synq.refuse(503, times=2)
    assert [http.get(PRODUCTS).status_code for _ in range(3)] == [503, 503, 200]


def test_it_can_be_told_to_refuse_signing_in(synq: ReferenceSynq, http: httpx.Client) -> None:
    """The sign-in after it works."""
    synq.refuse_sign_in(500)
    assert sign_in(synq, http) == 500
    assert sign_in(synq, http) == 200


def test_it_keeps_what_arrived(synq: ReferenceSynq, http: httpx.Client) -> None:
    """Requests and answers in order, field names as they were sent."""
    sign_in(synq, http)
    http.get(f"{PRODUCTS}?page=2")
    assert [(call.request.method, call.request.target, call.status) for call in synq.calls] == [
        ("POST", SIGN_IN, 200),
        ("GET", f"{PRODUCTS}?page=2", 200),
    ]
    assert synq.sign_ins == 1
    assert synq.calls[1].request.values("X-Org-ID") == (synq.org_id,)


def test_the_plugin_offers_both_fixtures(synq_mock: ReferenceSynq, synq_server: ReferenceSynq) -> None:
    """They are there without any import."""
    assert synq_mock.base_url == "https://api.synq.io"
    assert synq_server.base_url.startswith("http://127.0.0.1:")
