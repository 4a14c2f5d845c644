"""Passwords at rest: salted scrypt (RFC 7914), never the password itself."""

from __future__ import annotations

import hashlib
import hmac

_COST = 2**6
"""Far below what real passwords need (2**17): these are published test data, and a run signs in thousands
of times. One hash takes about 0.1 ms."""


def hashed(password: str, salt: bytes) -> bytes:
    """The 32 octets that stand for this password under this salt."""
    return hashlib.scrypt(password.encode("utf-8"), salt=salt, n=_COST, r=8, p=1, dklen=32)


def matches(password: str, salt: bytes, digest: bytes) -> bool:
    """Whether this is the password that was hashed; takes the same time either way."""
    return hmac.compare_digest(hashed(password, salt), digest)
