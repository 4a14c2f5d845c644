"""A client whose sign-in fails, and works again afterwards: one session that three rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.client.adapters.driver import Answer, ApiCall
from conformance.client.fake_api.handlers import answered, dropped, json_answer, page
from conformance.client.fake_api.service import Handler
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.once import Once
from conformance.client.harness.session import Done, Session
from conformance.contract.durations import HOUR_S
from conformance.evidence.judge import CallerLeft, Inapplicable, NotAssessed

FAILURES = 12
"""Sign-ins that fail before the server works again, so that a client that never gives up comes to an end."""
HELD_S, HELD_AGAIN_S = 0.3, 0.1
"""How long a sign-in is held that brings no answer: the first, and each one after it."""

FAILURES_ON_THE_WIRE: Mapping[str, tuple[Handler, ...]] = {
    "wrong-credentials": (answered(401),) * FAILURES,
    "server-error": (answered(500),) * FAILURES,
    # No client is waited for until it gives up by itself: that can take minutes.
    "time-out": (dropped(HELD_S), *(dropped(HELD_AGAIN_S),) * (FAILURES - 1)),
    "dropped-connection": (dropped(),) * FAILURES,
}
"""Sign-ins that failed beyond doubt."""
PAGE: Mapping[str, tuple[Handler, ...]] = {"page-for-people": (page,) * FAILURES}
"""A success by its status alone."""
WITHOUT_TOKEN: Mapping[str, tuple[Handler, ...]] = {
    "no-token": (json_answer({"expires_in": HOUR_S}),) * FAILURES,
    "empty-token": (json_answer({"token": "", "expires_in": HOUR_S}),) * FAILURES,
    "null-token": (json_answer({"token": None, "expires_in": HOUR_S}),) * FAILURES,
}
"""What no real server answers, and few libraries look for."""
KINDS: Mapping[str, tuple[Handler, ...]] = {**FAILURES_ON_THE_WIRE, **PAGE, **WITHOUT_TOKEN}


class Start(StrEnum):
    """The state in which the client meets the failing sign-in."""

    COLD = "cold"
    """It never had a token."""
    WARM = "warm"
    """Its token was just revoked."""


@dataclass(frozen=True, slots=True)
class SignInFailure:
    """What became of it."""

    issued: frozenset[str]
    """Every token that was issued until the call ended: some clients go on until there is one."""
    failing: Done
    """The call whose sign-in failed."""
    next_call: Done | CallerLeft
    """The next call, when signing in worked again."""

    @property
    def after(self) -> Done:
        """The next call; raises CallerLeft if it was never answered."""
        if isinstance(self.next_call, CallerLeft):
            raise self.next_call
        return self.next_call


class SignInFailures:
    """The sign-in failures of this run; each takes place once, and an error of the adapter is raised each time."""

    def __init__(self, bench: ClientSessions) -> None:
        self._bench = bench
        self._past = Once(self._met)

    def of(self, kind: str, start: Start) -> SignInFailure:
        """What became of the client that met it."""
        return self._past.of((kind, start))

    def _met(self, case: tuple[str, Start]) -> SignInFailure:
        kind, start = case
        with self._bench.session() as session:
            return meet(session if kind in FAILURES_ON_THE_WIRE else session.unwatched(), KINDS[kind], start)


def meet(session: Session, trouble: tuple[Handler, ...], start: Start) -> SignInFailure:
    """Let signing in fail for one call, and work for the next; raises NotAssessed if the client does not sign in."""
    if start is Start.WARM:
        session.configure().warm_up().fake_api.revoke()
    seen = len(session.received_requests)
    session.fake_api.sign_in.extend(trouble)
    if start is Start.COLD:
        session.configure()
    answer = session.refusal or _answer_with_sign_in(session, seen, start)
    failing, issued = Done(ApiCall(), answer, session.received_requests[seen:]), frozenset(session.fake_api.issued)
    session.fake_api.sign_in.clear()
    if session.refusal is not None:
        session.configure()
    return SignInFailure(issued, failing, _next_call(session))


def _next_call(session: Session) -> Done | CallerLeft:
    try:
        return session.call()
    except CallerLeft as left:
        return left


def _answer_with_sign_in(session: Session, seen: int, start: Start) -> Answer:
    """What the caller got of the call for which the client signed in.

    Some clients hand out the 401 and sign in for the next call, so a second one is tried. Raises NotAssessed if the
    client never signs in; if it never does so again, it has no failing sign-in to meet.
    """
    for _ in range(2):
        done = session.call_and_wait()
        if any(received.is_sign_in for received in session.received_requests[seen:]):
            return done.answer
    missing = f"the client did not sign in: {done.answer}"
    raise NotAssessed(missing) if start is Start.COLD else Inapplicable(missing)
