"""The tokens that a profile supplies: whether each is what its name says, read from its own claims and not verified."""

from __future__ import annotations

import time
from dataclasses import fields, replace

from conformance.config.profile import Target, Tokens
from conformance.contract.durations import BEYOND_LEEWAY_S
from conformance.tokens import decode
from conformance.tokens.life import span_in_words, time_left_s


def set_aside(target: Target) -> tuple[Target, tuple[str, ...]]:
    """The target without the supplied tokens that cannot show what their names say, and what to note of each.

    A token of another issuer that is over is refused for that, and one that is not over is no expired one.
    """
    tokens, valid = target.tokens, target.tokens.valid or ""
    supplied = {one.name: getattr(tokens, one.name) for one in fields(Tokens) if one.name != "valid"}
    issues = {name: issue_of(name, token, valid) for name, token in supplied.items() if token is not None}
    unusable = {name: issue for name, issue in issues.items() if issue is not None}
    left = replace(tokens, **dict.fromkeys(unusable))
    notes = tuple(f"tokens.{name} was not used: {issue}" for name, issue in unusable.items())
    return replace(target, tokens=left), notes


def issue_of(name: str, token: str, valid: str) -> str | None:
    """Why this token is not what its name in the profile says, by its own claims; None if they agree with it."""
    if decode(token) is None:
        return None
    left = time_left_s(token)
    if name == "expired":
        if left is None or left > 0:
            return "by its own claims it is not over: supply one that is"
        leeway = f"it was over {span_in_words(-left)} ago, and a leeway of a quarter of an hour breaks no required rule"
        return None if left < -BEYOND_LEEWAY_S else f"{leeway}: supply one that has been over for longer"
    if left is not None and left <= 0:
        return f"it was over {span_in_words(-left)} ago, so that its refusal proves nothing: supply one that is not"
    not_before = _claim(token, "nbf")
    match name:
        case "not_yet_valid" if not (isinstance(not_before, int | float) and not_before > time.time()):
            return "its nbf does not lie ahead: supply one whose does"
        case "wrong_issuer" if _claim(token, "iss") == _claim(valid, "iss"):
            return "its iss is that of tokens.valid: supply one of another issuer"
        case "wrong_audience" if _claim(token, "aud") == _claim(valid, "aud"):
            return "its aud is that of tokens.valid: supply one for another audience"
        case "no_expiry" if left is not None:
            return "it has an exp: supply one that has none"
    return None


def _claim(token: str, name: str) -> object:
    """The claim of this name; None if there is none, or the token cannot be read."""
    parts = decode(token)
    return None if parts is None else parts.claims.get(name)
