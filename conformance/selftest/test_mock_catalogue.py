"""The larger API of the embedded Synq: what each operation does, and whom it serves."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from conformance.http.message import Request, Response
from conformance.mock import tokens, world
from conformance.mock.call import Synq
from conformance.mock.keys import KeyPair, generate
from conformance.mock.reply import reply
from conformance.mock.routes import BULK, EXPORT, GUARDED, PRODUCTS, SEARCH
from conformance.mock.state import create

OWN, FOREIGN = f"{PRODUCTS}/prd_0000000001", f"{PRODUCTS}/prd_0000000101"
BODIES = {SEARCH: {"text": "o"}, BULK: {"items": [{"name": "n"}]}}
EVERY = [
    (shown, path)
    for path, handlers in GUARDED.items()
    for method in handlers
    for shown in (("GET", "HEAD") if method == "GET" else (method,))
]
Ask = Callable[..., Response]


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    """Made once: an RSA pair takes its time."""
    return generate()


@pytest.fixture
def synq(keys: KeyPair) -> Synq:
    """A Synq in its first state."""
    return create(keys=keys)


@pytest.fixture
def ask(synq: Synq) -> Ask:
    """Asks as an account does, the editor by default; None asks without a token."""

    def asked(method: str, path: str, body: object = None, *, email: str | None = world.EDITOR) -> Response:
        fields = [("X-Tenant-ID", world.TENANT), ("X-Org-ID", world.ORG), ("Content-Type", "application/json")]
        if email is not None:
            token = tokens.sign(tokens.claims_of(synq.accounts[email], synq.clock.now(), synq.lifetime_s), synq.keys)
            fields.append(("Authorization", f"Bearer {token}"))
        octets = b"" if body is None else json.dumps(body).encode()
        return reply(synq, Request(method, path, tuple(fields), octets))

    return asked


def json_of(response: Response) -> dict[str, object]:
    """The answer's JSON."""
    value: dict[str, object] = json.loads(response.body)
    return value


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_every_operation_wants_a_token_and_a_scope(ask: Ask, method: str, path: str) -> None:
    """None is guarded otherwise than the others."""
    at = path.format(product_id="prd_0000000001")
    body = BODIES.get(path, {"name": "n", "text": "t"})
    assert ask(method, at, body, email=None).status == 401
    assert ask(method, at, body, email=world.UNPROVISIONED).status == 403
    assert ask(method, at, body).accepted


@pytest.mark.parametrize(("method", "path"), [one for one in EVERY if "{" in one[1]])
def test_what_belongs_to_another_organization_is_forbidden(ask: Ask, method: str, path: str) -> None:
    """By every method, also on what lies below it."""
    body = {"name": "n", "text": "t"}
    assert ask(method, path.format(product_id="prd_0000000101"), body).status == 403
    assert ask(method, path.format(product_id="prd_none"), body).status == 404


@pytest.mark.parametrize(
    ("method", "path"), [one for one in EVERY if one[0] in {"PUT", "PATCH", "DELETE"} or one == ("POST", BULK)]
)
def test_a_viewer_writes_nothing(ask: Ask, synq: Synq, method: str, path: str) -> None:
    """403, and everything is as it was."""
    body = BODIES.get(path, {"name": "n"})
    assert ask(method, path.format(product_id="prd_0000000001"), body, email=world.VIEWER).status == 403
    assert synq.products == world.products()


def test_a_product_is_replaced_changed_and_deleted(ask: Ask) -> None:
    """Under its id, and its notes go with it."""
    assert json_of(ask("PUT", OWN, {"name": "Tarp"})) == {"id": "prd_0000000001", "name": "Tarp", "sku": "BO-0001"}
    assert json_of(ask("PATCH", OWN, {}))["name"] == "Tarp"
    assert json_of(ask("PATCH", OWN, {"name": "Tent"}))["name"] == "Tent"
    note = json_of(ask("POST", f"{OWN}/notes", {"text": "The zip sticks"}))
    assert json_of(ask("GET", f"{OWN}/notes")) == {"items": [note]}
    assert (ask("DELETE", OWN).status, ask("GET", OWN).status, ask("GET", f"{OWN}/notes").status) == (204, 404, 404)


def test_a_bulk_write_keeps_all_or_none(ask: Ask, synq: Synq) -> None:
    """One wrong item spoils it."""
    assert ask("POST", BULK, {"items": [{"name": "a"}, {"name": ""}]}).status == 422
    assert synq.products == world.products()
    kept = json_of(ask("POST", BULK, {"items": [{"name": "a"}, {"name": "b"}]}))["items"]
    assert isinstance(kept, list)
    assert [one["name"] for one in kept] == ["a", "b"]


def test_searching_and_exporting_give_out_one_s_own(ask: Ask) -> None:
    """Of the words that both organizations have only the caller's."""
    found = json_of(ask("POST", SEARCH, {"text": "TENT"}))["items"]
    assert found == [{"id": "prd_0000000001", "name": "Aurora Tent", "sku": "BO-0001"}]
    table = ask("GET", EXPORT)
    assert table.value("content-type") == "text/csv; charset=utf-8"
    assert table.body.decode().splitlines()[:2] == ["id,name,sku", "prd_0000000001,Aurora Tent,BO-0001"]
    assert b"Basalt" not in table.body


def test_the_description_is_for_all(ask: Ask) -> None:
    """It names every path that there is."""
    served = ask("GET", "/openapi.yaml", email=None)
    assert served.status == 200
    assert all(f"\n  {path}:\n".encode() in served.body for path in GUARDED)
