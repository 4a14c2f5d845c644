"""Tokens read without any of the care that a verifier takes."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from joserfc.jws import JWSRegistry

HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def opened_segment(segment: str) -> bytes:
    """The octets of a base64url segment, padded or not; empty if it is not base64url."""
    try:
        return base64.urlsafe_b64decode(segment.rstrip("=").encode("ascii") + b"==")
    except ValueError:
        return b""


def closed_segment(octets: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def members(segment: str) -> dict[str, Any]:
    """The JSON object in a segment; empty if there is no such object."""
    return json_object(opened_segment(segment))


def json_object(text: bytes | str) -> dict[str, Any]:
    """The JSON object that the text is; empty if it is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def pairs(segment: str) -> list[tuple[str, Any]]:
    """The members of the JSON object in a segment, including duplicates; none if there is no object."""
    try:
        found = json.loads(opened_segment(segment), object_pairs_hook=lambda members: members)
    except (ValueError, RecursionError):
        return []
    return found if found and all(isinstance(member, tuple) for member in found) else []


def header(token: str) -> dict[str, Any]:
    """The token's header, unverified."""
    return members(token.split(".", maxsplit=1)[0])


def claims(token: str) -> dict[str, Any] | None:
    """The token's claims, unverified; None if they are no JSON object."""
    segments = token.split(".")
    return (members(segments[1]) or None) if len(segments) >= 2 else None


def signature_of(token: str) -> bytes:
    """The octets of the third segment."""
    segments = token.split(".")
    return opened_segment(segments[2]) if len(segments) >= 3 else b""


def keyed_with(token: str, secret: bytes) -> bool:
    """Whether the token's HMAC has this secret, empty or not."""
    digest = HASHES.get(str(header(token).get("alg"))) if token.count(".") == 2 else None
    if digest is None:
        return False
    text = token.rpartition(".")[0].encode("utf-8")
    return hmac.compare_digest(hmac.digest(secret, text, digest), signature_of(token))


def signature_by(token: str, key: Any, algorithm: str) -> bytes:  # noqa: ANN401 - any key of joserfc
    """The signature that this key makes over the token's first two segments."""
    return JWSRegistry(algorithms=[algorithm]).get_alg(algorithm).sign(token.rpartition(".")[0].encode(), key)


def signed_with(token: str, key: Any, algorithms: tuple[str, ...] = ("RS256", "ES256")) -> bool:  # noqa: ANN401 - any key of joserfc
    """Whether this key signed the token under one of these algorithms."""
    algorithm = str(header(token).get("alg"))
    if algorithm not in algorithms:
        return False
    model = JWSRegistry(algorithms=[algorithm]).get_alg(algorithm)
    text = token.rpartition(".")[0].encode("utf-8")
    return model.key_type == key.key_type and bool(model.verify(text, signature_of(token), key))
