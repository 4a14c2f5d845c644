"""Values that a schema takes: an example if it gives one, else the least that is right by its types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.openapi.node import Node
from conformance.openapi.operation import escaped

DEEPEST = 8
SHORTEST_ROOM = 24
"""Characters that a text must have room for, so that something can be written there by which it is found again."""
ANYTHING = "probe 0a1b2c3d"
"""What a text that may say anything can say."""
_BY_FORMAT = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "probe@example.com",
    "uri": "https://example.com/probe",
    "url": "https://example.com/probe",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


def example_of(holder: Node) -> Node | None:
    """What a media type, a parameter or a schema gives as an example; None if it gives none."""
    if (example := holder.get("example")) is not None:
        return example
    examples = holder.get("examples")
    match None if examples is None else examples.value:
        case dict() as named if examples is not None and named:
            first = next((one for _, one in examples.items()), None)
            return first.get("value") if first is not None and isinstance(first.value, dict) else None
        case list() as listed if examples is not None and listed:
            return next(examples.entries())
    return None


def sample(schema: Node | None, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """A value of this schema, as well as it can be told; whether it is taken is for the control to show."""
    if schema is None or not isinstance(schema.value, dict) or depth > DEEPEST:
        return None
    if (given := _given(schema)) is not None:
        return given.value
    for together in ("oneOf", "anyOf"):
        if (choices := schema.get(together)) is not None:
            for choice in choices.entries():
                if _kind_of(choice) != "null":
                    return sample(choice, depth + 1)
    parts = [sample(part, depth + 1) for part in _parts(schema)]
    if parts and all(isinstance(part, dict) for part in parts):
        return {key: value for part in (*parts, _object(schema, depth)) for key, value in part.items()}
    if parts and "type" not in schema.value:
        return parts[0]
    return _of_kind(schema, depth)


def _given(schema: Node) -> Node | None:
    """What the schema itself gives: its constant, its first choice, its example, its default."""
    choices = schema.get("enum")
    first = None if choices is None else next(choices.entries(), None)
    found = (schema.get("const"), first, example_of(schema), schema.get("default"))
    return next((one for one in found if one is not None and one.value is not None), None)


def _parts(schema: Node) -> Iterator[Node]:
    parts = schema.get("allOf")
    if parts is not None:
        yield from parts.entries()


def _kind_of(schema: Node) -> str:
    kinds = schema.value.get("type") if isinstance(schema.value, dict) else None
    if isinstance(kinds, list):
        return next((str(kind) for kind in kinds if kind != "null"), "null")
    return str(kinds) if kinds else "object" if isinstance(schema.value, dict) and "properties" in schema.value else ""


def _of_kind(schema: Node, depth: int) -> Any:  # noqa: ANN401 - any JSON value
    match _kind_of(schema):
        case "object":
            return _object(schema, depth)
        case "array":
            least = schema.value.get("minItems", 0)
            return [sample(schema.get("items"), depth + 1)] * (least if isinstance(least, int) and least < 100 else 1)
        case "integer" | "number":
            least = schema.value.get("minimum")
            return least if isinstance(least, int | float) and not isinstance(least, bool) else 1
        case "boolean":
            return True
        case "null":
            return None
    return _text(schema)


def _object(schema: Node, depth: int) -> dict[str, Any]:
    required, properties = schema.value.get("required"), schema.get("properties")
    if not isinstance(required, list) or properties is None:
        return {}
    wanted = (name for name in required if isinstance(name, str))
    found = ((name, properties.get(name)) for name in wanted)
    return {name: sample(one, depth + 1) for name, one in found if not _is_read_only(one)}


def _is_read_only(schema: Node | None) -> bool:
    return schema is not None and isinstance(schema.value, dict) and schema.value.get("readOnly") is True


def _text(schema: Node) -> str:
    text = _BY_FORMAT.get(str(schema.value.get("format")), ANYTHING)
    least, most = schema.value.get("minLength"), schema.value.get("maxLength")
    if isinstance(least, int) and len(text) < least < 10_000:
        text += "x" * (least - len(text))
    return text[:most] if isinstance(most, int) and most >= 0 else text


def free_texts(value: object, schema: Node | None, pointer: str = "", depth: int = 0) -> Iterator[str]:
    """JSON Pointers to the texts of this value that may say anything; what the schema does not describe is left out."""
    if depth > DEEPEST or schema is None or not isinstance(schema.value, dict):
        return
    for part in _parts(schema):
        yield from free_texts(value, part, pointer, depth + 1)
    for together in ("oneOf", "anyOf"):
        if (choices := schema.get(together)) is not None and (first := next(choices.entries(), None)) is not None:
            yield from free_texts(value, first, pointer, depth + 1)
    match value:
        case str() if _may_say_anything(schema):
            yield pointer
        case dict() if (properties := schema.get("properties")) is not None:
            for key, member in value.items():
                yield from free_texts(member, properties.get(str(key)), f"{pointer}/{escaped(str(key))}", depth + 1)
        case list():
            for number, entry in enumerate(value):
                yield from free_texts(entry, schema.get("items"), f"{pointer}/{number}", depth + 1)


def _may_say_anything(schema: Node) -> bool:
    most, pattern = schema.value.get("maxLength"), schema.value.get("pattern")
    bound = {"enum", "const", "format"} & set(schema.value) or _kind_of(schema) not in {"string", ""}
    short = isinstance(most, int) and most < SHORTEST_ROOM
    return not bound and not short and (pattern is None or _fits(pattern))


def _fits(pattern: object) -> bool:
    try:
        return isinstance(pattern, str) and re.search(pattern, ANYTHING) is not None
    except re.error:
        return False
