"""Several callers at once, whose requests meet the same expired token, and what became of each of them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum

from conformance.client.adapters.driver import Answer, ApiCall, Raised, Returned
from conformance.client.fake_api.handlers import Barrier, after, answered, delayed, dropped
from conformance.client.fake_api.service import Handler, ReceivedRequest, reference_answer
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.once import Once
from conformance.client.harness.session import HANDFUL, Done, Session
from conformance.contract.words import plural

MOST_ATTEMPTS = 3
STEP_S = 0.01
"""Between two refusals that come one after the other."""
SCATTERED_S = 0.2
"""Refusals at random moments all come within this time."""
ENDLESS = 12
"""Refusals for each caller after which the server accepts again."""
HELD_S = 0.4
"""How long a sign-in is held that brings no answer, or that many wait for."""
MANY = 64
"""Callers who are to wait together: some clients have room for some of them only."""


class Refusals(StrEnum):
    """How the refusals of the callers' requests come."""

    TOGETHER = "together"
    IN_TURN = "one-after-another"
    SCATTERED = "at-random-moments"
    ONE_FIRST = "one-before-the-others"
    """The others come when its caller has been answered."""
    ENDLESS = "endless"
    """Together, and whatever is sent later is refused as well."""


class SignIns(StrEnum):
    """What becomes of the sign-ins that follow."""

    WORK = "works"
    FAIL = "fails"
    FAIL_ONCE = "fails-once"
    HANG_ONCE = "hangs-once"


@dataclass(frozen=True, slots=True)
class BurstKind:
    """So many callers, how they are refused, and what comes of signing in."""

    number: int
    refusals: Refusals = Refusals.TOGETHER
    sign_ins: SignIns = SignIns.WORK

    def __str__(self) -> str:
        return f"{self.number}-{self.refusals}-{self.sign_ins}"


@dataclass(frozen=True, slots=True)
class Burst:
    """What became of the callers."""

    answers: tuple[Answer | None, ...]
    """What each of them got; None of one that was never answered."""
    received_requests: tuple[ReceivedRequest, ...]
    waited_s: float
    """How long the last of them was waited for."""
    afterwards: Done | None
    """The call of a new caller, when signing in works again; None if others were never answered."""
    first_told_at: float = 0.0
    """When the first of them had its answer; seconds since the epoch."""

    @property
    def sign_ins(self) -> tuple[ReceivedRequest, ...]:
        return tuple(received for received in self.received_requests if received.is_sign_in)

    @property
    def attempts(self) -> tuple[ReceivedRequest, ...]:
        """The API requests."""
        return tuple(received for received in self.received_requests if not received.is_sign_in)

    @property
    def refused(self) -> tuple[ReceivedRequest, ...]:
        return tuple(received for received in self.attempts if received.status == 401)

    def of(self, number: int) -> tuple[ReceivedRequest, ...]:
        """The API requests of one caller."""
        return tuple(received for received in self.attempts if received.request.target.endswith(f"?n={number}"))

    @property
    def later(self) -> tuple[int, ...]:
        """The callers whose first request was answered when another had its answer already."""
        first = {number: self.of(number)[:1] for number in range(len(self.answers))}
        return tuple(n for n, found in first.items() for one in found if one.answered_at > self.first_told_at)

    @property
    def left(self) -> tuple[int, ...]:
        """The callers that were never answered."""
        return tuple(number for number, answer in enumerate(self.answers) if answer is None)

    @property
    def through(self) -> int:
        """How many callers were told of success, counted up to the number of requests that the API granted."""
        granted = sum(received.granted for received in self.attempts)
        return min(granted, sum(map(is_success, self.answers)))

    @property
    def broke(self) -> bool:
        """Whether a caller lost its connection although the suite's server dropped none."""
        return any(isinstance(answer, Raised) and answer.kind == "transport" for answer in self.answers)

    def told(self) -> str:
        """What the wire saw, in words."""
        brought = [str(one.status or "no answer") for one in self.sign_ins]
        came_to = f" (answered {', '.join(brought[:HANDFUL])})" if brought else ""
        return f"{plural(len(self.refused), 'answer')} of 401, {plural(len(brought), 'sign-in')}{came_to}"


def is_success(answer: Answer | None) -> bool:
    """Whether a caller is told so."""
    return isinstance(answer, Returned) and 200 <= answer.status <= 299


