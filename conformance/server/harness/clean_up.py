"""What the run's own writes created, and that it is deleted again if the profile says how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from conformance.config.profile import Delete, Target
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Field, path_of
from conformance.openapi.operation import deletion_of, shape_of
from conformance.server.harness.credentials import member
from conformance.server.harness.documented import THREE_HEADERS, Documented


@dataclass(frozen=True, slots=True)
class Created:
    """Something that a write created."""

    name: str | None
    """Its id, as it stands in a path; None if the answer does not tell."""
    by: tuple[Field, ...]
    """The credentials and the scope of the write."""


class CleanUp:
    """Remembers what was created by the profile's write, also by those who should not have been let in."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._made: list[Created] = []

    def watch(self, exchange: Exchange) -> None:
        """Look at an exchange of the run."""
        probe, request = self._target.probe, exchange.request
        if probe.write is None or not exchange.accepted:
            return
        if request.method == "DELETE" and (gone := path_of(request.target).rpartition("/")[2]):
            self._made = [one for one in self._made if one.name != gone]
        if (request.method, path_of(request.target)) == (probe.write.method, probe.write.path):
            pointer = "/id" if probe.delete is None else probe.delete.id_pointer
            found = member(exchange, pointer)
            name = quote(str(found), safe="") if isinstance(found, str | int) else None
            by = tuple(field for field in request.headers if field[0] in THREE_HEADERS)
            self._made.append(Created(name, by))

    def delete(self, open_transport: Callable[[], Transport], synq: Documented, recorder: Recorder) -> Iterator[str]:
        """Delete everything; what is left is told, in a sentence for each cause."""
        how = self._target.probe.delete or documented_delete(self._target)
        if not self._made:
            return
        if how is None:
            yield f"{_resources(len(self._made))} left that the run created; say how to delete them in probe.delete"
            return
        transport, refused = open_transport(), list[str]()
        for one in self._made:
            if one.name is None:
                refused.append("impossible, since the answer to the write told no id")
                continue
            own = synq.request(how.method, how.path.replace("{id}", one.name))
            exchange = transport.send(own)
            recorder.exchange(exchange, "step")
            if not exchange.accepted and one.by:  # another caller's, which the run's own token does not open
                again = transport.send(own.without(*THREE_HEADERS).having(*one.by))
                recorder.exchange(again, "step")
                exchange = again if again.accepted else exchange
            if not exchange.accepted:
                refused.append(f"answered {exchange.outcome}")
        transport.close()
        for cause in dict.fromkeys(refused):
            yield f"{_resources(refused.count(cause))} left that the run created: deleting was {cause}"


def documented_delete(target: Target) -> Delete | None:
    """How the API's own description says that what the write created is deleted; None if it does not say."""
    write = target.probe.write
    creates = [one.creates for one in target.operations if write is not None and one.path == write.path]
    shapes = {shape_of(path) for path in creates if path is not None and path.count("{") == 1}
    deleting = deletion_of(target.operations, *shapes)
    return None if deleting is None else Delete(shape_of(deleting.path).replace("{}", "{id}"))


def _resources(number: int) -> str:
    return "1 resource is" if number == 1 else f"{number} resources are"
