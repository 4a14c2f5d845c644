"""Tokens made by the suite: minted under an explicit clock, forged, and read without being verified."""

from __future__ import annotations

from conformance.tokens.attack import Attack, Material, NotForgeable, NothingToForge, registered
from conformance.tokens.compact import (
    Parts,
    decode,
    expires_at,
    issued_at,
    malformation,
    same_token,
)
from conformance.tokens.families import altered, claimed, foreign, forms, hmacs, malformed, unsigned
from conformance.tokens.minting import (
    aged,
    audience,
    expired,
    issuer,
    mint,
    no_expiry,
    not_yet_valid,
    without_scope,
)
from conformance.tokens.named import HALF_SCOPES, SIGNED_ANEW, listed, named
from conformance.tokens.signing import own_certificate_pem, own_jwks

__all__ = [
    "ATTACKS",
    "FAMILIES",
    "HALF_SCOPES",
    "SIGNED_ANEW",
    "Attack",
    "Material",
    "NotForgeable",
    "NothingToForge",
    "Parts",
    "aged",
    "attacks",
    "audience",
    "decode",
    "expired",
    "expires_at",
    "issued_at",
    "issuer",
    "listed",
    "malformation",
    "mint",
    "named",
    "no_expiry",
    "not_yet_valid",
    "own_certificate_pem",
    "own_jwks",
    "same_token",
    "without_scope",
]

FAMILIES = (malformed, altered, foreign, unsigned, hmacs, forms, claimed)
"""The modules that register the attacks."""

ATTACKS: tuple[Attack, ...] = registered()
"""Every attack, in the order in which the families have them."""


def attacks(*rules: str) -> tuple[Attack, ...]:
    """Returns the attacks on these rules; raises KeyError for a rule that no attack breaks."""
    known = {attack.rule for attack in ATTACKS}
    for rule in rules:
        if rule not in known:
            raise KeyError(rule)
    return tuple(attack for attack in ATTACKS if attack.rule in rules)
