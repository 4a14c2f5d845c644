"""The life of tokens: signing in, calling, waiting and revoking in any order, judged by the model throughout."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, precondition, run_state_machine_as_test
from hypothesis.stateful import rule as step

from conformance.check import rule
from conformance.model import TokenFacts
from conformance.server.calls import Synq
from conformance.server.cases import UNKNOWN_ID
from conformance.server.depths import Extent
from conformance.server.targets import Bench
from conformance.tokens import expires_at

MOST_TOKENS = 4
WAITS = {"a-minute": 60, "half-the-hour": 1_800, "to-minute-58": 3_480, "past-the-hour": 3_600 + 400}


def _life(synq: Synq, bench: Bench) -> type[RuleBasedStateMachine]:
    scope = synq.target.scope

    class Life(RuleBasedStateMachine):
        """One life: a few tokens, and time that only goes forward."""

        tokens = Bundle("tokens")

        def __init__(self) -> None:
            super().__init__()
            self.facts: dict[str, TokenFacts] = {}

        @precondition(lambda self: len(self.facts) < MOST_TOKENS)
        @step(target=tokens)
        def sign_in(self) -> str:
            token = synq.credentials.fresh()
            ends = expires_at(token) or synq.credentials.now() + 3_600
            self.facts[token] = TokenFacts(scope.tenant_id, frozenset({scope.org_id}), ends)
            return token

        @step(token=tokens, wrong=st.sampled_from(["nothing", "tenant", "org"]), new=st.booleans())
        def call(self, token: str, wrong: str, new: bool) -> None:
            changes: dict[str, Any] = {} if wrong == "nothing" else {wrong: UNKNOWN_ID}
            with synq.door(new=new) as door:
                answered = synq.send(synq.request(token=token, **changes), door=door)
            answered.must_be_right(synq.known(self.facts))

        @precondition(lambda self: synq.target.revoke is not None)  # noqa: ARG005 - the signature that Hypothesis calls
        @step(token=tokens)
        def revoke(self, token: str) -> None:
            if self.facts[token].revoked or synq.credentials.now() >= self.facts[token].expires_at:
                return
            synq.credentials.revoke(token)
            self.facts[token] = TokenFacts(
                scope.tenant_id, frozenset({scope.org_id}), self.facts[token].expires_at, revoked=True
            )

        @precondition(lambda self: bench.clock is not None)  # noqa: ARG005 - the signature that Hypothesis calls
        @step(seconds=st.sampled_from(list(WAITS.values())))
        def wait(self, seconds: int) -> None:
            bench.move(seconds)

        def teardown(self) -> None:
            if bench.clock is not None:
                bench.clock.reset()

    return Life


@rule("verified-every-request")
def test_through_any_life_every_request_is_answered_rightly(synq: Synq, bench: Bench, examples: Extent) -> None:
    """However signing in, calling, waiting and revoking follow each other, each call is judged by its own token."""
    run_state_machine_as_test(
        _life(synq, bench), settings=settings(max_examples=examples.lives, stateful_step_count=examples.steps)
    )
