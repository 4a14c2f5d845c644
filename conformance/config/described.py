"""What a profile says of the target's operations: a description in OpenAPI, a table of its own, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as File
from typing import Any

from conformance.config.types import Method, Path, Text, Url
from conformance.http.message import path_of
from conformance.openapi.operation import Operation, shape_of, texts_in, with_creations
from conformance.toml.schema import FORBID_UNKNOWN

OPEN_BY_PROFILE = "the profile says that it needs no credentials"


@dataclass(frozen=True, slots=True)
class OpenApi:
    """The place of the description: one of the two."""

    __pydantic_config__ = FORBID_UNKNOWN
    file: Text | None = None
    url: Url | None = None

    @property
    def source(self) -> str:
        return self.file or self.url or ""

    def beside(self, folder: File) -> OpenApi:
        """The same, its file looked for in this folder."""
        return self if self.file is None else replace(self, file=str(folder / File(self.file).expanduser()))


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """An operation as a profile's `[[operation]]` has it. What it says goes before what the description says."""

    __pydantic_config__ = FORBID_UNKNOWN
    path: Path
    method: Method = "GET"
    role: Text | None = None
    """The role that it takes; None if any may."""
    safe: bool = False
    """Whether it changes nothing, although its method might."""
    body: Any = field(default=None, hash=False)
    creates: Path | None = None
    """The path of what it creates, such as "/api/v1/pim/products/{id}"."""
    open: bool = False
    """Whether it needs no credentials, whatever the description says."""

    def operation(self, base_path: str, described: Operation | None) -> Operation:
        """The same as an operation of a target under this base path, completed by what its description says."""
        known = described or Operation(self.method, base_path + self.path)
        body = known.body if self.body is None else self.body
        return replace(
            known,
            roles=known.roles if self.role is None else (self.role,),
            safe=self.safe or known.safe,
            body=body,
            texts=known.texts if self.body is None else tuple(texts_in(body)),
            creates=known.creates if self.creates is None else base_path + self.creates,
            presumed=False,
            unasked=OPEN_BY_PROFILE if self.open else None,
        )


def operations_of(
    openapi: OpenApi | None,
    entries: tuple[OperationEntry, ...],
    base_url: str,
    base_path: str,
    own: Mapping[str, str],
    fetch: Callable[[str], bytes],
) -> tuple[Operation, ...]:
    """The operations that the profile describes; raises DescriptionError if its description cannot be used.

    `own` has the paths that rules of their own are about, and what to say of them; `fetch` is how what lies at a URL is
    had.
    """
    described: tuple[Operation, ...] = ()
    if openapi is not None:
        from conformance.openapi.description import operations_at  # late, to spare start-up

        described = operations_at(openapi.source, base_url, fetch)
    found = with_creations(tuple(_together(described, entries, base_path)))
    return tuple(replace(one, unasked=own.get(path_of(one.path), one.unasked)) for one in found)


def _together(
    described: tuple[Operation, ...], entries: tuple[OperationEntry, ...], base_path: str
) -> Iterator[Operation]:
    by_name = {_name(one.method, one.path): one for one in described}
    for entry in entries:
        name = _name(entry.method, base_path + entry.path)
        by_name[name] = entry.operation(base_path, by_name.get(name))
    yield from by_name.values()


def _name(method: str, path: str) -> tuple[str, str]:
    return method, shape_of(path_of(path))