def numbered(number: int) -> list[ApiCall]:
    """Calls that can be told apart on the wire."""
    return [ApiCall(query={"n": str(index)}, headers={"X-Warehouse": f"oslo-{index}"}) for index in range(number)]


class Bursts:
    """The bursts of this run; each takes place once, and an error of the adapter is raised each time."""

    def __init__(self, bench: ClientSessions, seed: int) -> None:
        self._bench, self._seed = bench, seed
        self._past = Once(self._played)

    def of(self, kind: BurstKind) -> Burst:
        """What became of these callers."""
        return self._past.of(kind)

    def _played(self, kind: BurstKind) -> Burst:
        """Have them call, once more if a connection broke that the server had not dropped.

        Connection pools of popular libraries now and then close a connection under one of many threads (httpcore 1.0.9
        does). That says nothing about tokens, so a fresh client shows it once more.
        """
        for _ in range(MOST_ATTEMPTS):
            with self._bench.configured() as session:
                burst = self._seen(session.warm_up(), kind)
            if not burst.broke or kind.sign_ins is SignIns.HANG_ONCE:
                break
        return burst

    def _seen(self, session: Session, kind: BurstKind) -> Burst:
        fake_api, seen, calls = session.fake_api, len(session.received_requests), numbered(kind.number)
        barrier, first_is_told = Barrier(kind.number, self._bench.patience_s), threading.Event()
        told_at: list[float] = []

        def told(_future: Future[Answer]) -> None:
            told_at.append(time.time())
            first_is_told.set()

        fake_api.expire()
        fake_api.handlers.extend(self._handlers(kind, barrier, first_is_told))
        fake_api.sign_in.extend(sign_ins_of(kind))
        # A client that backs off for every caller in turn would take minutes over a server that never works again
        relents = threading.Timer(self._bench.hang_after_s, fake_api.relent)
        relents.daemon = True
        relents.start()
        futures = [session.begin(call) for call in calls]
        for future in futures:
            future.add_done_callback(told)
        answers, waited_s = session.answers_of(futures, self._bench.hang_after_s)
        relents.cancel()
        received_requests = session.received_requests[seen:]
        session.keep()
        session.watch(calls)
        if not barrier.complete:
            self._bench.one_at_a_time()
        fake_api.handlers.clear()
        fake_api.sign_in.clear()
        if None in answers:
            self._bench.must_answer_afresh(session)
            return Burst(answers, received_requests, waited_s, None)
        return Burst(answers, received_requests, waited_s, session.call(), told_at[0])

    def _handlers(self, kind: BurstKind, barrier: Barrier, first_is_told: threading.Event) -> Iterator[Handler]:
        chance = random.Random(f"{self._seed} {kind}")  # noqa: S311 - the same moments in the same run, no secret
        match kind.refusals:
            case Refusals.TOGETHER:
                yield from (barrier.then(reference_answer) for _ in range(kind.number))
            case Refusals.IN_TURN:
                yield from (barrier.then(delayed(turn * STEP_S)) for turn in range(kind.number))
            case Refusals.SCATTERED:
                yield from (barrier.then(delayed(chance.uniform(0, SCATTERED_S))) for _ in range(kind.number))
            case Refusals.ONE_FIRST:
                yield barrier.then(reference_answer)
                yield from (barrier.then(after(first_is_told, reference_answer)) for _ in range(kind.number - 1))
            case Refusals.ENDLESS:
                # Else a busy client's callers come one by one, and none waits for the sign-in of another
                yield from (barrier.gather(answered(401)) for _ in range(kind.number))
                yield from (answered(401) for _ in range((ENDLESS - 1) * kind.number))


def sign_ins_of(kind: BurstKind) -> Sequence[Handler]:
    """What becomes of the sign-ins that a burst leads to; any further one works."""
    match kind.sign_ins:
        case SignIns.WORK:
            # As long as it takes many threads on a busy machine to read their 401, so that all wait together
            return [delayed(HELD_S)] if kind.number >= MANY else ()
        case SignIns.FAIL:
            return [answered(500)] * (ENDLESS * kind.number)
        case SignIns.FAIL_ONCE:
            return [answered(500)]
        case SignIns.HANG_ONCE:
            return [dropped(HELD_S)]
