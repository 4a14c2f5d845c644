"""Generated courses of a session: what the server does at each call, and what the client made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st

from conformance.client.fake_api.handlers import answered, dropped, slow
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.once import Once
from conformance.client.harness.session import Done, Session
from conformance.config.options import RunOptions
from conformance.evidence.judge import CallerLeft, Violation
from conformance.evidence.recorder import Recorder

SLOW_S = 0.05
EXAMPLES = {"quick": 4, "standard": 12, "deep": 100}
"""Sequences at each depth."""
LONGEST = 8


class Move(StrEnum):
    """What the server does about the next call."""

    ACCEPT = "accept"
    REVOKE = "revoke"
    """Every token so far is refused from now on."""
    FORBID = "forbid"
    FAIL = "fail"
    SLOW = "slow"
    DROP = "drop"
    TROUBLE = "trouble"
    """As REVOKE, and the next sign-in fails."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a session."""

    move: Move
    done: Done


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole session."""

    steps: tuple[Step, ...]
    issued: frozenset[str]


MOVES = (Move.ACCEPT, *Move)
"""As many as three bits tell apart: before Hypothesis draws its first number, it reads every module of a checkout in
search of constants, which takes seconds; for a boolean it does not."""
MOVE = st.tuples(st.booleans(), st.booleans(), st.booleans()).map(
    lambda bits: MOVES[4 * bits[0] + 2 * bits[1] + bits[2]]
)
SEQUENCES = st.lists(MOVE, min_size=1, max_size=LONGEST).map(tuple)


class Traces:
    """Sessions by their sequence; each takes place once, however many rules look at it."""

    def __init__(self, bench: ClientSessions, recorder: Recorder, run: RunOptions) -> None:
        self._bench, self._recorder, self._run = bench, recorder, run
        self._past = Once(self._played)

    def each(self, judge: Callable[[Trace], None]) -> None:
        """Judge one session after the other, first those of one move; the simplest that breaks the rule is told."""
        self._bench.must_work()

        @seed(self._run.seed)
        @settings(
            max_examples=EXAMPLES[self._run.depth],
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(SEQUENCES)
        def judge_one(moves: tuple[Move, ...]) -> None:
            for move in moves:
                self._recorder.spread("server's moves", move)
            try:
                judge(self._past.of(moves, self._recorder.rule))
            except CallerLeft:
                raise
            except Violation as violation:
                course = ", ".join(moves)
                raise type(violation)(*(replace(finding, case=course) for finding in violation.findings)) from None

        for move in reversed(Move):
            judge_one = example((move,))(judge_one)
        judge_one()

    def _played(self, moves: tuple[Move, ...]) -> Trace:
        with self._bench.configured() as session:
            session.warm_up()
            return Trace(tuple(step(session, move) for move in moves), frozenset(session.fake_api.issued))


def step(session: Session, move: Move) -> Step:
    """Make the move, and have the client make a call."""
    fake_api = session.fake_api
    match move:
        case Move.REVOKE:
            fake_api.revoke()
        case Move.TROUBLE:
            fake_api.revoke()
            fake_api.sign_in.append(answered(500))
        case Move.FORBID:
            fake_api.handlers.append(answered(403))
        case Move.FAIL:
            fake_api.handlers.append(answered(503))
        case Move.SLOW:
            fake_api.handlers.append(slow(SLOW_S))
        case Move.DROP:
            fake_api.handlers.append(dropped())
        case Move.ACCEPT:
            pass
    done = session.call_and_wait()
    fake_api.handlers.clear()
    fake_api.sign_in.clear()
    return Step(move, done)
