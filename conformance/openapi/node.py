"""A place in a description: what stands there, references followed, and what to call it if it is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.typing import URI

from conformance.openapi.document import DescriptionError, Fetch, data_at, is_url

MOST_HOPS = 32
"""From a reference to a reference."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a description. `place` is dotted, such as paths."/products".get."""

    value: Any
    source: str
    """The file or the address of the description that was named."""
    place: str
    resolver: Any
    """Of referencing, for what stands in the same file."""

    def wrong(self, problem: str) -> DescriptionError:
        """What to raise of this place."""
        return DescriptionError(f"{self.source}: {self.place or 'the document'}: {problem}")

    def mapping(self) -> dict[str, Any]:
        """Returns the object that stands here; raises DescriptionError if something else does."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"must be an object, not {_kind(self.value)}")
        return self.value

    def get(self, key: str) -> Node | None:
        """What stands under this key, None if nothing does."""
        members = self.mapping()
        return self._child(members[key], key) if key in members else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """The members of the object that stands here."""
        for key, value in self.mapping().items():
            yield str(key), self._child(value, str(key))

    def entries(self) -> Iterator[Node]:
        """The entries of the array that stands here; raises DescriptionError if something else does."""
        if not isinstance(self.value, list):
            raise self.wrong(f"must be an array, not {_kind(self.value)}")
        for number, value in enumerate(self.value):
            yield self._followed(Node(value, self.source, f"{self.place}[{number}]", self.resolver))

    def text(self) -> str:
        """Returns the text that stands here; raises DescriptionError if something else does."""
        if not isinstance(self.value, str):
            raise self.wrong(f"must be a text, not {_kind(self.value)}")
        return self.value

    def _child(self, value: Any, key: str) -> Node:  # noqa: ANN401 - parsed JSON, of any shape
        word = key if _PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)
        return self._followed(Node(value, self.source, f"{self.place}.{word}".lstrip("."), self.resolver))

    def _followed(self, node: Node) -> Node:
        """The node, or what it refers to; what stands beside the reference is passed over."""
        for _ in range(MOST_HOPS):
            match node.value:
                case {"$ref": str(reference)}:
                    node = Node(*_looked_up(node, reference))
                case _:
                    return node
        raise node.wrong("its references go round in a circle")


def root_of(data: Any, source: str, fetch: Fetch) -> Node:  # noqa: ANN401 - parsed JSON, of any shape
    """The whole document, as the place from which the others are found."""
    address = source if is_url(source) else Path(source).resolve().as_uri()

    def retrieve(uri: URI) -> Resource[Any]:
        if not _may_be_read(uri, address):
            raise NoSuchResource(ref=uri)  # type: ignore[call-arg] # the same
        return Resource.opaque(data_at(uri, fetch))

    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg] # of attrs, which mypy does not see
    registry = registry.with_resource(address, Resource.opaque(data))
    return Node(data, source, "", registry.resolver(base_uri=address))


def _may_be_read(uri: str, beside: str) -> bool:
    """Whether a reference may lead there: files from files, and an address from one of the same origin."""
    there, here = urlsplit(urljoin(beside, uri)), urlsplit(beside)
    return (there.scheme, there.netloc) == (here.scheme, here.netloc)


def _looked_up(node: Node, reference: str) -> tuple[Any, str, str, Any]:
    try:
        found = node.resolver.lookup(reference)
    except Unresolvable as error:
        cause = error.__cause__ and error.__cause__.__cause__
        because = f" ({cause})" if isinstance(cause, DescriptionError) else ""
        raise node.wrong(f"refers to {reference}, and there is no such thing{because}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise node.wrong(f"refers to {reference}, which is no reference") from error
    return found.contents, node.source, node.place, found.resolver


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "an array"
    return "an object"
