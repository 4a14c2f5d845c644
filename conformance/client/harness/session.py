"""A scenario: one fresh client before one fresh Synq, and what a check sees of both."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from urllib.parse import unquote

from conformance.client.adapters.driver import (
    AdapterError,
    Answer,
    ApiCall,
    Configuration,
    Driver,
    Introduction,
    Overdue,
    Raised,
    Returned,
)
from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness.patience import first_answered
from conformance.client.harness.retries import RetryWatch
from conformance.contract.words import plural
from conformance.evidence.judge import CallerLeft, Inapplicable, NotAssessed, Surplus, Violation, evidence
from conformance.evidence.recorder import Recorder
from conformance.http.message import path_of
from conformance.mock import world
from conformance.results.data import Finding

CONFIGURE_WITHIN_S = 20.0
ANSWERS_OF_A_SCENARIO = 8
"""How many times longer than one answer a whole scenario may take."""
SLOW_S = 1.0
"""How much longer than a fresh client a call may take: an adapter may be slow to read a line of 5 MiB."""
HANDFUL = 5
"""The most attempts, or sign-ins, for one call."""
MOST_TOKENS = 16
"""Tokens that a client may hold side by side, such as one for each of its workers or connections."""


@dataclass(frozen=True, slots=True)
class Done:
    """One call: what the client sent because of it, and what its caller got."""

    call: ApiCall
    answer: Answer
    received_requests: tuple[ReceivedRequest, ...]

    @property
    def sign_ins(self) -> tuple[ReceivedRequest, ...]:
        return tuple(received for received in self.received_requests if received.is_sign_in)

    @property
    def attempts(self) -> tuple[ReceivedRequest, ...]:
        """The API requests."""
        return tuple(received for received in self.received_requests if not received.is_sign_in)

    @property
    def tries(self) -> tuple[ReceivedRequest, ...]:
        """The API requests for the path of the call; all of them if no other try went there, as if it was lost.

        A client may send requests of its own, such as for the account that it has signed in with.
        """
        own = tuple(one for one in self.attempts if unquote(path_of(one.request.target)) == unquote(self.call.path))
        return own if len(own) > 1 else self.attempts

    def after(self, status: int) -> tuple[ReceivedRequest, ...]:
        """What arrived after an API request was answered so; nothing if none was."""
        first = next((received.number for received in self.attempts if received.status == status), None)
        return tuple(received for received in self.received_requests if first is not None and received.number > first)

    def sign_ins_after(self, status: int) -> tuple[ReceivedRequest, ...]:
        """The sign-ins that arrived after an API request was answered so, and before another was answered 401."""
        after = itertools.takewhile(lambda received: received.status != 401 or received.is_sign_in, self.after(status))
        return tuple(received for received in after if received.is_sign_in)

    @property
    def succeeded(self) -> bool:
        """Whether the caller is told so."""
        return isinstance(self.answer, Returned) and 200 <= self.answer.status <= 299

    @property
    def granted(self) -> bool:
        """Whether the API did grant a request of this call."""
        return any(received.granted for received in self.attempts)

    @property
    def refused(self) -> bool:
        """Whether a request of this call was answered 401."""
        return any(received.status == 401 for received in self.attempts)

    def must(
        self,
        holds: bool,
        summary: str,
        *,
        expected: str,
        got: object = None,
        shown: ReceivedRequest | None = None,
        counted: bool = False,
    ) -> None:
        """Raises Violation unless this holds; the finding shows the given request, or else the last one."""
        if shown is None and self.received_requests:
            shown = self.received_requests[-1]
        got = str(self.answer) if got is None else got
        must(holds, summary, expected=expected, got=got, shown=shown, counted=counted)

    def must_succeed(self, after: str) -> None:
        """The caller gets a 2xx, and the API granted a request."""
        self.must(self.succeeded, f"{after}: {self.answer}", expected="2xx for the caller")
        unasked = f"{after}: {self.answer} although the API granted no request"
        self.must(self.granted, unasked, expected="a request that the API grants")

    def with_later(self, received_requests: Sequence[ReceivedRequest]) -> Done:
        """The same call with what arrived up to now."""
        return replace(self, received_requests=(*self.received_requests, *received_requests))

    def with_earlier(self, received_requests: Sequence[ReceivedRequest]) -> Done:
        """The same call with what had arrived for the one before it."""
        return replace(self, received_requests=(*received_requests, *self.received_requests))


def must(
    holds: bool, summary: str, *, expected: str, got: object, shown: ReceivedRequest | None, counted: bool = False
) -> None:
    """Raises Violation with this finding, unless it holds; Surplus if requests were counted, which timers may spoil."""
    if holds:
        return
    exchange = None if shown is None else evidence(shown.exchange)
    kind = Surplus if counted else Violation
    raise kind(Finding(summary, (expected,), got if isinstance(got, int) else str(got), exchange=exchange))


class Warmth:
    """How many calls it takes until a client has all its tokens: one call, unless each of its workers has its own."""

    def __init__(self) -> None:
        self.calls: int | None = None
        """None as long as it is not known."""


class Session:
    """What a check does with the client and with its server."""

    def __init__(
        self,
        driver: Driver,
        fake_api: FakeApi,
        base_url: str,
        recorder: Recorder,
        answer_within_s: float,
        afresh: Callable[[Session], bool] = lambda _session: False,
        warmth: Warmth | None = None,
    ) -> None:
        """`afresh` says whether a fresh client is answered by the adapter of a session."""
        self.fake_api, self.driver = fake_api, driver
        self.answer_within_s = answer_within_s
        self._ends_at = time.monotonic() + ANSWERS_OF_A_SCENARIO * answer_within_s
        self._recorder, self._kept = recorder, 0
        self.configuration = Configuration(
            base_url, world.EDITOR, world.PASSWORDS[world.EDITOR], world.TENANT, world.ORG
        )
        self.introduction: Introduction | None = None
        self.refusal: Raised | None = None
        """What the client raised when it was configured: some sign in at once."""
        self.broken: AdapterError | None = None
        self.spent = False
        """Whether its client was given up, so that the adapter is not to be used for another."""
        self._afresh, self._warmth = afresh, warmth or Warmth()
        self._watch: RetryWatch | None = RetryWatch(fake_api.issued)
        self._watched, self.broken_by_retries = 0, list[str]()

    def configure(self, configuration: Configuration | None = None) -> Session:
        """A fresh client, no token kept; for another account, if a configuration is given."""
        try:
            configured = self.driver.configure(configuration or self.configuration, CONFIGURE_WITHIN_S)
        except AdapterError as error:
            self.broken = error
            raise
        self.refusal = configured if isinstance(configured, Raised) else None
        self.introduction = None if isinstance(configured, Raised) else configured
        return self

    def call(self, call: ApiCall | None = None) -> Done:
        """Have the client make one call, and wait for its answer."""
        (done,) = self.together([call or ApiCall()])
        return done

    def together(self, calls: Sequence[ApiCall]) -> tuple[Done, ...]:
        """Have the client make several calls at once. Each is given all that arrived meanwhile."""
        seen = len(self.fake_api.received_requests)
        futures = [self.begin(call) for call in calls]
        answers = [self.finish(future) for future in futures]
        received_requests = self.fake_api.received_requests[seen:]
        self.keep()
        self.watch(calls)
        return tuple(Done(call, answer, received_requests) for call, answer in zip(calls, answers, strict=True))

    def begin(self, call: ApiCall) -> Future[Answer]:
        """Have the client start a call; raises Inapplicable if its adapter cannot."""
        offered = frozenset[str]() if self.introduction is None else self.introduction.capabilities
        if lacking := call.needs - offered:
            raise Inapplicable(f"the adapter does not offer the capability {' or '.join(sorted(lacking))}")
        self.fake_api.asked.add(unquote(call.path))
        return self.driver.request(call)

    def finish(self, future: Future[Answer]) -> Answer:
        """Returns the call's answer.

        Raises AdapterError if it is late or the whole scenario takes too long, CallerLeft if it is late although a
        fresh client in the same adapter is answered; if the call is answered as well then, it was only slow.
        """
        left_s = max(self._ends_at - time.monotonic(), 0.0)
        try:
            if first_answered([future], self.fake_api, self.answer_within_s, left_s):
                return future.result()
            failed: AdapterError = Overdue(f"the adapter did not answer a request within {self.answer_within_s:g} s")
        except AdapterError as error:
            failed = error
        if isinstance(failed, Overdue) and left_s < self.answer_within_s:
            allowed_s = ANSWERS_OF_A_SCENARIO * self.answer_within_s
            failed = Overdue(f"the adapter took more than {allowed_s:g} s over one scenario")
        elif isinstance(failed, Overdue) and self.answers_afresh():
            if future in first_answered([future], self.fake_api, SLOW_S, SLOW_S):
                return future.result()
            raise caller_left(self)
        self.broken = failed
        raise failed

    def answers_afresh(self) -> bool:
        """Whether a fresh client in the same adapter is answered; the present one is given up."""
        self.spent = True
        try:
            return self._afresh(self)
        except AdapterError:
            return False

    def answers_of(self, futures: Sequence[Future[Answer]], within_s: float) -> tuple[tuple[Answer | None, ...], float]:
        """What each call was answered, and how long that took altogether; None if it never was.

        That is said when nothing was heard and no call answered for so long: a client that does one after the other
        takes its time. Raises AdapterError if the adapter fails meanwhile.
        """
        began, pending = time.monotonic(), set(futures)
        while pending and (left_s := self._ends_at - time.monotonic()) > 0:
            answered = first_answered(pending, self.fake_api, within_s, left_s)
            if not answered:
                break
            pending -= answered
        try:
            answers = tuple(future.result() if future.done() else None for future in futures)
        except AdapterError as error:
            self.broken = error
            raise
        return answers, time.monotonic() - began

    def call_and_wait(self, call: ApiCall | None = None) -> Done:
        """One call, with what the client sends shortly after it was answered."""
        done = self.call(call)
        self.fake_api.quiet()
        last = done.received_requests[-1].number + 1 if done.received_requests else len(self.fake_api.received_requests)
        return done.with_later(self.fake_api.received_requests[last:])

    def warm_up(self) -> Session:
        """Let the client sign in and succeed, until it has its tokens; raises NotAssessed if it does not succeed."""
        if self.refusal is not None:
            raise NotAssessed(f"the client could not be set up: {self.refusal}")
        done = self.call()
        if not done.attempts:
            raise NotAssessed(f"the client sent no API request for a plain call: {done.answer}")
        if not done.succeeded or done.attempts[-1].status != 200:
            raise NotAssessed(
                f"follows from three-headers: a plain call was answered {done.attempts[-1].exchange.outcome} "
                f"by the API, and {done.answer}"
            )
        if self._warmth.calls is None:
            self._warmth.calls = self._calls_until_warm()
        else:
            self.calls(self._warmth.calls - 1)
        return self

    def _calls_until_warm(self) -> int:
        """How many calls the client signed in for, up to now, if the next one needs no sign-in; else one."""
        for called in range(1, MOST_TOKENS + 1):
            if not self.call().sign_ins:
                return called
        return 1  # it signs in for each, however many there are

    def watch(self, calls: Sequence[ApiCall] = ()) -> None:
        """Look at the retries among what arrived since the last look; these calls are over."""
        fresh = self.fake_api.received_requests[self._watched :]
        self._watched += len(fresh)
        for rule, fault, received in () if self._watch is None else self._watch.look(fresh, calls):
            self.broken_by_retries.append(rule)
            right, exchange = ("the same request with a fresh token",), evidence(received.exchange)
            if all(rule != known for known, _ in self._recorder.incidents):  # one case is one finding
                self._recorder.incidents.append((rule, Finding(fault, right, fault, exchange=exchange)))

    def unwatched(self) -> Session:
        """The same session, whose retries are no matter of any rule but the one at hand."""
        self._watch = None
        return self

    def now(self) -> float:
        """The time by the server's clock."""
        return self.fake_api.synq.clock.now()

    def keep(self) -> None:
        """Put what arrived into the record of exchanges."""
        received_requests = self.fake_api.received_requests
        for received in received_requests[self._kept :]:
            self._recorder.exchange(received.exchange)
        self._kept = len(received_requests)

    def keep_also(self, received_requests: Sequence[ReceivedRequest]) -> None:
        """Put what another server received into the record as well."""
        for received in received_requests:
            self._recorder.exchange(received.exchange)

    def calls(self, number: int) -> None:
        """Plain calls, one after the other."""
        for _ in range(number):
            self.call()

    @property
    def received_requests(self) -> tuple[ReceivedRequest, ...]:
        return self.fake_api.received_requests

    @property
    def attempts(self) -> tuple[ReceivedRequest, ...]:
        """The API requests of the whole session."""
        return tuple(received for received in self.received_requests if not received.is_sign_in)

    @property
    def sign_ins(self) -> tuple[ReceivedRequest, ...]:
        return tuple(received for received in self.received_requests if received.is_sign_in)

    def must_have_sent_something(self) -> None:
        """Raises NotAssessed if no API request arrived."""
        if not self.attempts:
            raise NotAssessed("the client sent no API request")


def call_without_sign_in(session: Session) -> Done:
    """The first call from now on that needed no sign-in; the last of many if each needed one."""
    for _ in range(MOST_TOKENS):
        done = session.call_and_wait()
        if not done.sign_ins:
            break
    return done


def caller_left(session: Session) -> CallerLeft:
    """What is said of a session whose last call was never answered, although a fresh client is."""
    refused = [one for one in session.attempts if one.status == 401]
    told = f"its session saw {plural(len(refused), 'answer')} of 401 and {plural(len(session.sign_ins), 'sign-in')}"
    shown = session.received_requests[-1] if session.received_requests else None
    return CallerLeft(
        Finding(
            f"a caller was not answered within {session.answer_within_s:g} s, although a fresh client was: {told}",
            ("an answer or an error for each caller",),
            "neither",
            exchange=None if shown is None else evidence(shown.exchange),
        )
    )
