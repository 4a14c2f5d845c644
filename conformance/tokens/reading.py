"""What a token says of its holder, read and not verified."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.tokens.compact import decode

Place = tuple[str, ...]
"""The names that lead to a value in the claims; which element of a list it is does not matter."""
NAME = "(its name)"
ROLES = ("role", "roles")
RIGHTS = (*ROLES, "permission", "permissions", "scope", "scopes", "scp", "group", "groups", "authorities")
"""The last word of what such claims are called."""
_WORDS = re.compile(r"[^a-z0-9]+")


def names(token: str, value: str) -> bool | None:
    """Whether one of its claims is this text; None if it cannot be read."""
    parts = decode(token)
    return None if parts is None else any(text == value for _, text in _said(parts.claims))


def names_as(token: str, value: str, own: str) -> bool:
    """Whether its claims name this in a place in which they name what is its own, such as a list of organizations."""
    parts = decode(token)
    if parts is None:
        return False
    of_value, of_own = ({place for place, text in _said(parts.claims) if text == one} for one in (value, own))
    return not of_value.isdisjoint(of_own)


def rights_in(token: str) -> tuple[tuple[Place, str], ...]:
    """What its claims on role, permissions and the like say, wherever they stand; nothing if none is called a role."""
    parts = decode(token)
    claims = {} if parts is None else parts.claims
    said = [(place, text) for place, text in _said(claims) if _last_word(place) in RIGHTS]
    return tuple(sorted(said)) if any(_last_word(place) in ROLES for place, _ in said) else ()


def _last_word(place: Place) -> str:
    return _WORDS.split(place[-1].lower())[-1]


def _said(value: object, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text, number and member's name in the claims, with its place."""
    match value:
        case dict():
            for name, one in value.items():
                yield (*place, NAME), str(name)
                yield from _said(one, (*place, str(name)))
        case list():
            for one in value:
                yield from _said(one, place)
        case str() | int():
            yield place, str(value)
