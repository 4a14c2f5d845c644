"""Identity tokens: issued and verified through joserfc under one fixed algorithm (RFC 7519, RFC 8725)."""

from __future__ import annotations

import re
import secrets
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from conformance.mock import strict_json
from conformance.mock.call import Claims
from conformance.mock.keys import KeyPair
from conformance.mock.world import Account

ISSUER = "https://id.synq.example"
AUDIENCE = "https://api.synq.example"

LARGEST_TOKEN = 16_384
"""Characters; a genuine token has fewer than 1,000."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KEY_BEARING = frozenset({"jwk", "jku", "x5u", "x5c"})


class BadToken(ValueError):
    """The token is not one of ours, or no longer good."""


class _Registry(jws.JWSRegistry):
    max_header_length = LARGEST_TOKEN


# Header members that mean nothing to us are ignored (RFC 7515 §4); those that matter are checked below.
_REGISTRIES = {name: _Registry(algorithms=[name], strict_check_header=False) for name in ("RS256", "ES256")}


def claims_of(account: Account, now: float, lifetime_s: int) -> dict[str, Any]:
    """What a fresh token says about this account; `now` in seconds since the epoch."""
    issued = int(now)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": account.id,
        "email": account.email,
        "role": account.role,
        "iat": issued,
        "nbf": issued,
        "exp": issued + lifetime_s,
        "jti": secrets.token_urlsafe(16),
    }
    if account.tenant_id is not None:
        claims |= {"tenant_id": account.tenant_id, "org_ids": list(account.org_ids)}
    return claims


def sign(claims: dict[str, Any], keys: KeyPair) -> str:
    """The compact token (RFC 7515 §7.1)."""
    header = {"alg": keys.algorithm, "kid": keys.kid, "typ": "JWT"}
    return jwt.encode(header, claims, keys.private, registry=_REGISTRIES[keys.algorithm])


def verify(token: str, keys: KeyPair) -> Claims:
    """Returns the claims of a token that these keys signed; raises BadToken for any other."""
    if len(token) > LARGEST_TOKEN or not _COMPACT.fullmatch(token):
        raise BadToken("not a compact JWS")
    try:
        _check_header(strict_json.strict_loads(urlsafe_b64decode(token[: token.index(".")].encode("ascii"))), keys)
        signed = jws.deserialize_compact(token, keys.private, registry=_REGISTRIES[keys.algorithm])
        claims = strict_json.strict_loads(signed.payload)
    except BadToken:
        raise
    except (JoseError, ValueError) as error:
        raise BadToken("not a token that these keys signed") from error
    if not isinstance(claims, dict):
        raise BadToken("the payload is not a JSON object")
    return claims


def _check_header(header: object, keys: KeyPair) -> None:
    if not isinstance(header, dict):
        raise BadToken("the header is not a JSON object")
    if header.get("alg") != keys.algorithm:
        raise BadToken("another algorithm")
    if header.get("kid", keys.kid) != keys.kid:
        raise BadToken("another key")
    if str(header.get("typ", "JWT")).upper() != "JWT" or "cty" in header:
        raise BadToken("another kind of token")
    if "crit" in header:
        raise BadToken("a critical extension, and none is understood")
    if not _KEY_BEARING.isdisjoint(header):
        raise BadToken("a key of its own")
