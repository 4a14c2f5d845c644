"""What the claims of a verified token must say (RFC 7519 §4.1, RFC 8725 §3.8 and §3.9)."""

from __future__ import annotations

from typing import Any

from joserfc.errors import JoseError
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from conformance.mock.call import Claims
from conformance.mock.tokens import AUDIENCE, ISSUER, BadToken

OPTIONS: dict[str, ClaimsOption] = {
    "iss": {"essential": True, "value": ISSUER},
    "aud": {"essential": True, "value": AUDIENCE},
    "sub": {"essential": True},
    "iat": {"essential": True},
    "exp": {"essential": True},
    "jti": {"essential": True},
}
TIMES = ("exp", "nbf", "iat")


def check(claims: Claims, now: float, lifetime_s: int, *, leeway_s: int = 0, options: dict[str, Any] = OPTIONS) -> None:
    """Raises BadToken unless the claims hold at `now` (seconds since the epoch) for no more than a lifetime."""
    if any(isinstance(claims.get(name), float) for name in TIMES):
        raise BadToken("Synq dates its tokens in whole seconds")
    try:
        JWTClaimsRegistry(now=int(now), leeway=leeway_s, **options).validate(dict(claims))
    except JoseError as error:
        raise BadToken("the claims do not hold") from error
    if claims["exp"] - claims["iat"] > lifetime_s:
        raise BadToken("it outlives Synq's tokens")
