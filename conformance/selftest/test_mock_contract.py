"""The embedded Synq against its own contract, written out by hand: the judge has no say here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from conformance.message import Field, Request, Response
from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.doors import router, transport
from conformance.mock.keys import Keys, generate
from conformance.mock.reply import reply
from conformance.mock.serve import serve
from conformance.mock.state import create, rotate

URL = "https://api.synq.io"
Send = Callable[[Request], Response]


@pytest.fixture(scope="module", params=["RS256", "ES256"])
def keys(request: pytest.FixtureRequest) -> Keys:
    return generate(request.param)


@pytest.fixture
def synq(keys: Keys) -> Synq:
    return create(keys=keys)


@pytest.fixture
def profile(synq: Synq) -> dict[str, Any]:
    return describe(synq, URL)


def _fields(profile: dict[str, Any], token: str | None = None, **changes: str | None) -> tuple[Field, ...]:
    values = {
        "Authorization": f"Bearer {token or profile['tokens']['valid']}",
        "X-Tenant-ID": profile["scope"]["tenant_id"],
        "X-Org-ID": profile["scope"]["org_id"],
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return tuple((name, value) for name, value in values.items() if value is not None)


def _get(synq: Synq, profile: dict[str, Any], token: str | None = None, **changes: str | None) -> Response:
    return reply(synq, Request("GET", profile["probe"]["read"], _fields(profile, token, **changes)))


def _sign_in(synq: Synq, profile: dict[str, Any], **changes: str) -> Response:
    account = profile["sign_in"]
    body = {"email": account["email"], "password": account["password"]} | changes
    fields = (("Content-Type", "application/json"),)
    return reply(synq, Request("POST", account["path"], fields, json.dumps(body).encode()))


def test_the_documented_request_brings_products(synq: Synq, profile: dict[str, Any]) -> None:
    """The three headers bring the organization's products, and no cache may keep them."""
    response = _get(synq, profile)
    assert response.status == 200
    assert json.loads(response.body)["items"]
    assert "no-store" in (response.value("Cache-Control") or "")


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("valid", 200),
        ("viewer", 200),
        ("expired", 401),
        ("revoked", 401),
        ("not_yet_valid", 401),
        ("wrong_issuer", 401),
        ("wrong_audience", 401),
        ("no_expiry", 401),
        ("other_tenant", 403),
        ("unprovisioned", 403),
    ],
)
def test_each_ready_made_token_is_what_its_name_says(
    synq: Synq, profile: dict[str, Any], token: str, status: int
) -> None:
    """The tokens of the profile are answered as they are meant."""
    assert _get(synq, profile, profile["tokens"][token]).status == status


@pytest.mark.parametrize(
    ("missing", "status"),
    [("Authorization", 401), ("X_Tenant_ID", 403), ("X_Org_ID", 403)],
)
def test_a_missing_header_is_refused(synq: Synq, profile: dict[str, Any], missing: str, status: int) -> None:
    """401 for the token, 403 for the scope."""
    assert _get(synq, profile, **{missing: None}).status == status


def test_refusals_are_problems_with_a_challenge(synq: Synq, profile: dict[str, Any]) -> None:
    """RFC 9457 bodies; a Bearer challenge that names the error only where a token was sent (RFC 6750 §3.1)."""
    bare, bad = _get(synq, profile, Authorization=None), _get(synq, profile, "not-a-token")
    assert bare.value("Content-Type") == bad.value("Content-Type") == "application/problem+json"
    assert json.loads(bad.body)["status"] == 401
    assert "error" not in (bare.value("WWW-Authenticate") or "error")
    assert 'error="invalid_token"' in (bad.value("WWW-Authenticate") or "")


def test_a_token_lives_one_hour(synq: Synq, profile: dict[str, Any]) -> None:
    """Accepted at minute 59, refused at minute 61, and signing in again helps."""
    token = json.loads(_sign_in(synq, profile).body)["token"]
    synq.clock.advance(59 * 60)
    assert _get(synq, profile, token).status == 200
    synq.clock.advance(2 * 60 + 5)
    assert _get(synq, profile, token).status == 401
    assert _get(synq, profile, json.loads(_sign_in(synq, profile).body)["token"]).status == 200


def test_revoking_counts_at_once_and_for_one_token(synq: Synq, profile: dict[str, Any]) -> None:
    """The revoked token is refused, its sibling is not."""
    one, other = (json.loads(_sign_in(synq, profile).body)["token"] for _ in range(2))
    assert reply(synq, Request("POST", profile["revoke"]["path"], _fields(profile, one))).status == 204
    assert (_get(synq, profile, one).status, _get(synq, profile, other).status) == (401, 200)


def test_rotated_keys_refuse_old_tokens(synq: Synq, profile: dict[str, Any]) -> None:
    """After a rotation only tokens of the new key count."""
    rotate(synq)
    assert _get(synq, profile).status == 401
    assert _get(synq, profile, json.loads(_sign_in(synq, profile).body)["token"]).status == 200


def test_signing_in_tells_nothing_about_accounts(synq: Synq, profile: dict[str, Any]) -> None:
    """An unknown user and a wrong password look alike, and bring no token."""
    unknown = _sign_in(synq, profile, email="nobody@example.com")
    wrong = _sign_in(synq, profile, password="wrong")
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)
    assert unknown.status == 401


def test_only_a_writing_role_writes(synq: Synq, profile: dict[str, Any]) -> None:
    """The editor's product is there afterwards, the viewer's is not."""
    write = profile["probe"]["write"]

    def post(token: str) -> int:
        fields = (*_fields(profile, profile["tokens"][token]), ("Content-Type", "application/json"))
        return reply(synq, Request("POST", write["path"], fields, json.dumps(write["json"]).encode())).status

    before = len(json.loads(_get(synq, profile).body)["items"])
    assert (post("viewer"), post("valid")) == (403, 201)
    assert len(json.loads(_get(synq, profile).body)["items"]) == before + 1


def test_a_foreign_resource_is_forbidden(synq: Synq, profile: dict[str, Any]) -> None:
    """Another organization's product is not given out."""
    response = reply(synq, Request("GET", profile["probe"]["foreign_resource"], _fields(profile)))
    assert response.status == 403


@pytest.mark.parametrize("door", ["transport", "respx", "uvicorn"])
def test_every_door_gives_the_same_answers(synq: Synq, profile: dict[str, Any], door: str) -> None:
    """Behind a transport, a respx router and a socket stands the same function."""
    requests = [("valid", 200), ("expired", 401), ("unprovisioned", 403)]
    if door == "transport":
        with httpx.Client(base_url=URL, transport=transport(synq)) as client:
            found = _statuses(client, profile, requests)
    elif door == "respx":
        with router(synq, URL), httpx.Client(base_url=URL) as client:
            found = _statuses(client, profile, requests)
    else:
        with serve(synq) as served, httpx.Client(base_url=served.base_url) as client:
            found = _statuses(client, profile, requests)
    assert found == [status for _, status in requests]


def _statuses(client: httpx.Client, profile: dict[str, Any], requests: list[tuple[str, int]]) -> list[int]:
    return [
        client.get(profile["probe"]["read"], headers=dict(_fields(profile, profile["tokens"][name]))).status_code
        for name, _ in requests
    ]
