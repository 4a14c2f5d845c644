"""What a token says of itself, read and not verified, for the person who supplies it."""

from __future__ import annotations

import json

from conformance.tokens import decode


def names(token: str, value: str) -> bool | None:
    """Whether one of its claims has this text in it; None if it cannot be read."""
    parts = decode(token)
    return None if parts is None else json.dumps(value) in json.dumps(parts.claims)
