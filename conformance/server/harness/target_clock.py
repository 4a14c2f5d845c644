"""The target's time, as well as it is known: its clock may be off by minutes, which breaks no rule."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from conformance.contract.durations import DAY_S
from conformance.http.exchange import Exchange
from conformance.server.harness.targets import MovableClock
from conformance.tokens import issued_at
from conformance.tokens.life import span_in_words

STEADY_WITHIN_S = 5.0
"""If a clock is off by no more than this, it counts as right: whole seconds and the way there are in it."""


class TargetClock:
    """The clock that the suite moves, or this machine's less what the target's is off.

    A token that was issued, and yet says that it will be, shows a clock that is ahead. One that is behind is believed
    if a new token and the `Date` of the answer that brought it (RFC 9110 §6.6.1) both say so: `Date` may be a
    gateway's, and some servers write a time that is past into their tokens.
    """

    def __init__(self, movable: MovableClock | None) -> None:
        self._movable = movable
        self._ahead_s = 0.0

    @property
    def off(self) -> str | None:
        """How far it is off, in words; None if it is right."""
        if not self._ahead_s:
            return None
        return f"{span_in_words(abs(self._ahead_s))} {'ahead of' if self._ahead_s > 0 else 'behind'} this machine's"

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._ahead_s if self._movable is None else self._movable.now()

    def is_moved(self) -> bool:
        """Whether the suite has moved it: what is refused then says nothing of the run after it."""
        return self._movable is not None and abs(self._movable.now() - time.time()) > STEADY_WITHIN_S

    def see(self, token: str) -> None:
        """A token was issued, at this moment or before."""
        issued = issued_at(token)
        if issued is not None and STEADY_WITHIN_S < issued - time.time() - self._ahead_s < DAY_S:
            self._ahead_s = issued - time.time()

    def learn(self, token: str, brought: Exchange) -> None:
        """A token was issued at this moment, and this is the answer that brought it."""
        issued, date = issued_at(token), date_of(brought)
        if issued is None or abs(issued - brought.started) > DAY_S:
            return
        ahead_s = issued - brought.started
        by_date_s = 0.0 if date is None else date - brought.started
        believed = ahead_s > STEADY_WITHIN_S or max(ahead_s, by_date_s) < -STEADY_WITHIN_S
        self._ahead_s = ahead_s if believed else 0.0


def date_of(exchange: Exchange) -> float | None:
    """The answer's `Date` in seconds since the epoch; None if it has none that can be read."""
    sent = None if exchange.response is None else exchange.response.value("Date")
    try:
        return None if sent is None else parsedate_to_datetime(sent).timestamp()
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
