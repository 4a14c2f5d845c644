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
