"""One operation of an API: a method and a path, and what is needed to ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.http.message import SAFE_METHODS

_PARAMETER = re.compile(r"\{([^{}/]+)\}")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. Its path is a request target, the base URL's path included, with parameters in braces."""

    method: str
    path: str
    roles: tuple[str, ...] = ()
    """The roles that may ask for it; empty if that is not said."""
    safe: bool = False
    """Whether it changes nothing although its method might, such as a search by POST."""
    body: Any = field(default=None, hash=False)
    """A body that it takes; None if it takes none, or none is known."""
    media_type: str = "application/json"
    texts: tuple[str, ...] = ()
    """JSON Pointers to texts in the body that may say anything."""
    creates: str | None = None
    """The path of what it creates, with a parameter that the answer fills."""
    query: Pairs = ()
    """What must stand in the query."""
    headers: Pairs = ()
    """Fields that it wants besides the three."""
    values: Pairs = ()
    """Values that the description gives for parameters of the path, best first."""
    presumed: bool = False
    """Whether it is not said anywhere that it needs credentials, nor that it needs none."""
    unasked: str | None = None
    """Why it is never asked; None if it may be."""

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method not in SAFE_METHODS and not self.safe

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in its path."""
        return parameters_in(self.path)

    @property
    def names_an_object(self) -> bool:
        """Whether its path ends in a parameter."""
        return is_of_an_object(self.path)

    def forbids(self, role: str) -> bool | None:
        """Whether it is kept from this role; None if that is not said."""
        return role not in self.roles if self.roles else None


def parameters_in(path: str) -> tuple[str, ...]:
    """The names of the parameters in a path."""
    return tuple(_PARAMETER.findall(path))


def is_of_an_object(path: str) -> bool:
    """Whether the path's last segment is a parameter: it names one of several things."""
    return _PARAMETER.fullmatch(path.rpartition("/")[2]) is not None


def shape_of(path: str) -> str:
    """The path without its parameters' names, by which two spellings of one path are told to be the same."""
    return _PARAMETER.sub("{}", path)


def with_creations(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The same; a POST to the list in which an object stands creates such an object, unless it says otherwise."""
    operations = tuple(operations)
    objects = {shape_of(one.path): one.path for one in operations if one.names_an_object}

    def created(one: Operation) -> str | None:
        return objects.get(f"{shape_of(one.path)}/{{}}") if one.method == "POST" and one.writes else None

    return tuple(replace(one, creates=one.creates or created(one)) for one in operations)


FREE_BY_NAME = ("name", "title", "text", "label", "description", "comment", "note")
"""Members of a body that mostly may say anything."""


def texts_in(body: object) -> Iterator[str]:
    """JSON Pointers to every text in a body of which no schema is known; those that may say anything come first."""
    found = list(_texts(body, ""))
    yield from sorted(found, key=lambda pointer: pointer.rpartition("/")[2] not in FREE_BY_NAME)


def _texts(value: object, pointer: str) -> Iterator[str]:
    match value:
        case str():
            yield pointer
        case dict():
            for key, member in value.items():
                yield from _texts(member, f"{pointer}/{escaped(str(key))}")
        case list():
            for number, entry in enumerate(value):
                yield from _texts(entry, f"{pointer}/{number}")


def escaped(key: str) -> str:
    """The key as a part of a JSON Pointer (RFC 6901 §3)."""
    return key.replace("~", "~0").replace("/", "~1")


def deletion_of(operations: Iterable[Operation], *shapes: str) -> Operation | None:
    """The documented DELETE of objects whose paths have one of these shapes; None if there is none to be asked."""
    deletions = (one for one in operations if one.method == "DELETE" and one.unasked is None)
    return next((one for one in deletions if shape_of(one.path) in shapes), None)
