"""How a check judges what came back: every judgment has an accepted control just before or after the request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from conformance.config.profile import Target
from conformance.contract.oracle import ACCEPTED, SERVER_ERROR, Answer, Known, TokenFacts, answer, bearer
from conformance.evidence.judge import Expectation, HarnessError, NotAssessed, Unmet, Violation, evidence, judge, ranges
from conformance.http.exchange import Exchange
from conformance.http.message import Request, path_of
from conformance.http.raw import RawRequest
from conformance.results.data import Finding
from conformance.server.harness.controls import Controls
from conformance.server.harness.diagnosis import Diagnosis
from conformance.server.harness.documented import AUTHORIZATION, THREE_HEADERS
from conformance.server.harness.in_front import must_come_from_the_target
from conformance.server.harness.resource import Resource
from conformance.server.harness.wavering import must_have_that_status_again, must_not_waver

ANY_STATUS = frozenset(range(100, 600))
CLIENT_ERRORS = frozenset(range(400, 500))
TOO_LARGE = frozenset({413, 414, 431})
"""What is said of a size alone: content, target, header fields."""
NOT_ACCEPTED = ANY_STATUS - ACCEPTED
NO_SERVER_ERROR = frozenset(range(200, 500)) | {501, 505}
"""501 and 505 say that the server has no such method or version, which is true and no fault of its own."""


class Asked(Protocol):
    """The part of the target API that a judgment needs."""

    @property
    def target(self) -> Target: ...

    violation: Violation | None
    controls: Controls
    diagnosis: Diagnosis

    def documented(self) -> Request: ...

    def known(self, more: Mapping[str, TokenFacts] | None = None) -> Known: ...

    def resource(self) -> Resource: ...

    def step(self, request: Request) -> Exchange: ...

    def send_control(self, control: Request, subject: Exchange, *, raw: bool = False) -> Exchange: ...

    def observe_malformed(self, answered: ResponseAssertion, *, may_wait: bool = False) -> None: ...

    def repeat(self, answered: ResponseAssertion, control: Exchange) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ResponseAssertion:
    """An exchange with the target, waiting for its judgment, which sends a control first if none went just before."""

    synq: Asked
    exchange: Exchange
    control: Request
    octets: RawRequest | None = None
    """What was sent, if it was no request of an HTTP library: the control goes out as plain octets then."""
    alone: bool = False
    """Whether nothing of the case went before the request."""
    controlled: Exchange | None = None
    """The control's accepted exchange, if it took place already."""
    causes: tuple[tuple[str, Request], ...] = ()
    """Other rules, each with a request that breaks it: if one does, a violation here only follows from that."""

    @property
    def body(self) -> bytes:
        return self.exchange.body

    def header(self, name: str) -> str | None:
        return None if self.exchange.response is None else self.exchange.response.value(name)

    def with_control(self, control: Request) -> ResponseAssertion:
        """The same answer, to be judged with another control."""
        return replace(self, control=control)

    def unless(self, rule: str, request: Request) -> ResponseAssertion:
        """The same answer; a violation only follows from that rule if this request, which breaks it, is answered alike.

        Alike is the same status, or that both are accepted.
        """
        return replace(self, causes=(*self.causes, (rule, request)))

    def must_be(
        self,
        *statuses: int,
        why: str,
        meaning: str | None = None,
        may_close: bool = False,
        facts: TokenFacts | None = None,
    ) -> ResponseAssertion:
        """One of these statuses is right, and the oracle agrees: a refusal, believed if its control is accepted.

        `facts` of the token that was sent, if it is a genuine one other than the valid token.
        """
        self._oracle_must_agree(frozenset(statuses), facts)
        return self.must(Expectation(frozenset(statuses), why, may_close), meaning=meaning)

    def _oracle_must_agree(self, statuses: frozenset[int], facts: TokenFacts | None) -> None:
        """Raises HarnessError if no status that the check calls right is right to the oracle."""
        request = self.exchange.request
        token = bearer(", ".join(request.values(AUTHORIZATION)))
        known = self.synq.known(None if facts is None or token is None else {token: facts})
        right: Answer = answer(request, known)
        if not statuses & right.statuses:
            expected, allowed = (" or ".join(map(str, ranges(these))) for these in (statuses, right.statuses))
            raise HarnessError(
                f"the check expects {expected}, but the oracle {allowed}, since {right.why}: one of them is wrong"
            )

    def must_have_been(self, *statuses: int) -> ResponseAssertion:
        """Only a refusal with one of these statuses can be judged further; raises NotAssessed for any other answer."""
        if self.exchange.status in statuses:
            return self
        wanted = " or ".join(map(str, statuses))
        raise NotAssessed(f"answered {self.exchange.outcome}, so there is no {wanted} to look at")

    def must_be_right(
        self, known: Known | None = None, *, narrowly: bool = False, or_else: frozenset[int] = frozenset()
    ) -> ResponseAssertion:
        """What the model says is right, or one of some other statuses; `narrowly` by what the RFCs add to the guide."""
        right: Answer = answer(self.exchange.request, known or self.synq.known())
        statuses = (right.preferred if narrowly else right.statuses) | or_else
        if self.exchange.accepted and not self._for_the_probe and not self.synq.resource().given_in(self.exchange):
            statuses |= ACCEPTED  # a front page for unknown paths, and the like
        return self.must(Expectation(statuses, right.why, right.may_close or or_else >= SERVER_ERROR))

    def must_be_right_of_any_credential(self, *, usual: Collection[str]) -> ResponseAssertion:
        """What the model says is right; a server error as well if Authorization is unusual, or a header is repeated.

        It is a matter of no-server-error then, which looks at it.
        """
        if _is_usual(self.exchange.request, usual):
            return self.must_be_right()
        return self.must_be_right_of_what_no_client_sends()

    def must_be_right_of_what_no_client_sends(self) -> ResponseAssertion:
        """What the model says is right; a server error or none is a matter of no-server-error, which looks at it."""
        self.observe_malformed()
        return self.must_be_right(or_else=SERVER_ERROR)

    @property
    def _for_the_probe(self) -> bool:
        read, write = self.synq.target.probe.read, self.synq.target.probe.write
        paths = {path_of(target) for target in (read, read if write is None else write.path)}
        return path_of(self.exchange.request.target) in paths

    def must_be_refused(self, *, why: str, meaning: str | None = None) -> ResponseAssertion:
        """Anything but 2xx is right, a closed connection included; raises NotAssessed if its size was refused."""
        _must_be_of_a_size_that_is_read(self.exchange)
        return self.must(Expectation(NOT_ACCEPTED, why, may_close=True), meaning=meaning)

    def must_open_nothing(self, *, why: str, may_wait: bool = False) -> ResponseAssertion:
        """Anything is right but an accepted answer with the resource in it.

        A server error or silence is a matter of no-server-error; `may_wait`: the target may take the octets for a
        request that is still to end.
        """
        self.synq.observe_malformed(self, may_wait=may_wait)
        control = self._control(right=False)
        if not self.synq.resource().body:
            raise NotAssessed("the documented answer is empty, so it could not be told from another one")
        if self.synq.resource().given_in(self.exchange):
            self._unless_caused()
            raise self._violated(self._complete(_opened(self.exchange, why), control, None, opening=True))
        if self.exchange.accepted and self.synq.step(self.synq.documented().without(AUTHORIZATION)).accepted:
            raise NotAssessed("the documented request is accepted without Authorization as well, so nothing is shut")
        return self

    def observe_malformed(self) -> None:
        """Let no-server-error look at the answer to what no client sends by accident."""
        self.synq.observe_malformed(self)

    def must_be_client_error(self, *, why: str, may_close: bool = False) -> ResponseAssertion:
        """Any 4xx is right."""
        return self.must(Expectation(CLIENT_ERRORS, why, may_close))

    def must_be_accepted(self, *, why: str) -> ResponseAssertion:
        """2xx is right, believed only if the same request without Authorization is refused."""
        finding = judge(self.exchange, Expectation(ACCEPTED, why))
        if finding is None:
            self._must_refuse_without_credentials()
            return self
        control = self.synq.send_control(_plain(self.control, self.synq.documented()), self.exchange)
        raise self._violated(self._complete(finding, control, None))

    def must_hold(
        self,
        holds: bool,
        summary: str,
        *,
        expected: str,
        got: str | int | None = None,
        meaning: str | None = None,
        opening: bool = False,
    ) -> ResponseAssertion:
        """Something else than the status is right of this answer, believed if the control is accepted; `opening`: what
        is wrong is that the request was accepted, so that its likely cause is looked for."""
        control = self._control(right=holds)
        if holds:
            if self.exchange.accepted and self.exchange.request.values(AUTHORIZATION):
                self._must_refuse_without_credentials()
            return self
        _must_be_the_target_s(self)
        finding = Finding(summary, (expected,), got, exchange=evidence(self.exchange))
        raise self._violated(self._complete(finding, control, meaning, opening=opening))

    def must(self, expectation: Expectation, *, meaning: str | None = None) -> ResponseAssertion:
        """What the expectation says is right."""
        finding = judge(self.exchange, expectation)
        control = self._control(right=finding is None)
        if self.exchange.status == 429:
            raise NotAssessed("the target limits the rate (429): lower limits.requests_per_second")
        if finding is not None:
            self._unless_caused()
            _must_not_be_of_the_way(self, expectation)
            opening = not expectation.statuses & ACCEPTED
            raise self._violated(self._complete(finding, control, meaning, opening=opening))
        return self

    def _control(self, *, right: bool) -> Exchange:
        """The control's accepted exchange: of a right refusal, the one just before it if that is the same request."""
        if self.controlled is not None:
            return self.controlled
        raw = self.octets is not None
        before = self.synq.controls.just_before(self.control, self.exchange) if right and not raw else None
        return before or self.synq.send_control(self.control, self.exchange, raw=raw)

    def _unless_caused(self) -> None:
        """Raises NotAssessed if a request that breaks another rule is answered alike."""
        for rule, request in self.causes:
            try:
                exchange = self.synq.step(request)
            except Unmet:  # it may not be sent, so it explains nothing
                continue
            if (alike := _alike(exchange, self.exchange)) is not None:
                raise NotAssessed(f"follows from {rule}: its own request is {alike} as well")

    def _must_refuse_without_credentials(self) -> None:
        if self.synq.step(_guarded(self).without(AUTHORIZATION)).accepted:
            raise NotAssessed("accepted without Authorization as well, so the acceptance proves nothing")

    def _violated(self, finding: Finding) -> Violation:
        self.synq.violation = Violation(finding, request=self.exchange.request)
        return self.synq.violation

    def _complete(self, finding: Finding, control: Exchange, meaning: str | None, *, opening: bool = False) -> Finding:
        cause = self.synq.diagnosis.cause_of(self.exchange, self.octets) if opening else None
        shown = self.synq.repeat(self, control)
        return replace(finding, curl=shown, control=evidence(control), explanation=meaning, cause=cause)


