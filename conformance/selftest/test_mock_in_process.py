"""Three transports to one Synq: httpx's, respx's router and the socket give the same answers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from conformance.config.profile import from_mapping
from conformance.mock.describe import describe
from conformance.mock.in_process import router, transport
from conformance.mock.serve import serve
from conformance.mock.state import create

BASE_URL = "https://api.synq.io"


@pytest.fixture(params=["transport", "router", "socket"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A client of a fresh Synq, over one of its transports, with the documented headers."""
    synq = create()
    scope = describe(synq, BASE_URL)["scope"]
    fields = {
        "Authorization": f"Bearer {describe(synq, BASE_URL)['tokens']['valid']}",
        "X-Tenant-ID": scope["tenant_id"],
        "X-Org-ID": scope["org_id"],
    }
    match request.param:
        case "transport":
            with httpx.Client(base_url=BASE_URL, headers=fields, transport=transport(synq)) as client:
                yield client
        case "router":
            with router(synq, BASE_URL), httpx.Client(base_url=BASE_URL, headers=fields) as client:
                yield client
        case _:
            with serve(synq) as served, httpx.Client(base_url=served.base_url, headers=fields) as client:
                yield client


def test_the_documented_request_is_answered(client: httpx.Client) -> None:
    """200, and the catalogue in JSON that no cache keeps."""
    answer = client.get("/api/v1/pim/products")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    assert [sorted(item) for item in answer.json()["items"]] == [["id", "name", "sku"]] * 3


def test_a_write_is_seen_by_the_next_read(client: httpx.Client) -> None:
    """All requests over a transport meet the same state."""
    created = client.post("/api/v1/pim/products", json={"name": "Moss Lantern"})
    assert client.get(created.headers["location"]).json() == created.json()


def test_head_brings_no_body(client: httpx.Client) -> None:
    """The status of GET, and nothing more."""
    answer = client.head("/api/v1/pim/products")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_refusal_is_the_same_through_every_door(client: httpx.Client) -> None:
    """401, a challenge, and problem details."""
    answer = client.get("/api/v1/pim/products", headers={"Authorization": "Bearer not-a-token"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="synq", error="invalid_token"'
    assert answer.json()["status"] == 401


def test_a_description_is_a_profile(client: httpx.Client) -> None:
    """The suite reads what the embedded Synq says of itself as any other profile."""
    target = from_mapping(describe(create(), str(client.base_url)), "embedded Synq")
    assert {"keys.signing", "keys.public", "tokens.valid", "sign_in", "revoke"} <= target.capabilities
