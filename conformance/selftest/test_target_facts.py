"""What a target says of itself: what it makes possible, and what must stay hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from conformance.config.described import OpenApi
from conformance.config.fingerprint import fingerprint_of
from conformance.config.operations import with_operations
from conformance.config.profile import Keys, Probe, Scope, Target, Tokens, Write
from conformance.config.public_profile import public_profile
from conformance.config.signing_in import Revoke, SignIn, secrets_in
from conformance.config.target_fields import secret_fields

BARE = Target("bare", "https://staging.example", Scope("t-1", "o-1"), Tokens(valid="good-token"))


def test_a_bare_target_can_do_no_more_than_read() -> None:
    """Only what is there counts as a capability."""
    assert BARE.capabilities == {"scope.tenant_id", "scope.org_id", "tokens.valid", "probe.read"}


@pytest.mark.parametrize(
    ("addition", "capability"),
    [
        pytest.param({"tokens": Tokens(viewer="v")}, "tokens.viewer", id="token"),
        pytest.param({"keys": Keys(public="k")}, "keys.public", id="key"),
        pytest.param({"scope": Scope("t", "o", other_org_id="x")}, "scope.other_org_id", id="scope"),
        pytest.param({"sign_in": SignIn("a", "b")}, "sign_in", id="sign-in"),
        pytest.param({"revoke": Revoke()}, "revoke", id="revoke"),
        pytest.param({"probe": Probe(write=Write())}, "probe.write", id="write"),
        pytest.param({"probe": Probe(foreign_resource="/x")}, "probe.foreign_resource", id="foreign"),
    ],
)
def test_what_is_given_is_a_capability(addition: dict[str, object], capability: str) -> None:
    """Rules name their needs by these dotted keys."""
    assert capability not in BARE.capabilities
    assert capability in replace(BARE, **addition).capabilities  # type: ignore[arg-type]  # one field each


def test_a_run_adds_capabilities_of_its_own() -> None:
    """A clock or a socket belongs to the run; the target itself stays as it was."""
    richer = BARE.with_capabilities("clock").with_capabilities("socket")
    assert richer.capabilities - BARE.capabilities == {"clock", "socket"}
    assert richer != BARE


@pytest.mark.parametrize("name", [each.name for each in fields(Tokens)])
def test_every_token_is_a_secret(name: str) -> None:
    """Also those that are wrong: they may be right elsewhere."""
    assert "canary" in replace(BARE, tokens=Tokens(**{name: "canary"})).secrets


def test_password_and_signing_key_are_secrets() -> None:
    """What is public, such as the public key and the address of the account, is not."""
    target = replace(BARE, sign_in=SignIn("a@example.com", "pass"), keys=Keys("public", "signing"))
    assert target.secrets == {"good-token", "pass", "signing"}


def test_what_every_request_bears_is_a_secret_if_it_is_long_or_called_one() -> None:
    """What is short stands in many texts; a variable stands in the place of a secret."""
    given = {"X-Stage": "production", "Ocp-Apim-Subscription-Key": "k-1", "x-vercel-protection-bypass": "b-1"}
    fields = given | {"CF-Access-Client-Id": "0a1b2c3d4e5f.access"}
    assert secret_fields(fields) == {
        "SYNQ_FIELD_OCP_APIM_SUBSCRIPTION_KEY": "k-1",
        "SYNQ_FIELD_X_VERCEL_PROTECTION_BYPASS": "b-1",
        "SYNQ_FIELD_CF_ACCESS_CLIENT_ID": "0a1b2c3d4e5f.access",
    }
    assert replace(BARE, fields=fields).secrets == {"good-token", "k-1", "b-1", "0a1b2c3d4e5f.access"}


@pytest.mark.parametrize("of", [fingerprint_of, public_profile])
def test_what_every_request_bears_may_be_renewed_and_is_not_kept(of: Callable[[Target], str]) -> None:
    """The target is the same with another key for its gateway."""
    assert of(replace(BARE, fields={"X-Gateway-Key": "k-1"})) == of(replace(BARE, fields={"X-Gateway-Key": "k-2"}))


def test_a_described_field_that_every_request_bears_is_not_made_up(tmp_path: Path) -> None:
    """A made-up value in place of the gateway's key would be refused."""
    parameter = {"in": "header", "required": True, "schema": {"type": "string"}}
    named = [parameter | {"name": name} for name in ("x-key", "X-B")]
    operation = {"parameters": named, "security": [{"bearer": []}], "responses": {}}
    bearer = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    paths = {"/api/v1/pim/products": {"get": operation}}
    described = {"openapi": "3.1.0", "info": {}, "paths": paths, "components": bearer}
    (tmp_path / "openapi.json").write_text(json.dumps(described), "utf-8")
    target = replace(BARE, fields={"X-Key": "key-1"}, openapi=OpenApi(str(tmp_path / "openapi.json")))
    (found,) = with_operations(target).operations
    assert [name for name, _ in found.headers] == ["X-B"]


def test_a_target_is_a_value() -> None:
    """It can be a key, and cannot be changed."""
    target = replace(BARE, probe=Probe(write=Write(json={"name": "probe"})))
    assert {target: 1}[replace(target)] == 1
    with pytest.raises(FrozenInstanceError):
        target.name = "other"  # type: ignore[misc]  # the assignment is what must fail


def test_the_secrets_of_a_sign_in_are_told_by_their_names() -> None:
    """What says of which kind another member is holds none, and stands in many texts."""
    secret = {"client_secret": "s-1", "api_key": "s-2", "client_assertion": "s-3"}
    kinds = {"grant_type": "password", "token_type_hint": "access_token", "client_assertion_type": "jwt-bearer"}
    assert secrets_in({"client_id": "synq-ci", "offline": True, **secret, **kinds}) == secret


def test_the_secrets_of_a_sign_in_and_a_revocation_are_the_target_s() -> None:
    """By their place in the profile."""
    target = replace(
        BARE,
        sign_in=SignIn("ada@example.com", "p-1", fields={"client_secret": "s-1", "grant_type": "password"}),
        revoke=Revoke(fields={"client_secret": "s-2"}),
    )
    assert target.shared == {"sign_in.fields.client_secret": "s-1", "revoke.fields.client_secret": "s-2"}
    assert {"s-1", "s-2"} <= target.secrets
