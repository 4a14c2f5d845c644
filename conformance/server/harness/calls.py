"""How a check speaks to the target, and how it judges what comes back."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from conformance.config.profile import Target
from conformance.contract.oracle import ACCEPTED, SERVER_ERROR, Answer, Known, TokenFacts, answer
from conformance.evidence.judge import Expectation, NotAssessed, ServiceDied, Unmet, Violation, evidence, judge
from conformance.evidence.recorder import Recorder
from conformance.evidence.reproduction import curl, send_line
from conformance.http.exchange import USER_AGENT, Exchange, Transport
from conformance.http.limits import Allowance
from conformance.http.message import Field, Request
from conformance.http.raw import RawRequest, authority, exchange_raw, head
from conformance.results.data import Finding
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.gate import Gate
from conformance.server.harness.observations import PASSING, Observation, observed, unanswered
from conformance.server.harness.refusals import SIGN_INS_ALLOWED, cause
from conformance.server.harness.resource import Resource, resource
from conformance.tokens import expires_at

AUTHORIZATION, TENANT, ORG = "Authorization", "X-Tenant-ID", "X-Org-ID"
THREE_HEADERS = (AUTHORIZATION, TENANT, ORG)
ANY_STATUS = frozenset(range(100, 600))
ORDINARY: tuple[Field, ...] = (("User-Agent", USER_AGENT), ("Accept", "*/*"))
"""Fields that every request of the run has: a target may look at them."""
CLIENT_ERRORS = frozenset(range(400, 500))
NOT_ACCEPTED = ANY_STATUS - ACCEPTED
NO_SERVER_ERROR = frozenset(range(200, 500)) | {501, 505}
"""501 and 505 say that the server has no such method or version, which is true and no fault of its own."""
LONGEST_RAW_WAIT_S = 3.0
MOST_INCIDENTS = 20
"""Of one rule in one process: more of them tell a reader nothing."""
CONTROL_ATTEMPTS = 3
CONTROL_PAUSE_S = 0.3
REFUSAL_PAUSES_S = (0.3, 1.0, 3.0)
"""How long a target is given to take the documented request again, before the run ends because it does not."""


class Default(Enum):
    """The value that the documented request has."""

    VALID = "valid"


VALID = Default.VALID
Value = str | None | tuple[str, ...] | Default
"""A header's value: the valid one, none at all, another, or several fields of one name."""


class JudgeAgain(NotAssessed):
    """The control is accepted again, with a new token it may be: what the case judged so far was judged without one."""


class Again(Protocol):
    """Makes the shell line that judges a case once more, and what it shows of one more rule."""

    def __call__(self, *, also: str | None = None) -> str: ...


