"""What the checks of servers ask for by name, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from conformance.config.profile import Target
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request
from conformance.http.patience import Line, PatientTransport
from conformance.server.harness.clean_up import CleanUp
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.filling import asks_for
from conformance.server.harness.foreign import foreign_if_any, foreign_of
from conformance.server.harness.found_keys import FoundKeys
from conformance.server.harness.gate import Gate
from conformance.server.harness.input_cases import open_prefixes_of
from conformance.server.harness.operations import DocumentedOperations
from conformance.server.harness.shelf import NeighboursShelf, Shelf
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import OpenTarget

ENDS_TOGETHER = (
    "a sign-in or a revocation ends the account's other tokens here, so the newest one was used each time; the guide "
    "leaves that open"
)


@contextmanager
def speaking(
    bench: OpenTarget,
    recorder: Recorder,
    gate: Gate,
    profile: Path | None = None,
    *,
    answering: bool = False,
    alone: bool = True,
) -> Iterator[TargetApi]:
    """The target as checks speak to it, through the gate, over one connection that is closed in the end.

    `answering`: whether it accepted a request before; `alone`: whether no other process of the run speaks to it.
    """
    line = Line(lambda exchange: recorder.exchange(exchange, "doubt"), bench.outage_pauses_s, give_up=gate.shut)

    def open_transport() -> Transport:
        patient = PatientTransport(bench.open_transport, line) if bench.on_a_line else bench.open_transport()
        return gate.before(patient)

    if bench.target.probe.write is None:
        gate.writable = frozenset(one.path for one in (bench.target.sign_in, bench.target.revoke) if one is not None)
        gate.permitted = partial(_is_permitted, bench.target)
    clean_up = CleanUp(bench.target)
    transport = open_transport()
    credentials = Credentials(bench.target, transport, recorder, bench.clock, gate, profile=profile, alone=alone)

    def watch(exchange: Exchange) -> None:
        clean_up.watch(exchange)
        credentials.watch(exchange)

    gate.watch = watch
    synq = TargetApi(
        bench.target,
        transport,
        credentials,
        recorder,
        open_transport=open_transport,
        route=bench.route,
        gate=gate,
        lasting=bench.clock is None,
        answering=answering,
        line=line,
    )
    try:
        yield synq
    finally:
        if credentials.ends_together:
            recorder.notes.append(ENDS_TOGETHER)
        if synq.lasting:
            recorder.notes += clean_up.delete(bench.open_transport, synq, recorder)
        transport.close()


def _is_permitted(target: Target, request: Request) -> bool:
    """Whether the description or the profile lets the run send this, although it could write."""
    return asks_for(target.operations, request, writes=target.probe.writes)


class Provided:
    """Fixtures of the server suite for one target, without pytest's own machinery.

    A calibration runs a thousand checks on hundreds of targets: pytest's setting up and taking down of a handful of
    session-wide fixtures took more than half of its time.
    """

    def __init__(self, synq: TargetApi, bench: OpenTarget, given: dict[str, Any]) -> None:
        self._values: dict[str, Any] = {"synq": synq, "bench": bench, "recorder": synq.recorder, **given}
        self._failures: dict[str, Exception] = {}
        self._makers: dict[str, Callable[[], Any]] = {
            "foreign": lambda: foreign_of(synq),
            "neighbour": lambda: foreign_if_any(synq),
            "shelf": lambda: Shelf(synq),
            "neighbours_shelf": lambda: NeighboursShelf(synq, foreign_of(synq)),
            "clock": lambda: bench.clock,
            "operations": lambda: DocumentedOperations(synq),
            "found_keys": lambda: FoundKeys(synq),
            "secure": bench.over_tls,
            "open_prefixes": lambda: open_prefixes_of(bench.target),
        }

    def get(self, name: str) -> Any:  # noqa: ANN401 # whatever a check asks for
        """Returns the value of this name; raises what its making raised, each time, or KeyError for an unknown name."""
        if name in self._failures:
            raise self._failures[name]
        if name not in self._values:
            try:
                self._values[name] = self._makers[name]()
            except Exception as error:
                self._failures[name] = error
                raise
        return self._values[name]
