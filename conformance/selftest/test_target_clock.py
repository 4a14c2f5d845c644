"""A target's clock may be off: what is minted fits its time, and no honest target is called broken for it."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.mock.clock import Clock
from conformance.server.harness.target_clock import TargetClock

SECRET = OctKey.import_key("a key of this test alone, and of thirty-two octets")
HOURS_OFF_S = 2 * 3_600
YEARS_OFF_S = 3 * 365 * 86_400


def token(off_s: float) -> str:
    """One that was issued at this moment, by a clock that is off so much."""
    return jwt.encode({"alg": "HS256"}, {"iat": int(time.time() + off_s)}, SECRET)


def brought(date_off_s: float | None) -> Exchange:
    """The answer that brings a token, with this in its Date."""
    headers = () if date_off_s is None else (("Date", formatdate(time.time() + date_off_s, usegmt=True)),)
    return Exchange(Request("POST", "/sign-in"), Response(200, headers), None, "", time.time(), 0.0)


@pytest.mark.parametrize(
    ("token_off_s", "date_off_s", "off_s"),
    [
        pytest.param(0, 0, 0, id="right"),
        pytest.param(-1, 0, 0, id="rounded-down"),
        pytest.param(180, 0, 180, id="ahead-behind-a-gateway"),
        pytest.param(180, None, 180, id="ahead-without-date"),
        pytest.param(HOURS_OFF_S, HOURS_OFF_S, HOURS_OFF_S, id="hours-ahead"),
        pytest.param(-180, -180, -180, id="behind"),
        pytest.param(-300, 0, 0, id="dated-back"),
        pytest.param(-300, None, 0, id="dated-back-or-behind"),
        pytest.param(YEARS_OFF_S, 0, 0, id="no-time-at-all"),
    ],
)
def test_a_new_token_tells_the_target_s_time(token_off_s: float, date_off_s: float | None, off_s: float) -> None:
    """A time to come is believed, and one that is past if the answer's own Date says so, too."""
    clock = TargetClock(None)
    clock.learn(token(token_off_s), brought(date_off_s))
    assert clock.now() - time.time() == pytest.approx(off_s, abs=2)


@pytest.mark.parametrize(("token_off_s", "off_s"), [(180, 180), (-1_800, 0), (YEARS_OFF_S, 0)])
def test_a_token_that_was_supplied_was_issued_before(token_off_s: float, off_s: float) -> None:
    """If it says that it will be issued, the target's clock is ahead; an old one says nothing."""
    clock = TargetClock(None)
    clock.see(token(token_off_s))
    assert clock.now() - time.time() == pytest.approx(off_s, abs=2)


def test_a_clock_that_the_suite_moves_is_known() -> None:
    """Nothing is learned of it."""
    moved = Clock()
    moved.advance(3_600)
    clock = TargetClock(moved)
    clock.see(token(7_200))
    clock.learn(token(7_200), brought(7_200))
    assert clock.now() == pytest.approx(moved.now(), abs=1)
    assert clock.is_moved()