class TargetApi:
    """The target, as a check sees it: requests that differ from the documented one in what is under test."""

    def __init__(
        self,
        target: Target,
        transport: Transport,
        credentials: Credentials,
        recorder: Recorder,
        *,
        open_transport: Callable[[], Transport],
        allowance: Allowance | None = None,
        lasting: bool = True,
        gate: Gate | None = None,
        answering: bool = False,
    ) -> None:
        """`transport` and `open_transport` lead through the gate."""
        self.target, self.credentials, self.recorder = target, credentials, recorder
        self.gate = gate or Gate()
        self._transport, self._open_transport, self._allowance = transport, open_transport, allowance
        self._alive = answering
        """Whether it accepted a request before, so that a silence tells of its death."""
        self._given: bytes | None = None
        """The body of the documented answer, as it was last seen."""
        self._incidents: Counter[str] = Counter()
        self._sign_ins = 0
        self.violation: Violation | None = None
        """The breach that this case saw last."""
        self.regained = False
        """Whether in this case controls were refused for a while, so that it has to be judged again."""
        self.again: Again | None = None
        """Makes the shell line that judges this case once more."""
        self.sent = 0
        """Requests of this case so far, controls left out."""
        self._lasting = lasting
        """Whether the target is still there after the run."""

    def begin(self, again: Again | None = None) -> None:
        """A case begins; `again` makes the shell line that judges it once more."""
        self.violation, self.regained, self.sent, self.again = None, False, 0, again

    def request(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        token: Value = VALID,
        authorization: Value = VALID,
        tenant: Value = VALID,
        org: Value = VALID,
        headers: tuple[Field, ...] = (),
        body: bytes = b"",
        json_body: Any = None,  # noqa: ANN401 - any JSON value
    ) -> Request:
        """The documented request, but for what is given.

        `token` is the token of a Bearer credential, `authorization` the whole field value.
        """
        scope = self.target.scope
        if authorization is VALID:
            authorization = self._bearer(token)
        fields = (
            *_fields(AUTHORIZATION, authorization, ""),
            *_fields(TENANT, tenant, scope.tenant_id),
            *_fields(ORG, org, scope.org_id),
        )
        if json_body is not None:
            body, headers = json.dumps(json_body).encode(), (*headers, ("Content-Type", "application/json"))
        return Request(method, path or self.target.probe.read, (*fields, *headers), body)

    def _bearer(self, token: Value) -> Value:
        match token:
            case None:
                return None
            case Default.VALID:
                return f"Bearer {self.credentials.valid()}"
            case str():
                return f"Bearer {token}"
            case tuple():
                return tuple(f"Bearer {one}" for one in token)

    def get(self, path: str | None = None, **changes: Any) -> ResponseAssertion:  # noqa: ANN401 - the parameters of `request`
        """GET the probe, or another path, with these changes to the documented request."""
        return self.send(self.request("GET", path, **changes))

    def write(self, **changes: Any) -> ResponseAssertion:  # noqa: ANN401 - the parameters of `request`
        """Send the profile's write with these changes."""
        write = self.target.probe.write
        if write is None:
            raise Unmet("supply probe.write in the profile")
        return self.send(self.request(write.method, write.path, json_body=write.json, **changes))

    def send(
        self, request: Request, *, control: Request | None = None, transport: Transport | None = None
    ) -> ResponseAssertion:
        """Send a request. Its control is the same with three valid headers, unless another is given."""
        exchange = (transport or self._transport).send(request)
        self.recorder.exchange(exchange)
        self._observe(exchange)
        self.sent += 1
        return ResponseAssertion(self, exchange, control or self.documented(like=request), alone=self.sent == 1)

    def over_new_connections(self, request: Request, number: int) -> list[ResponseAssertion]:
        """Send the request so many times, each on a connection of its own."""
        answers = []
        for _ in range(number):
            with self.transport(new=True) as transport:
                answers.append(self.send(request, transport=transport))
        return answers

    def send_raw(self, octets: RawRequest, *, control: Request | None = None) -> ResponseAssertion:
        """Send octets as they are, on a connection of their own; the last request that they hold is judged."""
        self.gate.pass_through()
        if self._allowance is not None:
            self._allowance.take(octets.requests)
        exchange = self._exchange_raw(octets)
        self.recorder.exchange(exchange)
        self._observe(exchange, octets)
        self.sent += 1
        return ResponseAssertion(self, exchange, control or self.documented(), octets, alone=self.sent == 1)

    def _exchange_raw(self, octets: RawRequest) -> Exchange:
        timeout_s = min(self.target.limits.timeout_s, LONGEST_RAW_WAIT_S)
        return exchange_raw(self.target.base_url, octets, timeout_s=timeout_s)

    def framed(self, request: Request) -> bytes:
        """The request as octets, with the fields that every other request of the run has."""
        host = ("Host", authority(self.target.base_url))
        return head(request.method, request.target, (host, *ORDINARY, *request.headers)) + request.body

    def _send_framed(self, request: Request) -> Exchange:
        """Send a request as plain octets: the control of what is sent as odd ones."""
        if self._allowance is not None:
            self._allowance.take(1)
        return self._exchange_raw(RawRequest((self.framed(request),), request))

    def _observe(self, exchange: Exchange, octets: RawRequest | None = None) -> None:
        """Look at an answer for what no answer may have, whatever the check is about."""
        given = None if self._given is None else resource(self._given)
        protected = exchange.request.target.partition("?")[0] == self.target.probe.read
        for observation in observed(exchange, protected=protected, resource=given):
            self._came_upon(observation, exchange.request, octets)

    def observe_malformed(self, answered: ResponseAssertion, *, may_wait: bool = False) -> None:
        """Look at an answer to what no client sends: a server error or silence is untidy, and a rule of its own."""
        exchange = answered.exchange
        observation = unanswered(exchange, may_wait=may_wait)
        if observation is not None and (exchange.status is None or exchange.status in PASSING):
            observation = unanswered(self._once_more(answered), may_wait=may_wait)
        if observation is not None:
            self._came_upon(observation, exchange.request, answered.octets)

    def _once_more(self, answered: ResponseAssertion) -> Exchange:
        if answered.octets is None:
            return self.step(answered.exchange.request)
        return self.send_raw(answered.octets).exchange

    def _came_upon(self, observation: Observation, request: Request, octets: RawRequest | None) -> None:
        rule, finding = observation
        self._incidents[rule] += 1
        if self._incidents[rule] <= MOST_INCIDENTS:
            line = self._line(request, octets) if self._lasting else None
            if line is None and self.again is not None:
                line = self.again(also=rule)
            complete = replace(finding, curl=line)
            self.recorder.incidents.append((rule, complete))

    def judged(self, exchange: Exchange, *, control: Request) -> ResponseAssertion:
        """An exchange that took place already, for judgment beside this control."""
        return ResponseAssertion(self, exchange, control)

    def shows_the_resource(self, answered: ResponseAssertion) -> bool:
        """Whether the answer is an accepted one that holds what the documented request gets."""
        return self.resource().given_in(answered.exchange)

    def resource(self) -> Resource:
        """What the documented request gives out; NotAssessed if it is refused."""
        if self._given is None:
            self.send_control(self.documented(), self.step(self.documented()))
        return resource(self._given or b"")

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

    def documented(self, *, like: Request | None = None) -> Request:
        """The documented request, or the like of another with all three headers made valid."""
        plain = self.request()
        return plain if like is None else like.without(*THREE_HEADERS).having(*plain.headers)

    def step(self, request: Request, *, transport: Transport | None = None) -> Exchange:
        """Send a request that prepares something and is not judged."""
        exchange = (transport or self._transport).send(request)
        self.recorder.exchange(exchange, "step")
        self._observe(exchange)
        self.sent += 1
        return exchange

    def precondition(self, request: Request, *, why: str) -> None:
        """What must be accepted before a rule can be judged by what comes after; NotAssessed where it is refused."""
        exchange = self.step(request)
        if not exchange.accepted:
            raise NotAssessed(f"answered {exchange.outcome} beforehand, where {why}")

    def send_control(self, control: Request, subject: Exchange, *, raw: bool = False) -> Exchange:
        """The control's accepted exchange; `raw`: sent as plain octets on a connection of its own.

        NotAssessed where it is refused, JudgeAgain where it was refused for a while only, ServiceDied where it was
        accepted before and is not answered now. Where nothing can be judged any more, the gate is shut.
        """
        for attempt in range(CONTROL_ATTEMPTS):
            exchange = self._ask(control, raw=raw)
            if exchange.accepted:
                return exchange
            if not _is_silent(exchange):
                break
            if attempt + 1 < CONTROL_ATTEMPTS:
                time.sleep(CONTROL_PAUSE_S)
        raise self._no_control(control, exchange, subject, raw=raw)

    def _ask(self, control: Request, *, raw: bool = False) -> Exchange:
        exchange = self._send_framed(control) if raw else self._transport.send(control)
        self.recorder.exchange(exchange, "control")
        self._alive = self._alive or exchange.accepted
        documented = control.method == "GET" and control.target == self.target.probe.read
        if exchange.accepted and documented and exchange.response is not None:
            self._given = exchange.response.body
        return exchange

    def _no_control(self, control: Request, exchange: Exchange, subject: Exchange, *, raw: bool) -> Exception:
        reason = f"the control was not accepted: {control.method} {control.target} got {exchange.outcome}"
        documented = self.documented()
        if (raw or control != documented) and self._ask(documented).accepted:
            return NotAssessed(reason)
        if not _is_silent(exchange):
            return NotAssessed(reason) if self.credentials.time_is_moved() else self._regain(reason)
        self.gate.shut(
            f"the target stopped answering during the run ({exchange.outcome}): look at its log, start it again, "
            "then the run"
        )
        if not self._alive:
            return NotAssessed(reason)
        return ServiceDied(
            Finding(
                f"after this request the documented one brought {exchange.outcome}, {CONTROL_ATTEMPTS} times in a row",
                ("2xx",),
                exchange.outcome,
                curl=None if self.again is None else self.again(also=ServiceDied.rule),
                exchange=evidence(subject),
                control=evidence(exchange),
            )
        )

    def _regain(self, reason: str) -> NotAssessed:
        """JudgeAgain if the documented request is accepted again, after signing in it may be; else the run is over."""
        if not self._lasting:  # the suite's own, whose clock a check may have moved past the token's hour
            return NotAssessed(reason)
        signed_in: Exchange | None = None
        for pause_s in REFUSAL_PAUSES_S:
            time.sleep(pause_s)
            exchange = self._ask(self.documented())
            if not exchange.accepted and self.target.sign_in is not None and self._sign_ins < SIGN_INS_ALLOWED:
                self._sign_ins += 1
                signed_in = self.credentials.renew()
                exchange = self._ask(self.documented())
            if exchange.accepted:
                self.regained = True
                return JudgeAgain(f"{reason}, for a while")
        self.gate.shut(cause(self.target, self.credentials.valid(), exchange, signed_in, self.credentials.now()))
        return NotAssessed(str(self.gate.cause))

    def repeat(self, answered: ResponseAssertion, control: Exchange) -> str | None:
        """The shell line that shows this answer again: its request alone, or else the whole case.

        A request shows nothing by itself if it came after others, if the very same one was accepted a moment later as
        its own control, or if its target ends with the run. What curl does not show of an answer to HEAD is its body.
        """
        request = answered.exchange.request
        wavering = answered.octets is None and request == control.request and not answered.exchange.accepted
        bodiless = request.method != "HEAD" or not answered.body
        if answered.alone and self._lasting and bodiless and not wavering:
            line = self._line(request, answered.octets)
            if line is not None:
                return line
        return None if self.again is None else self.again()

    def _line(self, request: Request, octets: RawRequest | None) -> str | None:
        base_url, redactor = self.target.base_url, self.recorder.redactor
        if octets is not None:
            return send_line(base_url, octets, redactor, timeout_s=LONGEST_RAW_WAIT_S)
        return curl(base_url, request, redactor, timeout_s=self.target.limits.timeout_s)

    def known(self, more: Mapping[str, TokenFacts] | None = None) -> Known:
        """What the model may know: the time, the valid token and its scope, and more tokens where given."""
        token, scope, write = self.credentials.valid(), self.target.scope, self.target.probe.write
        facts = TokenFacts(scope.tenant_id, frozenset({scope.org_id}), expires_at(token) or float("inf"))
        return Known(
            now=self.credentials.now(),
            tokens={token: facts, **(more or {})},
            reads=frozenset({self.target.probe.read}),
            writes=frozenset() if write is None else frozenset({(write.method, write.path)}),
        )


