"""TOML against a dataclass, strictly: one style of message for every file that the suite reads.

A file that cannot be used is refused with a line for each thing that is wrong with it: `FILE: key.path: what is wrong,
and what to do`. An entry of an array of tables is called by its name if it has one, and by its number from 1 if not:
`waiver[token-expired].ticket`, `setup[#2]`.

This module imports nothing else of the suite, so that every part of it may use it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

KeyPath = tuple[str | int, ...]
"""Keys, and numbers of entries from 0."""
Problem = tuple[KeyPath, str]
"""What is wrong, and what to do; and at which key."""
Refuse = Callable[[str], Exception]
"""Makes the error that is raised of a message of one line a problem."""

FORBID_UNKNOWN = {"extra": "forbid"}
"""The `__pydantic_config__` of a dataclass whose keys are all that its table may have."""
DEEPEST = 100
"""Tables and arrays in one another; pydantic follows no more than twice as many."""
_DATE = "\0date"
"""The only key of the JSON object that stands for a date or a time of TOML."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a value must be beyond its type; pydantic calls it once the type is right."""

    judge: Callable[[Any], Any]
    """Returns the value, tidied; raises ValueError, which says what the value must be."""

    def __get_pydantic_core_schema__(self, source: object, handler: Callable[[object], Any]) -> object:
        from pydantic_core import core_schema  # late, to spare start-up

        return core_schema.no_info_after_validator_function(self.judge, handler(source))


@dataclass(frozen=True, slots=True)
class _Day:
    """Takes a date of TOML, and no string that looks like one."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> object:
        from pydantic_core import core_schema  # late, to spare start-up

        return core_schema.no_info_plain_validator_function(_day)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(value[_DATE] if isinstance(value, dict) else "")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("must be a date such as 2027-01-31, without quotes and without a time") from error


def _words(value: str) -> str:
    if not (words := value.strip()):
        raise ValueError("is empty; write one")
    return words


Day = Annotated[date, _Day()]
Words = Annotated[str, Check(_words)]
"""A string without the blanks around it; of which something must be left."""


def read(kind: type[T], path: Path, refuse: Refuse, further: Callable[[T], Iterable[Problem]] = lambda _: ()) -> T:
    """The file's content as this dataclass; raises what `refuse` makes of the problems.

    `further` gives the problems that no type tells, of a content whose types are right.
    """
    return parse(kind, read_text(path, refuse), str(path), refuse, further)


def parse(
    kind: type[T], text: str, source: str, refuse: Refuse, further: Callable[[T], Iterable[Problem]] = lambda _: ()
) -> T:
    """The same of a text; `source` is what the problems call it."""
    data = tables(text, source, refuse)
    value, problems = validate(kind, data)
    if value is not None:
        problems = tuple(further(value))
    if value is None or problems:
        raise refuse("\n".join(f"{source}: {dotted(path, data)}: {problem}" for path, problem in problems))
    return value


def read_text(path: Path, refuse: Refuse) -> str:
    """The file's text, without a byte order mark; raises what `refuse` makes of the reason why there is none."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise refuse(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refuse(f"{path}: is not UTF-8 text (octet {error.start}), as TOML must be") from error


def tables(text: str, source: str, refuse: Refuse) -> dict[str, Any]:
    """What the text says, whatever it is; raises what `refuse` makes of a text that is not TOML."""
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise refuse(f"{source}: is nested too deeply: more than {DEEPEST} tables and arrays in one another") from error
    except ValueError as error:  # an endless number is one, and no TOMLDecodeError
        raise refuse(f"{source}: is not valid TOML: {error}") from error
    if complaint := _beyond(data):
        raise refuse(f"{source}: {complaint}")
    return data


def validate(kind: type[T], data: Mapping[str, Any]) -> tuple[T | None, tuple[Problem, ...]]:
    """The data as this dataclass, or None and what is wrong.

    The dataclass has `__pydantic_config__ = FORBID_UNKNOWN`, and so has every one inside it. No problem repeats the
    value that it speaks of, which may be a secret.
    """
    from pydantic import ValidationError  # late, to spare start-up

    try:
        # By way of JSON, since strict pydantic takes a dict for a dataclass, and a list for a tuple, there only.
        adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type] # a type can be hashed, which mypy denies
        value = adapter.validate_json(json.dumps(data, default=_marked), strict=True)
    except ValidationError as error:
        return None, tuple(
            (each["loc"], _problem(kind, each["loc"], each["type"], each)) for each in error.errors(include_url=False)
        )
    return value, ()


