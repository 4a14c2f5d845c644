"""Minted tokens: the genuine one's own claims under another clock, signed as the deployment signs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from conformance.tokens import (
    Material,
    NotForgeable,
    aged,
    audience,
    decode,
    expired,
    expires_at,
    issued_at,
    issuer,
    mint,
    no_expiry,
    not_yet_valid,
    without_scope,
)
from conformance.tokens.attack import LATELY_S

NOW = 1_800_000_000.0
CLAIMS = {
    "iss": "https://id.synq.example",
    "aud": "https://api.synq.example",
    "sub": "acc_1",
    "tenant_id": "tnt_1",
    "org_ids": ["org_1", "org_2"],
    "access": {"org_1": "write"},
    "role": "editor",
    "iat": int(NOW) - 600,
    "nbf": int(NOW) - 600,
    "exp": int(NOW) + 3000,
}


@cache
def _key(kind: str) -> RSAKey | ECKey | OKPKey:
    match kind:
        case "RS256" | "PS512":
            return RSAKey.generate_key(2048, private=True)
        case "EdDSA":
            return OKPKey.generate_key("Ed25519", private=True)
        case _:
            return ECKey.generate_key(
                {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[kind], private=True
            )


def _material(algorithm: str = "RS256", **claims: object) -> Material:
    key = _key(algorithm)
    header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    valid = jwt.encode(header, CLAIMS | claims, key, algorithms=[algorithm])
    return Material(valid, signing=key.as_pem(private=True).decode(), now=NOW)


def _claims(token: str) -> dict[str, Any]:
    parts = decode(token)
    assert parts is not None
    return parts.claims


pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")


@pytest.mark.parametrize("algorithm", ["RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_minted_token_verifies_under_the_key_and_algorithm_of_the_genuine_one(algorithm: str) -> None:
    """Key type and genuine header decide the algorithm. It began before any clock that is a little behind."""
    token = jwt.decode(mint(_material(algorithm)), _key(algorithm), algorithms=[algorithm])
    assert token.header == {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    began = NOW - LATELY_S
    assert token.claims == CLAIMS | {"iat": began, "nbf": began, "exp": began + 3600}


def test_claims_and_header_are_changed_by_members_or_by_a_function() -> None:
    """Both ways of saying a change lead to the same claims."""
    material = _material()
    by_members = mint(material, claims={"role": "viewer"}, header={"kid": "k2"}, drop=["sub"])
    by_function = mint(
        material,
        claims=lambda claims: {**claims, "role": "viewer"},
        header=lambda header: {**header, "kid": "k2"},
        drop=["sub"],
    )
    assert by_members == by_function
    parts = decode(by_members)
    assert parts is not None
    assert (parts.header["kid"], parts.claims["role"], "sub" in parts.claims) == ("k2", "viewer", False)


def test_an_aged_token_lived_so_long_and_keeps_its_hour() -> None:
    """Issued 59 minutes ago, it expires in one."""
    token = aged(_material(), 59 * 60)
    assert issued_at(token) == NOW - 59 * 60
    assert expires_at(token) == NOW + 60


def test_an_expired_token_ended_so_long_ago() -> None:
    """Its expiry lies back by what was asked for, and its issue an hour before."""
    token = expired(_material(), 61)
    assert expires_at(token) == NOW - 61
    assert issued_at(token) == NOW - 61 - 3600


def test_a_time_that_the_genuine_token_lacks_is_not_added() -> None:
    """Without nbf and iat in the genuine token the minted one has none either."""
    key = _key("RS256")
    valid = jwt.encode({"alg": "RS256"}, {"sub": "a", "exp": int(NOW)}, key, algorithms=["RS256"])
    material = Material(valid, signing=key.as_pem(private=True).decode(), now=NOW)
    assert _claims(mint(material)) == {"sub": "a", "exp": NOW - LATELY_S + 3600}


def test_a_token_without_scope_names_neither_tenant_nor_organization() -> None:
    """Strings, lists and objects that hold an id go; the registered claims and the role stay."""
    claims = _claims(without_scope(_material(), "tnt_1", "org_1"))
    assert set(CLAIMS) - set(claims) == {"tenant_id", "org_ids", "access"}


def test_a_number_in_a_claim_names_what_a_header_names_in_digits() -> None:
    """A header has no numbers, a claim has them."""
    material = _material(tenant_id=41, org_ids=[43, 44], access={})
    assert not {"tenant_id", "org_ids"} & set(_claims(without_scope(material, "41", "43")))


def test_a_token_whose_claims_name_no_scope_cannot_lose_it() -> None:
    """A server may know a tenant by another name than callers do; the same token again would be let in, and rightly."""
    with pytest.raises(NotForgeable, match="no claim"):
        without_scope(_material(), "tenant-of-another-name", "org-of-another-name")


def test_a_registered_claim_stays_whatever_it_names() -> None:
    """A subject that happens to be the tenant's id is not scope."""
    assert _claims(without_scope(_material(sub="tnt_1"), "tnt_1", "org_1"))["sub"] == "tnt_1"


@pytest.mark.parametrize(
    ("token", "claim", "value"),
    [
        pytest.param(
            lambda m: issuer(m, "https://other.example"), "iss", "https://other.example", id="issuer"
        ),
        pytest.param(lambda m: audience(m, ["a", "b"]), "aud", ["a", "b"], id="audience"),
        pytest.param(lambda m: not_yet_valid(m, 600), "nbf", NOW + 600, id="not-yet-valid"),
        pytest.param(no_expiry, "exp", None, id="no-expiry"),
    ],
)
def test_a_token_is_wrong_in_one_claim(token: Callable[[Material], str], claim: str, value: object) -> None:
    """The named claim differs from a fresh genuine token, and nothing else does."""
    material = _material()
    right, wrong = _claims(mint(material)), _claims(token(material))
    assert wrong.get(claim) == value
    assert {name: right[name] for name in right if name != claim} == {
        name: wrong[name] for name in wrong if name != claim
    }


@pytest.mark.parametrize(
    ("signing", "said"),
    [
        pytest.param(lambda: None, "supply keys.signing", id="missing"),
        pytest.param(lambda: "-----BEGIN PRIVATE KEY-----\nAAAA", "not a key in PEM", id="broken"),
        pytest.param(lambda: _key("RS256").as_pem(private=False).decode(), "public key", id="public"),
    ],
)
def test_without_a_usable_key_minting_says_what_to_supply(
    signing: Callable[[], str | None], said: str
) -> None:
    """Missing, broken and public keys are told apart."""
    material = _material()
    with pytest.raises(NotForgeable, match=said):
        mint(Material(material.valid, signing=signing(), now=NOW))


def test_capabilities_are_what_is_there() -> None:
    """Only what is given counts."""
    assert Material("t", now=NOW).capabilities == {"tokens.valid"}
    full = Material("t", public="p", signing="s", listener="http://127.0.0.1:1")
    assert full.capabilities == {"tokens.valid", "keys.public", "keys.signing", "loopback"}


def test_material_does_not_show_its_secrets() -> None:
    """Neither token nor signing key appears if the material is printed."""
    shown = repr(_material())
    assert "eyJ" not in shown
    assert "PRIVATE" not in shown
