"""What a client shows as its token's hour goes by, under the clocks that can be moved and in real time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from conformance.client.adapters.driver import AdapterError
from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import ClientClock
from conformance.client.harness.session import Done, call_without_sign_in
from conformance.evidence.judge import NotAssessed

SETTLE_S = 0.01

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RefreshObservation:
    """What a client showed around the end of a token's life."""

    clock: str
    answer: Done
    expired: ReceivedRequest | None
    """The first API request with a token past its life."""
    refused: bool
    """Whether an API request was answered 401, such as one whose token ended on its way."""
    replaced: bool
    """Whether the client signed in again."""
    for_each: bool
    """Whether it did so for every request, so that nothing is shown."""

    @property
    def ahead(self) -> bool:
        return self.replaced and not self.refused and not self.for_each


def around_the_end(bench: ClientSessions, clock: ClientClock, later_s: float = 0.0) -> RefreshObservation:
    """Ask for something again and again around the end of a token's life, until the token was replaced.

    The moments are the clock's, or so much later.
    """
    with clock.session(bench) as session:
        end = max(session.fake_api.issued.values()) + session.fake_api.lifetime_s
        before = len(session.sign_ins)
        expired: ReceivedRequest | None = None
        for asked, moment in enumerate(clock.moments, 1):
            clock.advance(session, max(0.0, end + moment + later_s - session.now()))
            at = session.now()
            done = session.call()
            expired = expired or expired_token(done, session.fake_api, at)
            session.fake_api.quiet(SETTLE_S)
            signed_in = len(session.sign_ins) - before
            if signed_in and asked > 1:
                break
        refused = any(received.status == 401 for received in session.attempts)
        return RefreshObservation(clock.name, done, expired, refused, signed_in > 0, signed_in >= asked)


def expired_token(done: Done, fake_api: FakeApi, asked_at: float) -> ReceivedRequest | None:
    """The call's first API request whose token had outlived itself before the client was asked.

    One that ends on its way is no fault, least of all on a busy machine.
    """
    outlived = (
        received
        for received in done.attempts
        if received.token in fake_api.issued and asked_at - fake_api.issued[received.token] >= fake_api.lifetime_s
    )
    return next(outlived, None)


def after_a_pause(bench: ClientSessions, clock: ClientClock, pause_s: float) -> Done:
    """A call after the client was left alone for longer than a token lives."""
    with clock.session(bench) as session:
        clock.advance(session, pause_s)
        return session.call()


def settled_call(bench: ClientSessions, clock: ClientClock, pause_s: float) -> Done:
    """After such a pause, the first call that needed no sign-in; the last of many if each needed one."""
    with clock.session(bench) as session:
        clock.advance(session, pause_s)
        session.call()
        return call_without_sign_in(session)


def early_call(bench: ClientSessions, clock: ClientClock, pause_s: float) -> Done:
    """A call when most of the hour is left."""
    with clock.session(bench) as session:
        clock.advance(session, pause_s)
        return session.call_and_wait()


def each(
    bench: ClientSessions, clocks: Sequence[ClientClock], see: Callable[[ClientSessions, ClientClock], T]
) -> Iterator[T]:
    """Yields an observation under each clock with which the client works; raises the obstacle if it works with none.

    Some programs cannot bear that their clocks are moved from outside, and some do not see it.
    """
    obstacle: AdapterError | NotAssessed | None = None
    worked = False
    for clock in clocks:
        try:
            seen = see(bench, clock)
        except (AdapterError, NotAssessed) as error:
            obstacle = obstacle or error
        else:
            worked = True
            yield seen
    if obstacle is not None and not worked:
        raise obstacle
