"""Nested data against a dataclass, strictly, with a problem for each key in its author's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")


def validate(kind: type[T], data: Mapping[str, Any]) -> tuple[T | None, dict[str, str]]:
    """The data as that class, or None and what is wrong: dotted key -> what to do.

    The dataclass forbids unknown keys by `__pydantic_config__ = {"extra": "forbid"}`. No problem repeats the
    value that it speaks of, which may be a secret.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        # By way of JSON, since strict pydantic takes a dict for a dataclass there only.
        return TypeAdapter(kind).validate_json(json.dumps(data, default=str), strict=True), {}
    except ValidationError as error:
        return None, {
            ".".join(map(str, each["loc"])): _problem(kind, each["loc"], each["type"], each)
            for each in error.errors(include_url=False)
        }


def _problem(kind: type, path: tuple[int | str, ...], error: str, details: Mapping[str, Any]) -> str:
    match error:
        case "missing":
            return "is missing and must be given"
        case "unexpected_keyword_argument":
            return _unknown(kind, *map(str, path))
        case "value_error":
            return str(details["ctx"]["error"])
        case "literal_error":
            return f"must be {details['ctx']['expected']}"
        case _ if error in _TYPES:
            return f"must be {_TYPES[error]}, not {_NAMES.get(type(details['input']), 'this')}"
    return str(details["msg"])


def _unknown(kind: Any, key: str, *rest: str) -> str:  # noqa: ANN401 - any dataclass type
    if rest:
        hint = get_type_hints(kind)[key]
        return _unknown(next(each for each in (hint, *get_args(hint)) if is_dataclass(each)), *rest)
    known = [each.name for each in fields(kind)]
    near = get_close_matches(key, known, n=1)
    return "unknown key; " + (f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}")


_TYPES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "float_type": "a number",
    "dataclass_type": "a table",
}
_NAMES = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "a table",
}
