"""The life of tokens: signing in, calling, waiting and revoking in any order, judged by the model throughout."""

from __future__ import annotations

from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from conformance.contract.marks import rule
from conformance.server.harness.calls import TargetApi
from conformance.server.harness.depths import Extent
from conformance.server.harness.targets import OpenTarget
from conformance.server.harness.token_states import life, staged


def _live(synq: TargetApi, bench: OpenTarget, extent: Extent, seed: int, *, renewing: bool) -> None:
    run_state_machine_as_test(
        seeded(seed)(life(staged(synq, bench, renewing=renewing))),
        settings=settings(max_examples=extent.lives, stateful_step_count=extent.steps),
    )


@rule("verified-every-request")
def test_through_any_life_every_request_is_answered_rightly(
    synq: TargetApi, bench: OpenTarget, examples: Extent, seed: int
) -> None:
    """However signing in, calling, waiting and revoking follow each other, each call is judged by its own token."""
    _live(synq, bench, examples, seed, renewing=True)


@rule("connection-not-trusted")
def test_whoever_called_before_each_request_is_judged_by_its_own_token(
    synq: TargetApi, bench: OpenTarget, examples: Extent, seed: int
) -> None:
    """However calls of several accounts and of none follow each other, none gains by the one before."""
    _live(synq, bench, examples, seed, renewing=False)