def dotted(path: KeyPath, data: object = None) -> str:
    """The path as a reader is shown it; entries of arrays are called by the names that they have in `data`."""
    shown, here = "", data
    for part in path:
        if isinstance(part, int):
            entries = here if isinstance(here, list) else []
            shown += f"[{_entry(entries, part)}]"
            here = entries[part] if part < len(entries) else None
        else:
            shown += ("." if shown else "") + (part if _BARE.fullmatch(part) else json.dumps(part))
            here = here.get(part) if isinstance(here, Mapping) else None
    return shown


def meant(name: str, known: Collection[str], otherwise: str = "") -> str:
    """Which of the known names a misspelt one is likely to stand for, as a clause; `otherwise` if it is like none."""
    from difflib import get_close_matches  # late, to spare start-up

    near = get_close_matches(name, known, n=1)
    return f'; did you mean "{near[0]}"?' if near else otherwise


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    from pydantic import TypeAdapter  # late, to spare start-up

    return TypeAdapter(kind)


def _marked(value: object) -> dict[str, str]:
    """What stands in JSON for a value that it does not have."""
    if isinstance(value, date | datetime | time):
        return {_DATE: value.isoformat()}
    raise TypeError(f"TOML has no {type(value).__name__}")


def _beyond(data: dict[str, Any]) -> str | None:
    """What is beyond the bounds within which the data can be looked at, which are wider than any right file."""
    level: list[object] = [data]
    for _ in range(DEEPEST):
        if any(isinstance(one, int) and not -(2**63) <= one < 2**63 for one in level):
            return "is not valid TOML: a number has more than 64 bits"
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return None
    return f"is nested too deeply: more than {DEEPEST} tables and arrays in one another"


def _inside(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
    return ()


def _entry(entries: list[Any], number: int) -> str:
    names = [
        next((one[key] for key in ("id", "name", "rule") if isinstance(one.get(key), str)), "")
        if isinstance(one, dict)
        else ""
        for one in entries
    ]
    name = names[number] if number < len(names) else ""
    return name if _PLAIN.fullmatch(name) and names.count(name) == 1 else f"#{number + 1}"


def _problem(kind: type, path: KeyPath, error: str, details: Mapping[str, Any]) -> str:
    match error:
        case "missing":
            return "is missing and must be given"
        case "unexpected_keyword_argument":
            known = [each.name for each in fields(_table(kind, path[:-1]))]
            return "unknown key" + meant(str(path[-1]), known, f"; known here: {', '.join(known)}")
        case "value_error":
            return str(details["ctx"]["error"])
        case "literal_error" | "enum":
            return f"must be {details['ctx']['expected']}"
        case "too_long":
            return f"must have at most {details['ctx']['max_length']} entries, not {details['ctx']['actual_length']}"
        case _ if error in _TYPES:
            return f"must be {_TYPES[error]}, not {_type_of(details['input'])}"
    return str(details["msg"])


def _table(kind: Any, path: KeyPath) -> Any:  # noqa: ANN401 - any type that a dataclass may have inside
    """The dataclass to which the path leads from that one."""
    for part in path:
        kind = get_type_hints(kind)[str(part)] if is_dataclass(kind) else _held(kind)
        if get_origin(kind) in {Union, UnionType}:
            kind = _held(kind)
    return kind


def _held(kind: Any) -> Any:  # noqa: ANN401 - the same
    """What a tuple or a table of that type has in it, or what is optional by it."""
    return [each for each in get_args(kind) if each not in (NoneType, Ellipsis)][-1]


def _type_of(value: object) -> str:
    if isinstance(value, dict) and _DATE in value:
        return "a date"
    return _NAMES.get(type(value), "this")


_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[\w .:/()-]{1,60}", re.ASCII)
_TYPES = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "an array",
    "dict_type": "a table",
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
