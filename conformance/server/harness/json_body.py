"""What a JSON body holds. A target may send anything in its place: what cannot be read holds nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
"""An array index of RFC 6901. Nine digits are enough for any array in an answer."""


def json_in(body: bytes) -> object:
    """The body's JSON value; None if it is not JSON, or nested too deeply to be read."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def json_values(body: bytes) -> Iterator[object]:
    """Every value in the body, a list or an object before what it holds; None alone if the body is not JSON."""
    waiting = [json_in(body)]
    while waiting:
        value = waiting.pop()
        yield value
        match value:
            case list() as items:
                waiting += items
            case dict() as members:
                waiting += members.values()


def pointer_keys(pointer: str) -> list[str]:
    """The keys that a JSON Pointer goes by, unescaped (RFC 6901 §4)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def json_at(body: bytes, pointer: str) -> object:
    """What the JSON Pointer (RFC 6901) finds in the body, None if it finds nothing."""
    value = json_in(body)
    for key in pointer_keys(pointer):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def in_one_order(body: bytes) -> bytes:
    """The body's JSON with members and items sorted, since a server may give both in another order each time.

    The body as it is if it is not JSON.
    """
    try:
        return json.dumps(_sorted(json.loads(body))).encode()
    except (ValueError, RecursionError):
        return body


def _sorted(value: object) -> object:
    match value:
        case dict():
            return {key: _sorted(value[key]) for key in sorted(value)}
        case list():
            return sorted((_sorted(one) for one in value), key=json.dumps)
        case _:
            return value


def says_the_same(one: bytes, other: bytes, again: bytes) -> bool:
    """Whether `one` says what `other` says, apart from what changes with each request.

    `again` is the answer to the request of `other` sent once more: values that differ between these two change by
    themselves. Of two that differ in more than values nothing can be said: see differ_in_values_alone.
    """
    if in_one_order(other) == in_one_order(again):
        return in_one_order(one) == in_one_order(other)
    return _alike(json_in(one), json_in(other), json_in(again))


def _alike(one: object, other: object, again: object) -> bool:
    match one, other, again:
        case dict(), dict(), dict() if other.keys() == again.keys():
            return one.keys() == other.keys() and all(_alike(one[key], other[key], again[key]) for key in other)
        case list(), list(), list() if len(other) == len(again):
            return len(one) == len(other) and all(map(_alike, one, other, again))
        case _:
            return one == other or (other != again and type(one) is type(other))


def differ_in_values_alone(one: bytes, other: bytes) -> bool:
    """Whether the two are JSON of one shape with a value in common, so that a change of that could be told."""
    first, second = json_in(one), json_in(other)
    if first is None or second is None:
        return False
    leaves = list(_leaves(first, second))
    return None not in leaves and any(leaves)


def _leaves(one: object, other: object) -> Iterator[bool | None]:
    """For each value that holds no others whether both have the same; None for each place where the shapes differ."""
    match one, other:
        case (dict() | list(), dict() | list()) if not one and not other:
            yield one == other or None
        case dict(), dict():
            if one.keys() != other.keys():
                yield None
                return
            for key in one:
                yield from _leaves(one[key], other[key])
        case list(), list():
            if len(one) != len(other):
                yield None
                return
            for first, second in zip(one, other, strict=True):
                yield from _leaves(first, second)
        case _:
            yield None if isinstance(one, dict | list) or isinstance(other, dict | list) else one == other
