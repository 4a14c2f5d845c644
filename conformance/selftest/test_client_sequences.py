"""The invariants of a generated session, each seen on a session that keeps it and on one that does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.client.adapters.driver import PRODUCTS, ApiCall, Returned
from conformance.client.fake_api.service import ReceivedRequest
from conformance.client.harness import invariants
from conformance.client.harness.sequences import Move, Step, Trace
from conformance.client.harness.session import Done
from conformance.contract.paths import SIGN_IN_PATH
from conformance.evidence.judge import Violation
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.mock import world

SIGN_IN = ("sign-in", 200)


def received_request(number: int, token: str, status: int, tenant: str = world.TENANT) -> ReceivedRequest:
    """A sign-in, or an API request with this token, and its answer."""
    scope = (("X-Tenant-ID", tenant), ("X-Org-ID", world.ORG))
    fields = () if token == SIGN_IN[0] else (("Authorization", f"Bearer {token}"), *scope)
    request = Request("POST", SIGN_IN_PATH) if token == SIGN_IN[0] else Request("GET", PRODUCTS, fields)
    return ReceivedRequest(number, Exchange(request, Response(status), None, "", 0.0, 0.0), 0.0)


def step(move: Move, *sent: tuple[str, int]) -> Step:
    """A call, and what it led to: tokens and statuses."""
    received_requests = tuple(received_request(number, token, status) for number, (token, status) in enumerate(sent))
    return Step(move, Done(ApiCall(), Returned(sent[-1][1], ""), received_requests))


def trace(*steps: Step) -> Trace:
    """A session in which the tokens a, b, c and e were issued."""
    return Trace(steps, frozenset("abce"))


GOOD = trace(
    step(Move.ACCEPT, ("a", 200)),
    step(Move.FORBID, ("a", 403)),
    step(Move.FAIL, ("a", 503)),
    step(Move.REVOKE, ("a", 401), SIGN_IN, ("b", 200)),
    step(Move.ACCEPT, ("b", 200)),
    step(Move.TROUBLE, ("b", 401), ("sign-in", 500)),
    step(Move.FAIL, ("b", 503), ("b", 401), SIGN_IN, ("c", 200)),
    step(Move.TROUBLE, ("c", 401), ("sign-in", 500)),
    step(Move.ACCEPT, ("c", 401), SIGN_IN, ("e", 200)),
)
SEVERAL_TOKENS = trace(
    step(Move.TROUBLE, ("a", 401), ("sign-in", 500)),
    step(Move.ACCEPT, ("b", 401), SIGN_IN, ("c", 200)),
    step(Move.ACCEPT, ("a", 401), SIGN_IN, ("d", 200)),
)
BAD = [
    pytest.param(invariants.headers_are_complete, trace(step(Move.ACCEPT, ("d", 401))), id="unknown-token"),
    pytest.param(invariants.attempts_are_bounded, trace(step(Move.REVOKE, *[("a", 401)] * 6)), id="six-attempts"),
    pytest.param(invariants.attempts_are_bounded, trace(step(Move.TROUBLE, *[SIGN_IN] * 6)), id="six-sign-ins"),
    pytest.param(
        invariants.replaced_tokens_stay_away,
        trace(step(Move.REVOKE, ("a", 401), SIGN_IN, ("b", 200)), step(Move.ACCEPT, ("a", 401))),
        id="replaced-token-again",
    ),
    pytest.param(
        invariants.sign_ins_have_a_cause, trace(step(Move.ACCEPT, SIGN_IN, ("b", 200))), id="sign-in-without-cause"
    ),
    pytest.param(
        invariants.sign_ins_have_a_cause,
        trace(step(Move.REVOKE, ("a", 401), SIGN_IN, ("b", 200)), step(Move.ACCEPT, SIGN_IN, ("c", 200))),
        id="cause-used-up",
    ),
    pytest.param(
        invariants.nothing_follows_a_403, trace(step(Move.FORBID, ("a", 403), SIGN_IN)), id="sign-in-after-403"
    ),
    pytest.param(
        invariants.nothing_follows_a_403, trace(step(Move.FORBID, ("a", 403), ("a", 200))), id="retry-after-403"
    ),
    pytest.param(
        invariants.no_sign_in_follows_a_503, trace(step(Move.FAIL, ("a", 503), SIGN_IN)), id="sign-in-after-503"
    ),
]
Judge = Callable[[Trace], None]


@pytest.mark.parametrize(
    "judge",
    [
        invariants.headers_are_complete,
        invariants.scope_is_constant,
        invariants.attempts_are_bounded,
        invariants.replaced_tokens_stay_away,
        invariants.sign_ins_have_a_cause,
        invariants.nothing_follows_a_403,
        invariants.no_sign_in_follows_a_503,
    ],
)
def test_a_good_session_breaks_nothing(judge: Judge) -> None:
    """Each invariant holds of it."""
    judge(GOOD)


def test_each_worker_may_have_a_token_of_its_own() -> None:
    """Signing in anew for one of them replaces what that one was refused with."""
    invariants.replaced_tokens_stay_away(SEVERAL_TOKENS)


@pytest.mark.parametrize(("judge", "bad"), BAD)
def test_a_bad_session_is_a_breach(judge: Judge, bad: Trace) -> None:
    """Of the one invariant."""
    with pytest.raises(Violation):
        judge(bad)


def test_a_request_without_a_token_has_no_token_to_come_back() -> None:
    """It is for the rules about headers to judge."""
    first, second = (step(Move.TROUBLE, (token, 401), ("sign-in", 500), ("", 401)) for token in ("a", "b"))
    recovered = step(Move.ACCEPT, SIGN_IN, ("b", 200))
    invariants.replaced_tokens_stay_away(trace(first, recovered, second))


def test_another_tenant_is_a_breach() -> None:
    """Of the constant scope."""
    done = Done(ApiCall(), Returned(403, ""), (received_request(0, "a", 403, tenant="other"),))
    with pytest.raises(Violation, match="X-Tenant-ID"):
        invariants.scope_is_constant(trace(Step(Move.ACCEPT, done)))
