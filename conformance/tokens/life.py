"""How long a token lives and has left, by its own claims, which are not verified here."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from conformance.contract.durations import HOUR_S, MINUTE_S
from conformance.tokens.compact import decode, expires_at, issued_at


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
