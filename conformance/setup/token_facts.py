"""What a token says of itself, read and not verified, for the person who supplies it."""

from __future__ import annotations

import json
import time

from conformance.tokens import decode
from conformance.tokens.life import span_in_words, time_left_s


def names(token: str, value: str) -> bool | None:
    """Whether one of its claims has this text in it; None if it cannot be read."""
    parts = decode(token)
    return None if parts is None else json.dumps(value) in json.dumps(parts.claims)


def claim(token: str, name: str) -> object:
    """The claim of this name; None if there is none, or the token cannot be read."""
    parts = decode(token)
    return None if parts is None else parts.claims.get(name)


def issue_of(name: str, token: str, valid: str) -> str | None:
    """Why this token is not what its name in the profile says, by its own claims; None if they agree with it."""
    if decode(token) is None:
        return None
    left = time_left_s(token)
    if name == "expired":
        return None if left is not None and left <= 0 else "by its own claims it is not over: supply one that is"
    if left is not None and left <= 0:
        return f"it was over {span_in_words(-left)} ago, so that its refusal proves nothing: supply one that is not"
    not_before = claim(token, "nbf")
    match name:
        case "not_yet_valid" if not (isinstance(not_before, int | float) and not_before > time.time()):
            return "its nbf does not lie ahead: supply one whose does"
        case "wrong_issuer" if claim(token, "iss") == claim(valid, "iss"):
            return "its iss is that of tokens.valid: supply one of another issuer"
        case "wrong_audience" if claim(token, "aud") == claim(valid, "aud"):
            return "its aud is that of tokens.valid: supply one for another audience"
        case "no_expiry" if left is not None:
            return "it has an exp: supply one that has none"
    return None
