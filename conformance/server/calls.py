"""How a check speaks to the target, and how it judges what comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from conformance.exchange import Door, Exchange
from conformance.limits import Allowance
from conformance.message import Field, Request
from conformance.model import ACCEPTED, Answer, Known, TokenFacts, answer
from conformance.record import Journal
from conformance.repeat import curl, send
from conformance.results import Finding
from conformance.server.credentials import Credentials
from conformance.target import Target
from conformance.tokens import expires_at
from conformance.verdict import Breach, Expectation, NotAssessed, ServiceDied, evidence, judge
from conformance.wire import Octets, converse

AUTHORIZATION, TENANT, ORG = "Authorization", "X-Tenant-ID", "X-Org-ID"
THREE_HEADERS = (AUTHORIZATION, TENANT, ORG)
ANY_STATUS = frozenset(range(100, 600))
CLIENT_ERRORS = frozenset(range(400, 500))
NOT_ACCEPTED = ANY_STATUS - ACCEPTED
NO_SERVER_ERROR = frozenset(range(200, 500)) | {501, 505}
"""501 and 505 say that the server has no such method or version, which is true and no fault of its own."""
LONGEST_RAW_WAIT_S = 3.0
CONTROL_ATTEMPTS = 3
CONTROL_PAUSE_S = 0.3


class Default(Enum):
    """The value that the documented request has."""

    VALID = "valid"


VALID = Default.VALID
Value = str | None | tuple[str, ...] | Default
"""A header's value: the valid one, none at all, another, or several fields of one name."""


class Again(Protocol):
    """Makes the shell line that judges a case once more, and what it shows of one more rule."""

    def __call__(self, *, also: str | None = None) -> str: ...


