"""What a client does when signing in fails: it says so, gives up soon, and tries again at the next call."""

from __future__ import annotations

from functools import partial

import pytest

from conformance.client.harness import wire
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.session import HANDFUL
from conformance.client.harness.sign_in_failure import (
    FAILURES_ON_THE_WIRE,
    PAGE,
    WITHOUT_TOKEN,
    SignInFailures,
    Start,
)
from conformance.contract.marks import rule

each_trouble = pytest.mark.parametrize("kind", [*FAILURES_ON_THE_WIRE, *PAGE])
BUILDS_ON = {Start.COLD: ClientSessions.must_work, Start.WARM: ClientSessions.must_recover}
"""What a client must be able to do before it can be asked to do so after a failure."""
each_start = pytest.mark.parametrize("start", list(Start))


@rule("sign-in-failure-surfaced")
@each_start
@each_trouble
def test_a_failed_sign_in_reaches_the_caller(sign_in_failures: SignInFailures, kind: str, start: Start) -> None:
    """The caller gets an error, whichever it is."""
    failing = sign_in_failures.of(kind, start).failing
    failing.must(
        not failing.succeeded,
        f"signing in failed, and {failing.answer}",
        expected="an error for the caller",
    )


@rule("sign-in-without-token")
@each_start
@pytest.mark.parametrize("kind", [*WITHOUT_TOKEN, *PAGE])
def test_a_sign_in_without_a_token_is_an_error(sign_in_failures: SignInFailures, kind: str, start: Start) -> None:
    """The caller gets an error, and no API request goes out with anything but a token that was issued."""
    failure = sign_in_failures.of(kind, start)
    wire.each_must(
        failure.failing.attempts,
        partial(wire.token_fault, issued=failure.issued),
        expected="no API request until signing in has brought a token",
    )
    failure.failing.must(
        not failure.failing.succeeded,
        f"the sign-in answer had no token, and {failure.failing.answer}",
        expected="an error for the caller",
    )


@rule("sign-in-bounded")
@each_start
@each_trouble
def test_a_failing_sign_in_is_given_up(sign_in_failures: SignInFailures, kind: str, start: Start) -> None:
    """A handful of attempts for one call, and no more."""
    failing = sign_in_failures.of(kind, start).failing
    tried = len(failing.sign_ins)
    failing.must(
        tried <= HANDFUL,
        f"{tried} sign-ins for one call while each failed",
        expected=f"at most {HANDFUL}",
        got=tried,
        counted=True,
    )


@rule("sign-in-recovers")
@each_start
@each_trouble
def test_the_next_call_signs_in_again(
    bench: ClientSessions, sign_in_failures: SignInFailures, kind: str, start: Start
) -> None:
    """As soon as signing in works again, the client works again."""
    BUILDS_ON[start](bench)
    sign_in_failures.of(kind, start).after.must_succeed("after a failed sign-in, when signing in worked again")
