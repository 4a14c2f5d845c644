"""What the run itself creates, so that writes are asked on nothing else, and deletes again if the API can."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

from conformance.evidence.judge import NotAssessed, Unmet
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.openapi.operation import Operation, deletion_of, shape_of
from conformance.server.harness.filling import MARK, Filling, Values, last_object, needed_id, placed, query_of
from conformance.server.harness.json_body import json_in, pointer_keys
from conformance.server.harness.target_api import TargetApi

FORM = "application/x-www-form-urlencoded"
Who = Mapping[str, Any]
"""What is changed of the documented request so that another asks; empty if the main account does."""


def new_mark() -> str:
    """A text that stands nowhere yet."""
    return MARK + secrets.token_hex(4)


class Made:
    """Objects of this process's own on the target."""

    def __init__(self, synq: TargetApi, filling: Filling) -> None:
        self._synq, self._filling = synq, filling
        self._standing: list[tuple[str, str, Who]] = []
        """Shape, path and owner of what is still there."""

    def request(self, operation: Operation, values: Values, mark: str, **changes: Any) -> Request:  # noqa: ANN401 - the parameters of `request`
        """The operation's documented request with these changes; the mark stands in its body if a text may."""
        body, headers = b"", operation.headers
        if operation.body is not None:
            marked = _with_text(operation.body, operation.texts, mark)
            body = (urlencode(marked) if operation.media_type == FORM else json.dumps(marked)).encode()
            headers = (*headers, ("Content-Type", operation.media_type))
        target = placed(operation.path, values) + query_of(operation)
        return self._synq.request(operation.method, target, headers=headers, body=body, **changes)

    def one(self, object_path: str, who: Who) -> Values:
        """Create what this path names, and all that it stands in; returns the values of its parameters.

        Raises Unmet if the API has no operation for it, NotAssessed if that is refused.
        """
        creator = self._creator(object_path)
        outer = self.one(last_object(creator.path), who) if creator.parameters else ()
        exchange = self._synq.step(self.request(creator, outer, new_mark(), **who))
        if not exchange.accepted:
            raise NotAssessed(f"{creator.label} was answered {exchange.outcome}, so there is nothing to ask writes on")
        values = (*outer, needed_id(exchange, object_path))
        self.note(object_path, values, who)
        return values

    def _creator(self, object_path: str) -> Operation:
        for one in self._synq.target.operations:
            if one.unasked is None and one.creates is not None and shape_of(one.creates) == shape_of(object_path):
                return one
        raise Unmet(
            f"supply an [[operation]] that creates {object_path} in the profile: writes are asked on what the run "
            "itself created only"
        )

    def note(self, object_path: str, values: Values, who: Who) -> None:
        """This object is there because of the run."""
        self._standing.append((shape_of(object_path), placed(object_path, values), who))

    def note_created(self, operation: Operation, values: Values, exchange: Exchange | None, who: Who) -> None:
        """So is what this accepted exchange created, if the operation creates something that can be named."""
        if operation.creates is None or exchange is None or not exchange.accepted:
            return
        with suppress(NotAssessed):
            self.note(operation.creates, (*values, needed_id(exchange, operation.creates)), who)

    def note_marked(self, mark: str) -> None:
        """So is what stands in a documented list and has this mark."""
        for one in self._synq.target.operations:
            if one.method != "DELETE" or one.unasked is not None or len(one.parameters) != 1:
                continue
            listed = self._filling.list_at(one.path.rpartition("/")[0])
            for entry in ids_marked(listed, mark):
                self.note(one.path, (entry,), {})

    def away(self) -> None:
        """Delete what is still there, the newest first, if the API has a way to."""
        while self._standing:
            shape, path, who = self._standing.pop()
            deleting = deletion_of(self._synq.target.operations, shape)
            if deleting is None:
                self._tell_of(shape)
                continue
            with suppress(NotAssessed):
                self._synq.step(self._synq.request("DELETE", path, headers=deleting.headers, **who))

    def _tell_of(self, shape: str) -> None:
        """Say once that such objects are left; of those that the profile's write creates it is said elsewhere."""
        write = self._synq.target.probe.write
        left = f"what the run created as {shape.replace('{}', '{id}')} is left: no DELETE of it is documented"
        if (write is None or shape != f"{write.path}/{{}}") and left not in self._synq.recorder.notes:
            self._synq.recorder.notes.append(left)


def ids_marked(listed: Exchange | None, mark: str) -> list[str]:
    """The ids of the objects in a list that have the mark."""
    if listed is None or listed.response is None or mark.encode() not in listed.response.body:
        return []
    found: list[str] = []
    waiting: list[Any] = [json_in(listed.response.body)]
    while waiting:
        match waiting.pop():
            case {"id": str() | int() as name, **members} if mark in map(str, members.values()):
                found.append(str(name))
            case list() as entries:
                waiting += entries
            case dict() as members:
                waiting += members.values()
    return found


def _with_text(body: Any, pointers: tuple[str, ...], text: str) -> Any:  # noqa: ANN401 - any JSON value
    """The body with this text at the first of the places that may say anything."""
    if not pointers:
        return body
    if pointers[0] == "":
        return text
    *way, last = pointer_keys(pointers[0])
    marked = here = deepcopy(body)
    for part in way:
        here = here[int(part) if isinstance(here, list) else part]
    here[int(last) if isinstance(here, list) else last] = text
    return marked
