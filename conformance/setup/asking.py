"""How a target is asked while its profile is examined: by the transport, the credentials and the limits of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from conformance.config.profile import Target
from conformance.config.run_mark import with_run_id
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request
from conformance.http.patience import Line, PatientTransport
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.server.harness.clean_up import CleanUp
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.documented import Documented
from conformance.server.harness.preflight import PAUSES_S
from conformance.server.harness.targets import over_http
from conformance.server.harness.traffic import new_traffic


@dataclass(frozen=True, slots=True)
class AskedTarget:
    """A target that is asked."""

    target: Target
    recorder: Recorder
    route: Route
    transport: Transport
    credentials: Credentials
    documented: Documented
    durations_s: list[float] = field(default_factory=list)
    """How long each answer took."""
    created: CleanUp | None = None

    def send(self, request: Request) -> Exchange:
        """Returns what came of the request; raises NotAssessed if the profile's limits allow no more."""
        exchange = self.transport.send(request)
        self.recorder.exchange(exchange, "step")
        self.durations_s.append(exchange.duration_s)
        if self.created is not None:
            self.created.watch(exchange)
        return exchange

    def what(self, request: Request, by: str = "") -> str:
        """The request as a reader is told of it."""
        return f"{request.method} {request.target}{f' with {by}' if by else ''}"


@contextmanager
def opened(target: Target | None, faults: tuple[str, ...]) -> Iterator[Target]:
    """The target, or an embedded Synq with these faults if there is none."""
    if target is not None:
        yield target
        return
    with over_http(faults) as bench:
        yield bench.target


@contextmanager
def asking(target: Target) -> Iterator[AskedTarget]:
    """The target, ready to be asked; what was created meanwhile is deleted in the end if the profile says how."""
    traffic, recorder = new_traffic(), Recorder(None)
    target = with_run_id(target, traffic.run_id)
    route = traffic.route(target, recorder)
    line = Line(lambda exchange: recorder.exchange(exchange, "doubt"), PAUSES_S)
    transport = PatientTransport(lambda: SocketTransport(route), line, timeouts=1)
    credentials = Credentials(target, transport, recorder, clock=None)
    documented, created = Documented(target, credentials, route), CleanUp(target)
    try:
        yield AskedTarget(target, recorder, route, transport, credentials, documented, created=created)
    finally:
        recorder.notes += created.delete(lambda: SocketTransport(route), documented, recorder)
        transport.close()
