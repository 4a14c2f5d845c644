"""The test of sign-in times: what it sees, what it does not, and when it says nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.server.harness.timing import ODDS, PAIRS, odds_by_rank, scatter_s, told_apart

TOKEN = b'{"token": "a.b.c"}'
RIGHT = "the-right-password"
Times = Callable[[str], float]
"""Seconds that a sign-in takes, by its kind: right, wrong or unknown."""


class SigningIn:
    """A target that signs in as long as `times` says, and counts how many wrong passwords come in a row."""

    def __init__(self, times: Times, wrong_tries: int = 3) -> None:
        self._times, self.in_a_row, self.most_in_a_row = times, 0, 0
        self.account = SimpleNamespace(wrong_tries=wrong_tries, token_pointer="/token")
        self.credentials = self

    def sign_in(self, email: str = "known@example.com", password: str = RIGHT) -> Exchange:
        kind = "unknown" if email != "known@example.com" else "right" if password == RIGHT else "wrong"
        self.in_a_row = 0 if kind == "right" else self.in_a_row + (kind == "wrong")
        self.most_in_a_row = max(self.most_in_a_row, self.in_a_row)
        response = Response(200, (), TOKEN) if kind == "right" else Response(401)
        return Exchange(Request("POST", "/sign-in"), response, None, "", 0.0, self._times(kind))

    def judged(self, exchange: Exchange, *, control: Request) -> tuple[Exchange, Request]:
        return exchange, control


def _around(seconds: dict[str, float], noise_s: float) -> Times:
    drawn = random.Random(7)  # noqa: S311 - times, not secrets

    def times(kind: str) -> float:
        return abs(drawn.gauss(seconds[kind], noise_s))

    return times


def _told(times: Times, **more: int) -> str | None:
    target: Any = SigningIn(times, **more)
    return told_apart(target, 0)[1]


def test_a_hash_that_is_left_out_is_seen() -> None:
    """Fifty milliseconds for an account that exists, and one for another."""
    told = _told(_around({"right": 0.05, "wrong": 0.05, "unknown": 0.001}, 0.002))
    assert told is not None
    assert "unknown user 1" in told


def test_what_takes_as_long_is_not_told_apart() -> None:
    """Noise alone makes no finding."""
    for noise_s in (0.0001, 0.001, 0.002):
        assert _told(_around({"right": 0.05, "wrong": 0.05, "unknown": 0.05}, noise_s)) is None


def test_a_difference_that_no_one_could_use_is_none() -> None:
    """A tenth of a millisecond is seen by rank, and is not a fifth of anything."""
    assert _told(_around({"right": 0.05, "wrong": 0.05, "unknown": 0.0499}, 0.00001)) is None


def test_nothing_is_said_on_a_noisy_line() -> None:
    """If a difference would be missed, that there is none says nothing."""
    with pytest.raises(NotAssessed, match="scatter too much"):
        _told(_around({"right": 0.05, "wrong": 0.05, "unknown": 0.05}, 0.05))


def test_a_moment_of_noise_is_waited_out() -> None:
    """A measurement on a noisy line is made again."""
    noisy: Iterator[float] = iter([0.05] * (2 * PAIRS + PAIRS))
    drawn = random.Random(3)  # noqa: S311 - times, not secrets
    assert _told(lambda _kind: abs(drawn.gauss(0.05, next(noisy, 0.0005)))) is None


@pytest.mark.parametrize("wrong_tries", [1, 2, 3])
def test_no_account_is_locked_out(wrong_tries: int) -> None:
    """No more wrong passwords come in a row than the profile allows."""
    target: Any = SigningIn(_around({"right": 0.05, "wrong": 0.05, "unknown": 0.05}, 0.001), wrong_tries)
    told_apart(target, 0)
    assert target.most_in_a_row <= wrong_tries


def test_odds_by_rank() -> None:
    """Two samples apart are unlikely, two that are alike are not."""
    low, high = [1.0 + n / 100 for n in range(PAIRS)], [2.0 + n / 100 for n in range(PAIRS)]
    assert odds_by_rank(low, high) < ODDS
    assert odds_by_rank(low, low) == pytest.approx(1.0)


def test_scatter_is_not_moved_by_an_outlier() -> None:
    """One answer that took a second does not make a line noisy."""
    assert scatter_s([0.05, 0.051, 0.049, 0.05, 0.051, 1.0]) < 0.002
