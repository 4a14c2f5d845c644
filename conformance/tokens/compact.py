"""Reading and writing the compact form of a token by hand, unverified (RFC 7515 §3.1, RFC 7519 §3)."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Json = dict[str, Any]

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, slots=True)
class Parts:
    """A token taken apart. Nothing in it is verified."""

    header: Json
    claims: Json
    signature: bytes
    segments: tuple[str, str, str]
    """The three segments as they are written."""


def encoded(octets: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decoded(segment: str) -> bytes:
    """Returns the octets of a base64url segment; raises ValueError for padding, a foreign character or unused bits."""
    if not _ALPHABET.issuperset(segment):
        raise ValueError("a character outside base64url")
    try:
        octets = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error as error:
        raise ValueError("a length that no base64url has") from error
    if encoded(octets) != segment:
        raise ValueError("unused bits that are not zero")
    return octets


def compact_json(value: object) -> bytes:
    """JSON without blanks, in UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def joined(header: object, claims: object, signature: bytes = b"") -> str:
    """A token of these parts; `bytes` go in as they are, everything else as JSON."""
    return f"{segment(header)}.{segment(claims)}.{encoded(signature)}"


def segment(content: object) -> str:
    """One segment; `bytes` go in as they are, everything else as JSON."""
    return encoded(content if isinstance(content, bytes) else compact_json(content))


def malformation(token: str) -> str | None:
    """What keeps this text from being a compact JWS (RFC 7515 §5.2), or None if it is one."""
    segments = token.split(".")
    if len(segments) != 3:
        return f"{len(segments)} segments in place of three"
    for name, text in zip(("header", "payload", "signature"), segments, strict=True):
        try:
            decoded(text)
        except ValueError as error:
            return f"{name}: {error}"
    try:
        _object(decoded(segments[0]))
    except ValueError as error:
        return f"header: {error}"
    return None


def decode(token: str) -> Parts | None:
    """The parts of a well-formed JWT, None for any other text."""
    if malformation(token) is not None:
        return None
    header, payload, signature = token.split(".")
    try:
        claims = _object(decoded(payload))
    except ValueError:
        return None
    return Parts(_object(decoded(header)), claims, decoded(signature), (header, payload, signature))


def expires_at(token: str) -> float | None:
    """When the token says it expires, in seconds since the epoch; None if it does not say."""
    return _date(token, "exp")


def issued_at(token: str) -> float | None:
    """When the token says it was issued, in seconds since the epoch; None if it does not say."""
    return _date(token, "iat")


def same_token(one: str, other: str) -> bool:
    """Whether a lenient reader takes both for one token.

    What is signed is the same text, and the signature, which is all behind the second dot, the same octets once
    characters outside base64url and unused bits are left out.
    """
    *signed, signature = one.split(".", 2)
    *other_signed, other_signature = other.split(".", 2)
    return signed == other_signed and _leniently(signature) == _leniently(other_signature)


def _leniently(text: str) -> bytes:
    kept = "".join(char for char in text.replace("+", "-").replace("/", "_") if char in _ALPHABET)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4))


@lru_cache(maxsize=64)
def _date(token: str, claim: str) -> float | None:
    parts = decode(token)
    value = None if parts is None else parts.claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def _object(octets: bytes) -> Json:
    try:
        value = json.loads(octets.decode("utf-8"), object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("JSON that is not an object")  # noqa: TRY004 - one error for all that is malformed
    return value


def _unique(members: list[tuple[str, Any]]) -> Json:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member that occurs twice")
    return found
