"""How a check speaks to the target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.config.profile import Target
from conformance.evidence.judge import NotAssessed, Violation
from conformance.evidence.recorder import Recorder
from conformance.evidence.reproduction import curl, send_line
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request, path_of
from conformance.http.patience import RAW_TIMEOUTS, Line
from conformance.http.raw import RawRequest, exchange_raw
from conformance.http.route import Route
from conformance.server.harness.controls import Again, Controls
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.diagnosis import Diagnosis
from conformance.server.harness.documented import Documented
from conformance.server.harness.gate import Gate
from conformance.server.harness.marking import WriteMark, WriteMarks
from conformance.server.harness.mistaken import close_if_mistakable
from conformance.server.harness.observations import Observation, observed, unanswered
from conformance.server.harness.resource import Resource, resource
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.wavering import is_its_own

LONGEST_RAW_WAIT_S = 3.0
MOST_INCIDENTS = 20
"""Of one rule in one process: more of them tell the reader nothing new."""


class TargetApi(Documented):
    """The target, as a check sees it: requests that differ from the documented one in what is under test."""

    def __init__(
        self,
        target: Target,
        transport: Transport,
        credentials: Credentials,
        recorder: Recorder,
        *,
        open_transport: Callable[[], Transport],
        route: Route,
        lasting: bool = True,
        gate: Gate | None = None,
        answering: bool = False,
        line: Line | None = None,
    ) -> None:
        """`transport` and `open_transport` lead through the gate; `answering`: it has accepted a request already;
        `lasting`: the target is still there after the run."""
        super().__init__(target, credentials, route)
        self.recorder, self.gate, self.lasting = recorder, gate or Gate(), lasting
        self.violation: Violation | None = None
        """The violation that this case saw last."""
        self.sent = 0
        """Requests of this case so far, controls left out."""
        self._line = line or Line(pauses_s=())
        self.controls = Controls(
            target,
            credentials,
            recorder,
            self.gate,
            send=self._send_plainly,
            documented=self.documented,
            line=self._line,
            lasting=lasting,
            answering=answering,
        )
        self._transport, self._open_transport, self._route = transport, open_transport, route
        self.diagnosis = Diagnosis(self, credentials.signed)
        """What is likely to be behind the openings that are found."""
        self._incidents: Counter[str] = Counter()
        self.marks = WriteMarks(target, self._accepts)

    def begin(self, again: Again | None = None) -> None:
        """A case begins; `again` makes the shell line that judges it once more."""
        self.violation, self.sent = None, 0
        self.controls.begin(again)

    def reconnect(self) -> None:
        """What follows comes over a new connection."""
        self._transport.close()

    def get(self, path: str | None = None, **changes: Any) -> ResponseAssertion:  # noqa: ANN401 - the parameters of `request`
        """GET the probe, or another path, with these changes to the documented request."""
        return self.send(self.request("GET", path, **changes))

    def write(self, **changes: Any) -> ResponseAssertion:  # noqa: ANN401 - the parameters of `request`
        """Send the profile's write with these changes."""
        return self.send(self.write_request(**changes))

    def _accepts(self, mark: WriteMark) -> bool:
        """Whether the profile's write is accepted with this mark. It is none of the case's own requests."""
        exchange = self._send_plainly(self.write_request(mark=mark), raw=False)
        self.recorder.exchange(exchange, "step")
        return exchange.accepted

    def send(
        self, request: Request, *, control: Request | None = None, transport: Transport | None = None
    ) -> ResponseAssertion:
        """Send a request. Its control is the same with three valid headers, unless another is given."""
        exchange = self._sent(request, transport, "subject")
        return ResponseAssertion(self, exchange, control or self.documented(like=request), alone=self.sent == 1)

    def step(self, request: Request, *, transport: Transport | None = None) -> Exchange:
        """Send a request that prepares something and is not judged."""
        return self._sent(request, transport, "step")

    def _sent(self, request: Request, transport: Transport | None, part: str) -> Exchange:
        self.controls.note(request)
        exchange = (transport or self._transport).send(request)
        close_if_mistakable(transport or self._transport, request, self.credentials.signed, self.target.scope)
        self._took_place(exchange, part)
        return exchange

    def _took_place(self, exchange: Exchange, part: str, octets: RawRequest | None = None) -> None:
        self.recorder.exchange(exchange, part)
        self._observe(exchange, octets)
        self.sent += 1

    def over_new_connections(self, request: Request, number: int) -> list[ResponseAssertion]:
        """Send the request so many times, each on a connection of its own."""
        answers = []
        for _ in range(number):
            with self.transport(new=True) as transport:
                answers.append(self.send(request, transport=transport))
        return answers

    def send_raw(self, octets: RawRequest, *, control: Request | None = None) -> ResponseAssertion:
        """Send octets as they are, on a connection of their own; the last request that they hold is judged."""
        self.gate.pass_through(octets.shown)
        if self._route.raw_obstacle is not None:
            raise NotAssessed(self._route.raw_obstacle)
        self.controls.note(octets.shown, raw=True)
        exchange = self._exchange_raw(octets)
        self._took_place(exchange, "subject", octets)
        return ResponseAssertion(self, exchange, control or self.documented(), octets, alone=self.sent == 1)

    def _exchange_raw(self, octets: RawRequest) -> Exchange:
        timeout_s = min(self.target.limits.timeout_s, LONGEST_RAW_WAIT_S)

        def ask() -> Exchange:
            return exchange_raw(self._route, octets, timeout_s=timeout_s)

        return self._line.settled(ask(), ask, self._open_transport, timeouts=RAW_TIMEOUTS)

    def _send_plainly(self, request: Request, *, raw: bool) -> Exchange:
        """Send a control; `raw`: as plain octets, if the subject is sent as octets too."""
        if raw:
            return self._exchange_raw(RawRequest((self.framed(request),), request))
        return self._transport.send(request)

    def _observe(self, exchange: Exchange, octets: RawRequest | None = None) -> None:
        """Look at an answer for what no answer of the run may have."""
        read = path_of(self.target.probe.read)
        given = None if self.controls.given is None else resource(self.controls.given, read)
        for observation in observed(exchange, protected=path_of(exchange.request.target) == read, resource=given):
            self._came_upon(observation, exchange.request, octets)

    def observe_malformed(self, answered: ResponseAssertion, *, may_wait: bool = False) -> None:
        """Look at an answer to what no client sends: a server error or silence is judged by a rule of its own."""
        observation = unanswered(answered.exchange, may_wait=may_wait)
        if observation is None or self._incidents[observation[0]] >= MOST_INCIDENTS:
            return
        if is_its_own(self, answered.exchange, partial(self._again, answered)):
            self._came_upon(observation, answered.exchange.request, answered.octets)

    def _again(self, answered: ResponseAssertion) -> Exchange:
        if answered.octets is None:
            return self.step(answered.exchange.request)
        exchange = self._exchange_raw(answered.octets)
        self._took_place(exchange, "step", answered.octets)
        return exchange

    def _came_upon(self, observation: Observation, request: Request, octets: RawRequest | None) -> None:
        rule, finding = observation
        self._incidents[rule] += 1
        if self._incidents[rule] <= MOST_INCIDENTS:
            line = _shell_line(self, self._route, request, octets) if self.lasting else None
            if line is None and self.controls.again is not None:
                line = self.controls.again(also=rule)
            self.recorder.incidents.append((rule, replace(finding, curl=line)))

    def judged(self, exchange: Exchange, *, control: Request) -> ResponseAssertion:
        """An exchange that took place already, to be judged with this control."""
        return ResponseAssertion(self, exchange, control)

    def resource(self) -> Resource:
        """Returns what the documented request gives out; raises NotAssessed if it is refused."""
        if self.controls.given is None:
            self.send_control(self.documented(), self.step(self.documented()))
        return resource(self.controls.given or b"", path_of(self.target.probe.read))

    def open_transport(self) -> Transport:
        """A connection of its own, for the caller to close."""
        return self._open_transport()

    @contextmanager
    def transport(self, *, new: bool) -> Iterator[Transport]:
        """The session's connection, or a new one that is closed afterwards."""
        transport = self._open_transport() if new else self._transport
        try:
            yield transport
        finally:
            if new:
                transport.close()

    def precondition(self, request: Request, *, why: str) -> None:
        """Send what must be accepted before a rule can be judged; raises NotAssessed if it is refused."""
        exchange = self.step(request)
        if not exchange.accepted:
            raise NotAssessed(f"answered {exchange.outcome} beforehand, although {why}")

    def send_control(self, control: Request, subject: Exchange, *, raw: bool = False) -> Exchange:
        """The control's accepted exchange; see Controls.send_control for what is raised."""
        return self.controls.send_control(control, subject, raw=raw)

    def repeat(self, answered: ResponseAssertion, control: Exchange) -> str | None:
        """The shell line that shows this answer again: its request alone, or else the whole case.

        A request shows nothing by itself if it came after others, if the very same one was accepted a moment later as
        its own control, or if its target ends with the run. What curl does not show of an answer to HEAD is its body.
        """
        request = answered.exchange.request
        wavering = answered.octets is None and request == control.request and not answered.exchange.accepted
        bodiless = request.method != "HEAD" or not answered.body
        if answered.alone and self.lasting and bodiless and not wavering:
            line = _shell_line(self, self._route, request, answered.octets)
            if line is not None:
                return line
        return None if self.controls.again is None else self.controls.again()


def _shell_line(synq: TargetApi, route: Route, request: Request, octets: RawRequest | None) -> str | None:
    base_url, redactor = synq.target.base_url, synq.recorder.redactor
    if octets is not None:
        return send_line(base_url, octets, redactor, timeout_s=LONGEST_RAW_WAIT_S, tls=route.tls)
    fields, timeout_s = synq.target.fields, synq.target.limits.timeout_s
    return curl(base_url, request, redactor, timeout_s=timeout_s, tls=route.tls, fields=fields)