def _plain(control: Request, documented: Request) -> Request:
    """The documented request, unless the control bears another token: that the target takes such a one is not known."""
    return documented if documented.values(AUTHORIZATION) == control.values(AUTHORIZATION) else control


def _is_usual(request: Request, credentials: Collection[str]) -> bool:
    """Whether no header is repeated, and Authorization, if it is there, is one of these."""
    once = all(len(request.values(name)) <= 1 for name in THREE_HEADERS)
    return once and set(request.values(AUTHORIZATION)) <= set(credentials)


def _opened(exchange: Exchange, why: str) -> Finding:
    summary = f"answered {exchange.outcome} with the resource, although {why}"
    return Finding(summary, ("no answer with the resource in it",), exchange.outcome, exchange=evidence(exchange))


def _must_be_of_a_size_that_is_read(exchange: Exchange) -> None:
    """Raises NotAssessed if it was the size of the request that was refused."""
    if exchange.status in TOO_LARGE:
        raise NotAssessed(
            f"answered {exchange.status}: the request was too large for the target, or for what stands before it, so "
            "nothing that it holds was looked at"
        )


def _must_not_be_of_the_way(answered: ResponseAssertion, expectation: Expectation) -> None:
    """Raises NotAssessed if what lies before the target gave this answer, which is wrong."""
    must_come_from_the_target(answered.synq, answered.exchange)
    if answered.octets is None:
        must_not_waver(answered.synq, answered.exchange, lambda again: judge(again, expectation) is None)


def _must_be_the_target_s(answered: ResponseAssertion) -> None:
    """Raises NotAssessed if what lies before the target gave this answer, or if another one comes to the same again."""
    if answered.exchange.accepted:
        must_come_from_the_target(answered.synq, answered.exchange)
    must_have_that_status_again(answered.synq, answered.exchange)


def _guarded(answered: ResponseAssertion) -> Request:
    """What must be refused without credentials if its being accepted is to prove anything: a page that has nothing of
    the resource, as of an application in the browser, may be there for everyone."""
    if answered.exchange.is_html and not answered.synq.resource().given_in(answered.exchange):
        return answered.synq.documented()
    return answered.exchange.request


def _alike(one: Exchange, other: Exchange) -> str | None:
    """How both were answered, in words; None if they were answered differently."""
    if one.accepted and other.accepted:
        return "accepted"
    return f"answered {one.status}" if one.status is not None and one.status == other.status else None
