"""Several callers at once, whose requests meet the same expired token."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.client.adapters.driver import ApiCall, Raised
from conformance.client.fake_api.handlers import Barrier
from conformance.client.fake_api.service import reference_answer
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.session import Done, Session

MOST_ATTEMPTS = 3


def refused_together(bench: ClientSessions, number: int) -> tuple[Done, ...]:
    """Calls whose first tries are held until all are there, and then meet an expired token.

    Connection pools of popular libraries now and then close a connection under one of many threads (httpcore 1.0.9
    does). That says nothing about tokens, so a fresh client shows it once more.
    """
    for _ in range(MOST_ATTEMPTS):
        with bench.configured() as session:
            done = _at_once(bench, session.warm_up(), number)
        if not any(map(_broke, done)):
            break
    return done


def numbered(number: int) -> list[ApiCall]:
    """Calls that can be told apart on the wire."""
    return [ApiCall(query={"n": str(index)}, headers={"X-Request-ID": f"r-{index}"}) for index in range(number)]


def got_through(done: Sequence[Done]) -> int:
    """How many callers were told of success, counted up to the number of requests that the API granted."""
    granted = sum(received.granted for received in done[0].attempts)
    return min(granted, sum(one.succeeded for one in done))


def _at_once(bench: ClientSessions, session: Session, number: int) -> tuple[Done, ...]:
    barrier = Barrier(number, bench.patience_s)
    session.fake_api.expire()
    session.fake_api.handlers.extend([barrier.then(reference_answer)] * number)
    done = session.together(numbered(number))
    if not barrier.complete:
        bench.one_at_a_time()
    return done


def _broke(done: Done) -> bool:
    """Whether the caller lost its connection although the suite's server dropped none."""
    return isinstance(done.answer, Raised) and done.answer.kind == "transport"
