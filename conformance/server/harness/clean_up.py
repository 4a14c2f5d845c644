"""What the run's own writes created, and that it is deleted again if the profile says how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from conformance.config.profile import Delete, Target
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import path_of
from conformance.openapi.operation import deletion_of, shape_of
from conformance.server.harness.credentials import member
from conformance.server.harness.documented import Documented


class CleanUp:
    """Remembers what was created by the profile's write, also by those who should not have been let in."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._ids: list[str | None] = []
        """Of what was created; None if the answer does not tell."""

    def watch(self, exchange: Exchange) -> None:
        """Look at an exchange of the run."""
        probe, request = self._target.probe, exchange.request
        if probe.write is None or not exchange.accepted:
            return
        if request.method == "DELETE" and (gone := path_of(request.target).rpartition("/")[2]) in self._ids:
            self._ids.remove(gone)
        if (request.method, path_of(request.target)) == (probe.write.method, probe.write.path):
            pointer = "/id" if probe.delete is None else probe.delete.id_pointer
            found = member(exchange, pointer)
            self._ids.append(quote(str(found), safe="") if isinstance(found, str | int) else None)

    def delete(self, open_transport: Callable[[], Transport], synq: Documented, recorder: Recorder) -> Iterator[str]:
        """Delete everything; what is left is told, in a sentence for each cause."""
        how = self._target.probe.delete or documented_delete(self._target)
        if not self._ids:
            return
        if how is None:
            yield f"{_resources(len(self._ids))} left that the run created; say how to delete them in probe.delete"
            return
        transport, refused = open_transport(), list[str]()
        for one in self._ids:
            if one is None:
                refused.append("impossible, since the answer to the write told no id")
                continue
            exchange = transport.send(synq.request(how.method, how.path.replace("{id}", one)))
            recorder.exchange(exchange, "step")
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
