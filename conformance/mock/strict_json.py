"""JSON as RFC 8259 and RFC 7493 have it: UTF-8, no duplicate members, no NaN, no lone surrogates."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def strict_loads(octets: bytes) -> object:
    """Returns the value; raises ValueError for text that is not strict JSON, or is nested too deeply."""
    try:
        value: object = _DECODER.decode(octets.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\u" in octets:  # only an escape can bring a lone surrogate in
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant)
