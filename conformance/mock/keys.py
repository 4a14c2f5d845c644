"""The key pair that tokens are signed with (RFC 7517, RFC 7518 §3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, RSAKey

ALGORITHMS = ("RS256", "ES256")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """One key pair under one algorithm and one key ID."""

    algorithm: str
    kid: str
    private: RSAKey | ECKey

    def jwks(self) -> dict[str, Any]:
        """The public half as a JWK Set."""
        public = self.private.as_dict(private=False)
        return {"keys": [{**public, "kid": self.kid, "alg": self.algorithm, "use": "sig"}]}

    def private_pem(self) -> str:
        return self.private.as_pem(private=True).decode("ascii")

    def public_pem(self) -> str:
        return self.private.as_pem(private=False).decode("ascii")


@cache
def withdrawn() -> KeyPair:
    """The key that signed before the present one, and was withdrawn; the same in the whole process."""
    return generate("ES256")


def generate(algorithm: str = "RS256") -> KeyPair:
    """New keys; an RSA pair takes 50 to 100 ms. Raises ValueError unless the algorithm is one of ALGORITHMS."""
    if algorithm not in ALGORITHMS:
        raise ValueError(f"algorithm {algorithm!r}: use one of {', '.join(ALGORITHMS)}")
    private = RSAKey.generate_key(2048) if algorithm == "RS256" else ECKey.generate_key("P-256")
    return KeyPair(algorithm, f"synq-{secrets.token_hex(4)}", private)
