"""Attacks on tokens that an Edwards key signs (RFC 8037)."""

from __future__ import annotations

import hmac
import json

import pytest
from joserfc.jwk import OKPKey

from conformance.tokens import ATTACKS, Material, NothingToForge
from conformance.tokens.compact import decoded, joined

NOW = 1_800_000_000.0
ED25519 = OKPKey.generate_key("Ed25519", private=True)
ED25519_SECRETS = {
    "key-confusion-pem": ED25519.as_pem(private=False),
    "key-confusion-der": ED25519.as_der(private=False),
    "key-confusion-point": ED25519.public_key.public_bytes_raw(),
    "key-confusion-jwk-minified": json.dumps(
        {name: value for name, value in ED25519.as_dict(private=False).items() if name != "kid"}, separators=(",", ":")
    ).encode(),
}


@pytest.mark.parametrize("given", ["pem", "jwks"])
@pytest.mark.parametrize("name", ED25519_SECRETS)
def test_an_edwards_key_is_confused_as_well(name: str, given: str) -> None:
    """CVE-2022-29217 was first shown with Ed25519: its key is as public as any, and may be taken for a secret."""
    jwk = {key: value for key, value in ED25519.as_dict(private=False).items() if key != "kid"}
    public = ED25519.as_pem(private=False).decode() if given == "pem" else json.dumps({"keys": [jwk]})
    genuine = joined({"alg": "EdDSA"}, {"sub": "a", "exp": int(NOW)}, b"signature")
    attack = next(attack for attack in ATTACKS if attack.name == name)
    text, _, signature = attack.forge(Material(genuine, public=public, now=NOW)).rpartition(".")
    assert hmac.digest(ED25519_SECRETS[name], text.encode(), "sha256") == decoded(signature)


@pytest.mark.parametrize("name", ["key-confusion-modulus", "key-confusion-x-coordinate", "jwe-to-public-key"])
def test_an_edwards_key_has_no_modulus_and_takes_no_message(name: str) -> None:
    """Nothing that is missing would mend it, so the rest of the rule counts as the whole."""
    genuine = joined({"alg": "EdDSA"}, {"sub": "a", "exp": int(NOW)}, b"signature")
    attack = next(attack for attack in ATTACKS if attack.name == name)
    with pytest.raises(NothingToForge):
        attack.forge(Material(genuine, public=ED25519.as_pem(private=False).decode(), now=NOW))