class Synq:
    """The target, as a check sees it: requests that differ from the documented one in what is under test."""

    def __init__(
        self,
        target: Target,
        door: Door,
        credentials: Credentials,
        journal: Journal,
        *,
        open_door: Callable[[], Door],
        allowance: Allowance | None = None,
        lasting: bool = True,
        answering: bool = False,
    ) -> None:
        self.target, self.credentials, self.journal = target, credentials, journal
        self._door, self._open_door, self._allowance = door, open_door, allowance
        self._alive = answering
        """Whether it accepted a request before, so that a silence tells of its death."""
        self.dead: str | None = None
        """Why nothing more can be asked, once that is so."""
        self.breach: Breach | None = None
        """The breach that this case saw last."""
        self.again: Again | None = None
        """Makes the shell line that judges this case once more."""
        self.sent = 0
        """Requests of this case so far, controls left out."""
        self._lasting = lasting
        """Whether the target is still there after the run."""

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

    def get(self, path: str | None = None, **changes: Any) -> Answered:  # noqa: ANN401 - the parameters of `request`
        """GET the probe, or another path, with these changes to the documented request."""
        return self.send(self.request("GET", path, **changes))

    def write(self, **changes: Any) -> Answered:  # noqa: ANN401 - the parameters of `request`
        """Send the profile's write with these changes."""
        write = self.target.probe.write
        if write is None:
            raise NotAssessed("supply probe.write in the profile")
        return self.send(self.request(write.method, write.path, json_body=write.json, **changes))

    def send(self, request: Request, *, control: Request | None = None, door: Door | None = None) -> Answered:
        """Send a request. Its control is the same with three valid headers, unless another is given."""
        self._refuse_if_dead()
        exchange = (door or self._door).send(request)
        self.journal.exchange(exchange)
        self.sent += 1
        return Answered(self, exchange, control or self.documented(like=request), alone=self.sent == 1)

    def send_octets(self, octets: Octets, *, control: Request | None = None) -> Answered:
        """Send octets as they are, on a connection of their own; the last request that they hold is judged."""
        self._refuse_if_dead()
        if self._allowance is not None:
            self._allowance.take(octets.requests)
        timeout_s = min(self.target.limits.timeout_s, LONGEST_RAW_WAIT_S)
        exchange = converse(self.target.base_url, octets, timeout_s=timeout_s)
        self.journal.exchange(exchange)
        self.sent += 1
        return Answered(self, exchange, control or self.documented(), octets, alone=self.sent == 1)

    def judged(self, exchange: Exchange, *, control: Request) -> Answered:
        """An exchange that took place already, for judgment beside this control."""
        return Answered(self, exchange, control)

    def shows_the_resource(self, answered: Answered) -> bool:
        """Whether the answer holds what the documented request gets."""
        documented = self.step(self.documented())
        body = b"" if documented.response is None else documented.response.body
        return answered.exchange.accepted and bool(body) and body == answered.body

    def open_door(self) -> Door:
        """A connection of its own, for the caller to close."""
        return self._open_door()

    @contextmanager
    def door(self, *, new: bool) -> Iterator[Door]:
        """The session's connection, or a new one that is closed afterwards."""
        door = self._open_door() if new else self._door
        try:
            yield door
        finally:
            if new:
                door.close()

    def documented(self, *, like: Request | None = None) -> Request:
        """The documented request, or the like of another with all three headers made valid."""
        plain = self.request()
        return plain if like is None else like.without(*THREE_HEADERS).having(*plain.headers)

    def step(self, request: Request, *, door: Door | None = None) -> Exchange:
        """Send a request that prepares something and is not judged."""
        self._refuse_if_dead()
        exchange = (door or self._door).send(request)
        self.journal.exchange(exchange, "step")
        self.sent += 1
        return exchange

    def presuppose(self, request: Request, *, why: str) -> None:
        """What must be accepted before a rule can be judged by what comes after; NotAssessed where it is refused."""
        exchange = self.step(request)
        if not exchange.accepted:
            raise NotAssessed(f"answered {exchange.outcome} beforehand, where {why}")

    def vouch(self, control: Request, subject: Exchange) -> Exchange:
        """The control's accepted exchange.

        NotAssessed where it is refused, ServiceDied where it was accepted before and is not answered now.
        """
        for attempt in range(CONTROL_ATTEMPTS):
            exchange = self._door.send(control)
            self.journal.exchange(exchange, "control")
            if exchange.accepted:
                self._alive = True
                return exchange
            if exchange.status is not None and exchange.status < 500:
                break
            if attempt + 1 < CONTROL_ATTEMPTS:
                time.sleep(CONTROL_PAUSE_S)
        raise self._no_control(control, exchange, subject)

    def _no_control(self, control: Request, exchange: Exchange, subject: Exchange) -> Exception:
        reason = f"the control was not accepted: {control.method} {control.target} got {exchange.outcome}"
        if exchange.status is not None and exchange.status < 500:
            return NotAssessed(reason)
        self.dead = "the target stopped answering earlier in this run"
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

    def repeat(self, answered: Answered, control: Exchange) -> str | None:
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

    def _line(self, request: Request, octets: Octets | None) -> str | None:
        base_url, redactor = self.target.base_url, self.journal.redactor
        if octets is not None:
            return send(base_url, octets, redactor, timeout_s=LONGEST_RAW_WAIT_S)
        return curl(base_url, request, redactor, timeout_s=self.target.limits.timeout_s)

    def _refuse_if_dead(self) -> None:
        if self.dead is not None:
            raise NotAssessed(self.dead)

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
class Answered:
    """An exchange with the target, waiting for its judgment. Every judgment sends the control first."""

    synq: Synq
    exchange: Exchange
    control: Request
    octets: Octets | None = None
    """What was sent, if it was no request of an HTTP library."""
    alone: bool = False
    """Whether nothing of the case went before the request."""

    @property
    def body(self) -> bytes:
        return b"" if self.exchange.response is None else self.exchange.response.body

    def header(self, name: str) -> str | None:
        return None if self.exchange.response is None else self.exchange.response.value(name)

    def beside(self, control: Request) -> Answered:
        """The same answer, to be judged beside another control."""
        return replace(self, control=control)

    def must_be(self, *statuses: int, why: str, meaning: str | None = None, may_close: bool = False) -> Answered:
        """One of these statuses is right: a refusal, believed beside its accepted control."""
        return self._judged(Expectation(frozenset(statuses), why, may_close), meaning)

    def presupposed(self, *statuses: int) -> Answered:
        """Only of a refusal with one of these statuses can more be said; NotAssessed where there is none."""
        if self.exchange.status not in statuses:
            wanted = " or ".join(str(status) for status in statuses)
            raise NotAssessed(f"answered {self.exchange.outcome}, so there is no {wanted} to look at")
        return self

    def must_be_right(self, known: Known | None = None, *, narrowly: bool = False) -> Answered:
        """What the model says is right; `narrowly` by what the RFCs add to the guide."""
        right: Answer = answer(self.exchange.request, known or self.synq.known())
        statuses = right.preferred if narrowly else right.statuses
        return self._judged(Expectation(statuses, right.why, right.may_close))

    def must(self, expectation: Expectation) -> Answered:
        """What the expectation says is right."""
        return self._judged(expectation)

    def must_be_refused(self, *, why: str, meaning: str | None = None) -> Answered:
        """Anything but 2xx is right, a closed connection included."""
        return self._judged(Expectation(NOT_ACCEPTED, why, may_close=True), meaning)

    def must_be_client_error(self, *, why: str, may_close: bool = False) -> Answered:
        """Any 4xx is right."""
        return self._judged(Expectation(CLIENT_ERRORS, why, may_close))

    def must_be_accepted(self, *, why: str) -> Answered:
        """2xx is right, believed only where the same request without Authorization is refused."""
        finding = judge(self.exchange, Expectation(ACCEPTED, why))
        if finding is None:
            self._must_refuse_without_credentials()
            return self
        control = self.synq.vouch(self.synq.documented(), self.exchange)
        raise self._breach(self._complete(finding, control, None))

    def must_hold(
        self,
        holds: bool,
        summary: str,
        *,
        expected: str,
        got: str | int | None = None,
        meaning: str | None = None,
    ) -> Answered:
        """Something else than the status is right of this answer, believed beside the accepted control."""
        control = self.synq.vouch(self.control, self.exchange)
        if holds:
            if self.exchange.accepted and self.exchange.request.values(AUTHORIZATION):
                self._must_refuse_without_credentials()
            return self
        finding = Finding(summary, (expected,), got, exchange=evidence(self.exchange))
        raise self._breach(self._complete(finding, control, meaning))

    def _judged(self, expectation: Expectation, meaning: str | None = None) -> Answered:
        if self.exchange.status == 429:
            raise NotAssessed("the target limits the rate (429): lower limits.requests_per_second")
        control = self.synq.vouch(self.control, self.exchange)
        finding = judge(self.exchange, expectation)
        if finding is not None:
            raise self._breach(self._complete(finding, control, meaning))
        return self

    def _must_refuse_without_credentials(self) -> None:
        bare = self.exchange.request.without(AUTHORIZATION)
        exchange = self.synq.step(bare)
        if exchange.accepted:
            raise NotAssessed("accepted without Authorization as well, so the acceptance proves nothing")

    def _breach(self, finding: Finding) -> Breach:
        self.synq.breach = Breach(finding, request=self.exchange.request)
        return self.synq.breach

    def _complete(self, finding: Finding, control: Exchange, meaning: str | None) -> Finding:
        return replace(
            finding,
            curl=self.synq.repeat(self, control),
            control=evidence(control),
            explanation=meaning,
        )
