"""Whether two ways to be refused can be told apart by time.

Both are asked in turn, in an order that is drawn anew for each pair, over the kept connection. The times are compared
by rank (Mann and Whitney), which an outlier does not move. A difference is told only if it is seen twice in a row with
odds of one in ten thousand, and is a fifth of the time that a sign-in takes, or ten milliseconds if that is more. If
the times scatter so much that such a difference would be missed once in twenty, nothing is told.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import sqrt
from statistics import NormalDist, median

from conformance.evidence.judge import NotAssessed
from conformance.http.message import Request
from conformance.server.harness.credentials import no_token, token_in
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.target_api import TargetApi

PAIRS = 12
"""Of each measurement."""
MEASUREMENTS = 3
"""A line that is noisy for a moment is tried again."""
LEAST_SHARE, LEAST_S = 0.2, 0.01
"""The smallest difference that is looked for: of the time that a sign-in takes, and in seconds."""
ODDS, MISSED = 1e-4, 0.05
_SCALE = 1.4826
"""From the median deviation to the standard deviation of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long refusals took, in seconds."""

    unknown: tuple[float, ...]
    wrong: tuple[float, ...]
    last: ResponseAssertion
    """The last refusal of an unknown user."""

    @property
    def difference_s(self) -> float:
        return median(self.wrong) - median(self.unknown)

    @property
    def looked_for_s(self) -> float:
        """The smallest difference that counts."""
        return max(LEAST_S, LEAST_SHARE * max(median(self.wrong), median(self.unknown)))

    @property
    def seen_from_s(self) -> float:
        """The smallest difference that these times would show nineteen times in twenty."""
        noise_s = max(scatter_s(self.unknown), scatter_s(self.wrong))
        normal = NormalDist()
        return (normal.inv_cdf(1 - ODDS / 2) + normal.inv_cdf(1 - MISSED)) * noise_s * sqrt(2 / len(self.wrong))

    @property
    def differ(self) -> bool:
        return odds_by_rank(self.unknown, self.wrong) < ODDS and abs(self.difference_s) >= self.looked_for_s


def told_apart(synq: TargetApi, seed: int) -> tuple[ResponseAssertion, str | None]:
    """An answer to show, and what the times say; None if they do not differ. Raises NotAssessed on a noisy line."""
    times = [_measured(synq, seed)]
    while times[-1].seen_from_s > times[-1].looked_for_s and not times[-1].differ and len(times) < MEASUREMENTS:
        times.append(_measured(synq, seed + len(times)))
    first = times[-1]
    if first.differ:
        again = _measured(synq, seed + MEASUREMENTS)
        if again.differ and again.difference_s * first.difference_s > 0:
            return again.last, told_in_words(again)
        return again.last, None
    if first.seen_from_s > first.looked_for_s:
        raise NotAssessed(
            f"the times scatter too much: only a difference of {first.seen_from_s * 1000:.1f} ms would be seen, and "
            f"{first.looked_for_s * 1000:.1f} ms are looked for; run it closer to the target, "
            "and while neither machine is busy"
        )
    return first.last, None


def told_in_words(times: Times) -> str:
    """Such as "unknown user 1.2 ms, wrong password 48.0 ms (medians of 12 each)"."""
    unknown, wrong = (median(each) * 1000 for each in (times.unknown, times.wrong))
    return f"unknown user {unknown:.1f} ms, wrong password {wrong:.1f} ms (medians of {len(times.wrong)} each)"


def _measured(synq: TargetApi, seed: int) -> Times:
    """Ask in pairs, and sign in rightly before so many wrong passwords that the account might be locked."""
    drawn, names = random.Random(seed), count(1)  # noqa: S311 - an order, not a secret
    account = synq.credentials.account
    unknown: list[float] = []
    wrong: list[float] = []
    synq.credentials.sign_in(password="certainly-not-the-password")  # noqa: S106 - to warm up, and wrong on purpose
    _sign_in_rightly(synq)
    for pair in range(PAIRS):
        if pair % account.wrong_tries == 0:
            control = _sign_in_rightly(synq)
        for kind in drawn.sample(("unknown", "wrong"), k=2):
            if kind == "wrong":
                exchange = synq.credentials.sign_in(password=f"certainly-not-the-password-{next(names)}")
                wrong.append(exchange.duration_s)
            else:
                exchange = synq.credentials.sign_in(
                    email=f"nobody-{next(names)}@example.com", password="certainly-not-the-password"  # noqa: S106 - wrong on purpose
                )
                unknown.append(exchange.duration_s)
                last = exchange
            if exchange.status is None or not 400 <= exchange.status < 500 or exchange.status == 429:
                raise NotAssessed(f"a wrong sign-in was answered {exchange.outcome}, so its time says nothing")
    return Times(tuple(unknown), tuple(wrong), synq.judged(last, control=control))


def _sign_in_rightly(synq: TargetApi) -> Request:
    exchange = synq.credentials.sign_in()
    if token_in(exchange, synq.credentials.account) is None:
        raise NotAssessed(no_token(synq.credentials, exchange))
    return exchange.request


def scatter_s(times: Sequence[float]) -> float:
    """How far a time usually is from the median, as a standard deviation; outliers do not count."""
    middle = median(times)
    return _SCALE * median(abs(one - middle) for one in times)


def odds_by_rank(ones: Sequence[float], others: Sequence[float]) -> float:
    """How likely it is that two samples of one kind differ so much in rank, by the normal approximation."""
    wins = sum((one > other) + (one == other) / 2 for one in ones for other in others)
    size = len(ones) * len(others)
    deviation = sqrt(size * (len(ones) + len(others) + 1) / 12)
    return 2 * (1 - NormalDist().cdf(abs(wins - size / 2) / deviation))
