"""Whether two texts are one token to a reader who writes the header that it read once more, and verifies that."""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache

_SEGMENTS = re.compile(r"([A-Za-z0-9_+/-]+)=*\.([A-Za-z0-9_+/-]+)=*\.([A-Za-z0-9_+/-]+)=*")


def is_respelled(one: str, other: str) -> bool:
    """Whether both have the same JSON in their header, whatever stands behind it, and else the same octets.

    jwx 2 takes both. Nothing is gained by that: what the token says is what was signed.
    """
    read, read_other = _read(one), _read(other)
    return read is not None and read == read_other


@lru_cache(maxsize=256)
def _read(token: str) -> tuple[str, bytes, bytes] | None:
    """The header's JSON, payload and signature; None for a text that has none of it."""
    segments = _SEGMENTS.fullmatch(token)
    if segments is None:
        return None
    header, payload, signature = map(_octets, segments.groups())
    try:
        value, _ = json.JSONDecoder().raw_decode(header.decode("utf-8", "replace").lstrip())
    except (ValueError, RecursionError):
        return None
    return (json.dumps(value, sort_keys=True), payload, signature) if isinstance(value, dict) else None


def _octets(segment: str) -> bytes:
    text = segment.replace("+", "-").replace("/", "_")
    text = text[:-1] if len(text) % 4 == 1 else text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
