"""The embedded Synq against its own contract, without the suite: what each account may do, and for how long."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from conformance.http.message import Request, Response
from conformance.mock import world
from conformance.mock.call import Synq
from conformance.mock.keys import KeyPair, generate
from conformance.mock.reply import reply
from conformance.mock.routes import JWKS, PRODUCTS, REVOKE, SIGN_IN
from conformance.mock.state import Clock, create, rotate

SCOPES = {
    world.EDITOR: (world.TENANT, world.ORG),
    world.VIEWER: (world.TENANT, world.ORG),
    world.ADMIN: (world.TENANT, world.ORG),
    world.OTHER_ORG_EDITOR: (world.TENANT, world.OTHER_ORG),
    world.OTHER_TENANT_EDITOR: (world.OTHER_TENANT, world.OTHER_TENANT_ORG),
}
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True)
class Client:
    """Speaks to a Synq as an account would."""

    synq: Synq

    def sign_in(self, email: str = world.EDITOR, password: str | None = None) -> Response:
        body = {"email": email, "password": password or world.PASSWORDS[email]}
        return reply(self.synq, Request("POST", SIGN_IN, (JSON,), json.dumps(body).encode()))

    def token(self, email: str = world.EDITOR) -> str:
        return str(json.loads(self.sign_in(email).body)["token"])

    def send(
        self,
        token: str | None,
        scope: tuple[str, str] = (world.TENANT, world.ORG),
        *,
        method: str = "GET",
        path: str = PRODUCTS,
        body: bytes = b"",
    ) -> Response:
        fields = (("X-Tenant-ID", scope[0]), ("X-Org-ID", scope[1]), JSON)
        credentials = () if token is None else (("Authorization", f"Bearer {token}"),)
        return reply(self.synq, Request(method, path, (*credentials, *fields), body))


@pytest.fixture(scope="module", params=["RS256", "ES256"])
def keys(request: pytest.FixtureRequest) -> KeyPair:
    """Keys of either kind, made once."""
    return generate(request.param)


@pytest.fixture
def client(keys: KeyPair) -> Client:
    """A client of a fresh Synq whose clock stands at a fixed moment."""
    return Client(create(clock=Clock(source=lambda: 1_800_000_000.0), keys=keys))


@pytest.mark.parametrize("email", SCOPES)
def test_an_account_that_signed_in_reads_its_own_catalogue(client: Client, email: str) -> None:
    """The token opens the account's own organization, and what is there is its own."""
    answer = client.send(client.token(email), SCOPES[email])
    names = {item["name"] for item in json.loads(answer.body)["items"]}
    assert (answer.status, names) == (200, {one.name for one in world.products()[SCOPES[email][1]].values()})


def test_a_wrong_password_brings_no_token(client: Client) -> None:
    """401, a challenge without an error code, and nothing like a token."""
    answer = client.sign_in(password="not the password")
    assert (answer.status, answer.value("www-authenticate"), b"token" in answer.body) == (
        401, 'Bearer realm="synq"', False,
    )  # fmt: skip


def test_no_two_tokens_are_alike(client: Client) -> None:
    """Two sign-ins in the same second bring two tokens."""
    assert client.token() != client.token()


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (3_599, 200), (3_600, 401), (-1, 401)])
def test_a_token_counts_for_its_hour(client: Client, seconds: float, status: int) -> None:
    """From the second of its issue to the last second of its hour, by the clock that can be moved."""
    token = client.token()
    client.synq.clock.advance(seconds)
    assert client.send(token).status == status


def test_a_clock_set_right_again_makes_the_token_good_again(client: Client) -> None:
    """Nothing is remembered of a refusal."""
    token = client.token()
    client.synq.clock.advance(7_200)
    client.synq.clock.reset()
    assert client.send(token).status == 200


def test_revoking_is_for_one_token_and_for_ever(client: Client) -> None:
    """The revoked token is refused, and the account's other token is not."""
    revoked, other = client.token(), client.token()
    assert client.send(revoked, method="POST", path=REVOKE).status == 204
    assert [client.send(token).status for token in (revoked, other, revoked)] == [401, 200, 401]


@pytest.mark.parametrize(
    ("email", "status"),
    [(world.EDITOR, 201), (world.ADMIN, 201), (world.VIEWER, 403)],
    ids=["editor", "admin", "viewer"],
)
def test_a_role_decides_who_writes(client: Client, email: str, status: int) -> None:
    """Editors and admins create products; a viewer's write leaves nothing behind."""
    token = client.token(email)
    answer = client.send(token, method="POST", body=b'{"name": "Moss Lantern"}')
    kept = b"Moss Lantern" in client.send(token).body
    assert (answer.status, kept) == (status, status == 201)


@pytest.mark.parametrize(
    "scope",
    [
        (world.OTHER_TENANT, world.ORG),
        (world.TENANT, world.OTHER_ORG),
        (world.TENANT, world.OTHER_TENANT_ORG),
        (world.OTHER_TENANT, world.OTHER_TENANT_ORG),
        ("", world.ORG),
        (world.TENANT, ""),
    ],
    ids=["other-tenant", "other-org", "org-of-other-tenant", "all-foreign", "no-tenant", "no-org"],
)
def test_a_scope_that_is_not_the_tokens_is_forbidden(client: Client, scope: tuple[str, str]) -> None:
    """403, with the code that RFC 6750 has for it."""
    answer = client.send(client.token(), scope)
    assert answer.status == 403
    assert 'error="insufficient_scope"' in (answer.value("www-authenticate") or "")


def test_an_account_without_a_scope_is_forbidden(client: Client) -> None:
    """It may sign in, and may see nothing."""
    assert client.send(client.token(world.UNPROVISIONED)).status == 403


def test_what_belongs_to_another_organization_is_forbidden(client: Client) -> None:
    """403 for what is there and foreign, 404 for what is not there."""
    foreign = next(iter(world.products()[world.OTHER_ORG]))
    token = client.token()
    paths = (f"{PRODUCTS}/{foreign}", f"{PRODUCTS}/prd_none")
    assert [client.send(token, path=path).status for path in paths] == [403, 404]


def test_without_a_token_nothing_opens(client: Client) -> None:
    """401, with a challenge."""
    answer = client.send(None)
    assert (answer.status, answer.value("www-authenticate")) == (401, 'Bearer realm="synq"')


def test_the_published_key_is_the_public_half_alone(client: Client) -> None:
    """No private member stands in the JWK Set."""
    answer = reply(client.synq, Request("GET", JWKS))
    (published,) = json.loads(answer.body)["keys"]
    assert published["kid"] == client.synq.keys.kid
    assert {"d", "p", "q", "dp", "dq", "qi"}.isdisjoint(published)


def test_rotation_ends_every_token(client: Client) -> None:
    """What the old key signed is refused; what the new one signs is not."""
    old = client.token()
    rotate(client.synq)
    assert [client.send(token).status for token in (old, client.token())] == [401, 200]
