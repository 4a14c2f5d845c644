"""Guide, "Refreshing tokens": refresh ahead of the hour, and get over it when it has passed."""

from __future__ import annotations

import pytest

from conformance.client.fake_api.handlers import clock_set_right
from conformance.client.fake_api.service import FakeApi, reference_answer
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.hours import Hours
from conformance.client.harness.refused import unless_it_follows
from conformance.client.harness.session import HANDFUL
from conformance.contract.durations import DAY_S, HOUR_S, MINUTE_S
from conformance.contract.marks import rule
from conformance.contract.words import plural
from conformance.evidence.judge import NotAssessed
from conformance.evidence.recorder import Recorder

SIGN_INS = 12
"""Sign-ins after which the server's clock is right, so that a client that signs in again and again comes to an end."""


@rule("refresh-ahead")
def test_a_token_is_replaced_before_its_hour_is_over(hours: Hours, recorder: Recorder) -> None:
    """Asked again and again around the mark, the client never sends a token that has expired."""
    observation = hours.ahead()
    recorder.clock = observation.clock
    observation.answer.must(
        observation.expired is None,
        f"an expired token was sent: it had not been replaced ahead of its end (time moved by {observation.clock})",
        expected="a new token before the old one ends",
        got="an expired token",
        shown=observation.expired,
    )
    if not observation.ahead:
        raise NotAssessed(
            "the client signed in for every request or for none, or its token ended while a request was on its way "
            f"(time moved by {observation.clock})"
        )


@rule("after-the-hour")
@pytest.mark.parametrize(
    "pause_s", [pytest.param(65 * MINUTE_S, id="an-hour-and-five-minutes"), pytest.param(DAY_S, id="a-day")]
)
def test_a_request_after_the_hour_succeeds(bench: ClientSessions, hours: Hours, pause_s: int) -> None:
    """After a long pause the first call succeeds."""
    with unless_it_follows(bench.must_recover_once):
        hours.after(pause_s).must_succeed("the first call after the hour")


@rule("no-early-refresh")
def test_at_minute_ten_nothing_is_refreshed(hours: Hours) -> None:
    """With fifty minutes left the client does not sign in."""
    done = hours.early(10 * MINUTE_S)
    done.must(
        not done.sign_ins,
        "the client signed in again at minute ten of the hour",
        expected="no sign-in",
        got=plural(len(done.sign_ins), "sign-in"),
        counted=True,
    )


@rule("clock-skew")
@pytest.mark.parametrize(
    "ahead_s",
    [pytest.param(3 * HOUR_S, id="client-three-hours-ahead"), pytest.param(-3 * HOUR_S, id="three-hours-behind")],
)
def test_a_clock_that_is_hours_off_does_no_harm(bench: ClientSessions, ahead_s: int) -> None:
    """Calls succeed, with a handful of sign-ins at most for each."""
    bench.must_work()
    fake_api = FakeApi(offset_s=-ahead_s)
    fake_api.sign_in.extend([reference_answer] * SIGN_INS + [clock_set_right])
    with bench.configured(fake_api) as session:
        first_call, second_call = session.call(), session.call()
    with unless_it_follows(bench.must_recover_once):
        first_call.must_succeed("with a clock that is hours off")
        second_call.must_succeed("with a clock that is hours off")
    most = max(len(first_call.sign_ins), len(second_call.sign_ins), len(session.sign_ins) - len(second_call.sign_ins))
    first_call.must(
        most <= HANDFUL,
        f"{most} sign-ins for one call, with a clock that is hours off",
        expected=f"at most {HANDFUL}",
        got=most,
        counted=True,
    )
