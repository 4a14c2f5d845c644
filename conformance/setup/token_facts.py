"""What a token says of itself, read and not verified, for the person who supplies it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from conformance.contract.durations import HOUR_S, MINUTE_S
from conformance.tokens import decode, expires_at, issued_at


def time_left_s(token: str) -> float | None:
    """Seconds until it is over; None if it does not say."""
    expiry = expires_at(token)
    return None if expiry is None else expiry - time.time()


def life_in_words(token: str) -> str:
    """How long it lives, and how long it has left."""
    left, issued, expiry = time_left_s(token), issued_at(token), expires_at(token)
    if left is None or expiry is None:
        return "does not say when it ends" if decode(token) else "is no JWT, so it says nothing of itself"
    if left <= 0:
        return f"was over {span_in_words(-left)} ago, at {moment(expiry)}"
    lives = "" if issued is None else f"lives {span_in_words(expiry - issued)}, "
    return f"{lives}has {span_in_words(left)} left"


def moment(seconds: float) -> str:
    """The time as a reader writes it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} s after 1970"


def span_in_words(seconds: float) -> str:
    """A span of time, rounded: "59 min", "1 h 5 min", "40 s"."""
    minutes, hours = round(seconds / MINUTE_S), int(seconds // HOUR_S)
    if seconds < 2 * MINUTE_S:
        return f"{seconds:.0f} s"
    if minutes < 2 * HOUR_S // MINUTE_S:
        return f"{minutes} min"
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


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
