"""Values for the parameters of a documented path, each at its place: what the profile, a list or an example gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from conformance.evidence.judge import NotAssessed, Unmet
from conformance.http.exchange import Exchange
from conformance.http.message import Request, path_of
from conformance.openapi.operation import Operation, parameters_in, shape_of
from conformance.server.harness.json_body import json_in
from conformance.server.harness.target_api import TargetApi

PARAMETER = re.compile(r"\{[^{}/]+\}")
IDS = ("id", "uuid", "key", "slug", "code", "name")
"""Members that mostly name an object, besides one that is called as the parameter is."""

MARK = "synq probe "
"""How a text begins by which a write of a run is found again."""
Values = tuple[str, ...]
"""Of the parameters of a path, in their order."""


def placed(path: str, values: Values) -> str:
    """The path with these values in place of its parameters, from the first on; others keep their braces."""
    waiting = iter(values)
    return PARAMETER.sub(lambda match: quote(next(waiting, match[0]), safe="{}"), path)


def values_in(template: str, path: str) -> Values | None:
    """The values of this path's parameters in a target's own path; None if it is another path."""
    pattern = "".join(f"({part})" if part == "[^/]+" else re.escape(part) for part in _parts(template))
    found = re.fullmatch(pattern, path)
    return None if found is None else tuple(map(unquote, found.groups()))


def last_object(path: str) -> str:
    """The path up to its last parameter: the object on which something is done."""
    ends = [match.end() for match in PARAMETER.finditer(path)]
    return path[: ends[-1]] if ends else path


class Filling:
    """Finds values of path parameters that a caller may read. What a list brought is kept."""

    def __init__(self, synq: TargetApi, who: Mapping[str, Any] | None = None) -> None:
        """`who` is what is changed of the documented request if another than the main account asks."""
        self._synq, self._who = synq, who
        self._listed: dict[tuple[str, str], str | None] = {}

    def of(self, operation: Operation) -> Values:
        """A value for each parameter of the operation's path; raises Unmet, which names the one that has none."""
        values: Values = ()
        given = self._synq.target.probe.parameters if self._who is None else {}
        for match, name in zip(PARAMETER.finditer(operation.path), parameters_in(operation.path), strict=True):
            collection = placed(operation.path[: match.start()].rpartition("/")[0], values)
            value = given.get(name) or self._from_list(collection, name) or self._documented(operation, name)
            if not value:
                raise Unmet(
                    f"supply probe.parameters.{name} in the profile: neither a list nor the description has a value "
                    f"for {name} in {operation.path}"
                )
            values = (*values, value)
        return values

    def _documented(self, operation: Operation, name: str) -> str | None:
        """What the description gives, which is not said to be another's."""
        return next((value for known, value in operation.values if known == name), None) if self._who is None else None

    def _from_list(self, collection: str, name: str) -> str | None:
        if (collection, name) not in self._listed:
            exchange = self.list_at(collection, **(self._who or {}))
            if exchange is not None and not exchange.accepted:
                return None  # for now
            self._listed[collection, name] = None if exchange is None else self._named_in(exchange, collection, name)
        return self._listed[collection, name]

    def _named_in(self, exchange: Exchange, collection: str, name: str) -> str | None:
        """What names the first object of this list that will stay; of another's, the first not in one's own."""
        staying = list(ids_in_list(exchange, name, of_runs=False))
        own = set() if self._who is None else self.own_ids(collection, name)
        return next((one for one in staying if one not in own), staying[0] if staying else None)

    def own_ids(self, collection: str, name: str) -> set[str]:
        """What names the objects in the main account's list at this path."""
        exchange = self.list_at(collection)
        return set() if exchange is None else set(ids_in_list(exchange, name, of_runs=True))

    def list_at(self, collection: str, **who: Any) -> Exchange | None:  # noqa: ANN401 - the parameters of `request`
        """The documented list at this path, as the caller or another sees it; None if no such list is documented."""
        operation = self.reading(collection)
        if operation is None:
            return None
        query = query_of(operation)
        return self._synq.step(self._synq.request("GET", collection + query, headers=operation.headers, **who))

    def reading(self, path: str) -> Operation | None:
        """The documented GET whose path this is, filled or not; None if there is none."""
        for one in self._synq.target.operations:
            if one.method == "GET" and one.unasked is None and fits(one.path, path):
                return one
        read = self._synq.target.probe.read
        return Operation("GET", read) if path == read else None


def asks_for(operations: Sequence[Operation], request: Request, *, writes: bool) -> bool:
    """Whether this is one of the operations that may be asked, or an object by id if writes are allowed."""
    path = path_of(request.target)
    return any(
        fits(one.path, path) and (one.method == request.method or one.names_an_object) and (one.safe or writes)
        for one in operations
        if one.unasked is None
    )


def fits(template: str, path: str) -> bool:
    """Whether the path is this one with its parameters filled."""
    if "{" not in template:
        return template == path
    pattern = "".join(part if part == "[^/]+" else re.escape(part) for part in _parts(template))
    return re.fullmatch(pattern, path) is not None


def _parts(template: str) -> Iterator[str]:
    end = 0
    for match in PARAMETER.finditer(template):
        yield template[end : match.start()]
        yield "[^/]+"
        end = match.end()
    yield template[end:]


def query_of(operation: Operation) -> str:
    """What must stand behind the path, question mark and all; empty if nothing must."""
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe=',')}" for name, value in operation.query)
    return f"?{pairs}" if pairs else ""


def ids_in_list(exchange: Exchange, name: str, *, of_runs: bool) -> Iterator[str]:
    """What names the objects in the lists of this answer's body, from the first on; none if it was refused.

    Without `of_runs` what a run created is left out: it may be another process's, and does not stay.
    """
    if exchange.response is None or not exchange.accepted:
        return
    for entries in _lists(json_in(exchange.response.body)):
        for entry in entries:
            if of_runs or MARK not in json.dumps(entry):
                found = _named(entry, name)
                if found is not None:
                    yield found


def id_of_created(exchange: Exchange, object_path: str) -> str | None:
    """What names the object that this answer tells of: its Location, or a member of its body; None if nothing does."""
    if exchange.response is None or not exchange.accepted:
        return None
    location = exchange.response.value("Location")
    if location is not None and fits(shape_of(object_path).replace("{}", "{x}"), urlsplit(location).path):
        return urlsplit(location).path.rpartition("/")[2]
    name, body = parameters_in(object_path)[-1], json_in(exchange.response.body)
    inner = list(body.values()) if isinstance(body, dict) else body if isinstance(body, list) else []
    return next((found for one in (body, *inner) if (found := _named(one, name)) is not None), None)


def needed_id(exchange: Exchange, object_path: str) -> str:
    """The same; raises NotAssessed if nothing names it."""
    if (found := id_of_created(exchange, object_path)) is None:
        request = exchange.request
        raise NotAssessed(
            f"the answer to {request.method} {request.target} names nothing that could stand in {object_path}"
        )
    return found


def _named(value: object, name: str) -> str | None:
    if not isinstance(value, dict):
        return None
    short = re.sub(r"^.*[_-]|^.*(?=[A-Z][a-z]+$)", "", name).lower()
    for key in (name, short, *IDS):
        if isinstance(found := value.get(key), str | int) and not isinstance(found, bool) and found != "":
            return str(found)
    return None


def _lists(value: object) -> Iterator[list[Any]]:
    waiting = [value]
    for one in waiting:
        match one:
            case list():
                yield one
            case dict():
                waiting += one.values()