def _is_silent(exchange: Exchange) -> bool:
    """Whether the target broke down over it, rather than refused it."""
    return exchange.status is None or exchange.status >= 500


def _fields(name: str, value: Value, valid: str) -> tuple[Field, ...]:
    match value:
        case None:
            return ()
        case Default.VALID:
            return ((name, valid),)
        case str():
            return ((name, value),)
        case tuple():
            return tuple((name, one) for one in value)


@dataclass(frozen=True, slots=True)
class ResponseAssertion:
    """An exchange with the target, waiting for its judgment. Every judgment sends the control first."""

    synq: TargetApi
    exchange: Exchange
    control: Request
    octets: RawRequest | None = None
    """What was sent, if it was no request of an HTTP library: the control goes out as plain octets then."""
    alone: bool = False
    """Whether nothing of the case went before the request."""
    cause: tuple[str, Request] | None = None
    """Another rule, and a request that breaks it: if it does, a breach here only follows from that."""

    @property
    def body(self) -> bytes:
        return b"" if self.exchange.response is None else self.exchange.response.body

    def header(self, name: str) -> str | None:
        return None if self.exchange.response is None else self.exchange.response.value(name)

    def beside(self, control: Request) -> ResponseAssertion:
        """The same answer, to be judged beside another control."""
        return replace(self, control=control)

    def unless(self, rule: str, request: Request) -> ResponseAssertion:
        """The same answer, whose breach says nothing of its own if this request is accepted, which breaks that rule."""
        return replace(self, cause=(rule, request))

    def must_be(
        self, *statuses: int, why: str, meaning: str | None = None, may_close: bool = False
    ) -> ResponseAssertion:
        """One of these statuses is right: a refusal, believed beside its accepted control."""
        return self._judged(Expectation(frozenset(statuses), why, may_close), meaning)

    def must_have_been(self, *statuses: int) -> ResponseAssertion:
        """Only of a refusal with one of these statuses can more be said; NotAssessed where there is none."""
        if self.exchange.status not in statuses:
            wanted = " or ".join(str(status) for status in statuses)
            raise NotAssessed(f"answered {self.exchange.outcome}, so there is no {wanted} to look at")
        return self

    def must_be_right(self, known: Known | None = None, *, narrowly: bool = False) -> ResponseAssertion:
        """What the model says is right; `narrowly` by what the RFCs add to the guide."""
        right: Answer = answer(self.exchange.request, known or self.synq.known())
        statuses = right.preferred if narrowly else right.statuses
        if self.exchange.accepted and not self._for_the_probe and not self.synq.shows_the_resource(self):
            statuses |= ACCEPTED  # a front page for unknown paths, and the like
        return self._judged(Expectation(statuses, right.why, right.may_close))

    def must_be_right_of_what_no_client_sends(self) -> ResponseAssertion:
        """What the model says is right; a server error is a matter of no-server-error, which looks at it."""
        self.observe_malformed()
        right: Answer = answer(self.exchange.request, self.synq.known())
        return self._judged(Expectation(right.statuses | SERVER_ERROR, right.why, right.may_close))

    @property
    def _for_the_probe(self) -> bool:
        write = self.synq.target.probe.write
        return self.exchange.request.target.partition("?")[0] in {
            self.synq.target.probe.read,
            None if write is None else write.path,
        }

    def must(self, expectation: Expectation, *, meaning: str | None = None) -> ResponseAssertion:
        """What the expectation says is right."""
        return self._judged(expectation, meaning)

    def must_be_refused(self, *, why: str, meaning: str | None = None) -> ResponseAssertion:
        """Anything but 2xx is right, a closed connection included."""
        return self._judged(Expectation(NOT_ACCEPTED, why, may_close=True), meaning)

    def must_open_nothing(self, *, why: str, may_wait: bool = False) -> ResponseAssertion:
        """Anything is right but an accepted answer with the resource in it.

        A server error or silence is a matter of no-server-error; `may_wait`: the target may take the octets for a
        request that is still to end.
        """
        self.synq.observe_malformed(self, may_wait=may_wait)
        control = self._send_control()
        if not self.synq.resource().body:
            raise NotAssessed("the documented answer is empty, so it could not be told from another one")
        if self.synq.shows_the_resource(self):
            self._unless_caused()
            summary = f"answered {self.exchange.outcome} with the resource, although {why}"
            expected = "no answer with the resource in it"
            finding = Finding(summary, (expected,), self.exchange.outcome, exchange=evidence(self.exchange))
            raise self._breach(self._complete(finding, control, None))
        if self.exchange.accepted and self.synq.step(self.synq.documented().without(AUTHORIZATION)).accepted:
            raise NotAssessed("the documented request is accepted without Authorization as well, so nothing is shut")
        return self

    def observe_malformed(self) -> None:
        """Let no-server-error look at the answer to what no client sends by accident."""
        self.synq.observe_malformed(self)

    def must_be_client_error(self, *, why: str, may_close: bool = False) -> ResponseAssertion:
        """Any 4xx is right."""
        return self._judged(Expectation(CLIENT_ERRORS, why, may_close))

    def must_be_accepted(self, *, why: str) -> ResponseAssertion:
        """2xx is right, believed only where the same request without Authorization is refused."""
        finding = judge(self.exchange, Expectation(ACCEPTED, why))
        if finding is None:
            self._must_refuse_without_credentials()
            return self
        control = self.synq.send_control(self.synq.documented(), self.exchange)
        raise self._breach(self._complete(finding, control, None))

    def must_hold(
        self,
        holds: bool,
        summary: str,
        *,
        expected: str,
        got: str | int | None = None,
        meaning: str | None = None,
    ) -> ResponseAssertion:
        """Something else than the status is right of this answer, believed beside the accepted control."""
        control = self._send_control()
        if holds:
            if self.exchange.accepted and self.exchange.request.values(AUTHORIZATION):
                self._must_refuse_without_credentials()
            return self
        finding = Finding(summary, (expected,), got, exchange=evidence(self.exchange))
        raise self._breach(self._complete(finding, control, meaning))

    def _judged(self, expectation: Expectation, meaning: str | None = None) -> ResponseAssertion:
        control = self._send_control()
        if self.exchange.status == 429:
            raise NotAssessed("the target limits the rate (429): lower limits.requests_per_second")
        finding = judge(self.exchange, expectation)
        if finding is not None:
            self._unless_caused()
            raise self._breach(self._complete(finding, control, meaning))
        return self

    def _send_control(self) -> Exchange:
        return self.synq.send_control(self.control, self.exchange, raw=self.octets is not None)

    def _unless_caused(self) -> None:
        """NotAssessed if the request that breaks another rule is accepted as well."""
        if self.cause is not None:
            rule, request = self.cause
            if self.synq.step(request).accepted:
                raise NotAssessed(f"it is accepted without that as well: follows from {rule}")

    def _must_refuse_without_credentials(self) -> None:
        bare = self.exchange.request.without(AUTHORIZATION)
        exchange = self.synq.step(bare)
        if exchange.accepted:
            raise NotAssessed("accepted without Authorization as well, so the acceptance proves nothing")

    def _breach(self, finding: Finding) -> Violation:
        self.synq.violation = Violation(finding, request=self.exchange.request)
        return self.synq.violation

    def _complete(self, finding: Finding, control: Exchange, meaning: str | None) -> Finding:
        return replace(
            finding,
            curl=self.synq.repeat(self, control),
            control=evidence(control),
            explanation=meaning,
        )
