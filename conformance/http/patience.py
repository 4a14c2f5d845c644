"""Doubt is repeated: an answer that the line may have caused is asked for again before it says anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from conformance.http.exchange import Exchange, Failure, Transport
from conformance.http.message import SAFE_METHODS, Request

PASSING = frozenset({408, 502, 503, 504, *range(520, 528), 530})
"""What a gateway or an overload answers for a while; from 520 on are those of content delivery networks, and 408 is the
answer to a connection on which no whole request came in time (RFC 9110 §15.5.9)."""
TOO_MANY = 429
"""What a target answers that limits the rate (RFC 6585 §4)."""
LONGEST_ASKED_PAUSE_S = 30.0
VAIN_WAITS = 2
"""So often a run waits for a rate to be allowed again that is not."""
AT_ONCE = (0.0, 0.0)
"""Pauses: of a line that loses one request in fifty, three in a row are lost in one of 125,000 cases."""
RAW_TIMEOUTS = 2
"""Silence is what many servers answer to a raw request, and each one takes seconds."""
OUTAGE_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""How long an outage is waited out."""
DROPPED_UNSEEN = 3
"""So many kept connections in a row that are silent are dropped by a firewall or a router on the way."""

LONGEST_SILENCE_S = 240.0
"""How much time a run may lose to answers that do not come, if those are not rare."""
RARE, FEW = 0.1, 20
"""Share of all requests, and number: so few may be lost to a bad line, however long that takes."""

Ask = Callable[[], Exchange]
"""Sends the same once more, on a new connection."""
Keep = Callable[[Exchange], None]
"""Is told of each answer that was not believed."""
Tell = Callable[[str], None]
"""Is told why nothing can be judged any more."""


def doubtful(exchange: Exchange) -> bool:
    """Whether the line, a gateway or an overload may have caused this answer, or that there is none.

    An answer that is not HTTP, or has no end, is the target's own.
    """
    if exchange.response is None:
        return exchange.failure is not Failure.GARBAGE
    return exchange.status in PASSING


def asked_pause(exchange: Exchange) -> float:
    """Seconds that the answer asks to be left in peace (Retry-After, RFC 9110 §10.2.3), within reason; 0 if it does
    not say. A date counts from the answer's own Date, if it has one: the target's clock may be off."""
    asked = None if exchange.response is None else exchange.response.value("Retry-After")
    if exchange.response is None or asked is None:
        return 0.0
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_ASKED_PAUSE_S)
    until, since = _moment(asked), _moment(exchange.response.value("Date") or "")
    if until is None:
        return 0.0
    return min(max(0.0, until - (time.time() if since is None else since)), LONGEST_ASKED_PAUSE_S)


def _moment(date: str) -> float | None:
    """Seconds since the epoch; None if it is no date."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


@dataclass
class Line:
    """What is known of the way to a target; all transports of a process share it."""

    keep: Keep = lambda _exchange: None
    pauses_s: tuple[float, ...] = OUTAGE_PAUSES_S
    down_since: datetime | None = None
    """When the outage began that was not waited out; from then on nothing is waited for."""
    give_up: Tell = lambda _cause: None
    """Called once the target is silent so often that the run would take hours."""
    _asked: int = field(default=0, repr=False)
    _silent: int = field(default=0, repr=False)
    _silent_s: float = field(default=0.0, repr=False)
    _silent_until: float = field(default=0.0, repr=False)
    _waited_in_vain: int = field(default=0, repr=False)
    """How often a 429 stayed a 429, however long it was waited for."""
    _kept_in_vain: int = field(default=0, repr=False)
    """How many kept connections in a row were silent, although a new one was answered at once."""
    _good: Request | None = field(default=None, repr=False)
    """The last safe request that was accepted."""

    def learn(self, exchange: Exchange) -> None:
        """Remember what the target takes, and that it is there."""
        if exchange.accepted:
            self.down_since = None
            if exchange.request.method in SAFE_METHODS:
                self._good = exchange.request

    def count(self, exchange: Exchange) -> None:
        """Add up the time that is lost to answers that do not come."""
        self._asked += 1
        if exchange.failure is not Failure.TIMEOUT:
            return
        end = exchange.started + exchange.duration_s
        self._silent += 1
        self._silent_s += max(0.0, min(exchange.duration_s, end - self._silent_until))  # they may overlap
        self._silent_until = max(end, self._silent_until)
        if self._silent_s > LONGEST_SILENCE_S and self._is_mostly_silent:
            self.give_up(
                f"{self._silent} of {self._asked} requests were not answered within limits.timeout_s, which took "
                f"{self._silent_s / 60:.0f} minutes in all: find out why the target is silent, or allow less time"
            )

    @property
    def _is_mostly_silent(self) -> bool:
        """Whether so many requests are never answered that the line cannot be the cause."""
        return self._silent > max(FEW, RARE * self._asked)

    def learn_of_kept(self, *, lost: bool) -> None:
        """Remember whether a connection that was kept could still be used; see `keeps_connections`."""
        self._kept_in_vain = self._kept_in_vain + 1 if lost else 0

    @property
    def keeps_connections(self) -> bool:
        """Whether what lies between passes on what follows on a kept connection, instead of dropping it unseen."""
        return self._kept_in_vain < DROPPED_UNSEEN

    def settled(
        self, first: Exchange, again: Ask, open_transport: Callable[[], Transport], *, timeouts: int | None = None
    ) -> Exchange:
        """The answer that is not in doubt, or the last one if the target gives no other although it is there.

        Twice it is asked for at once; then, as long as the target answers nothing at all, with longer and longer
        pauses, and twice more once it does. So many `timeouts` are taken for an answer, if that is given.
        """
        began, exchange, silent = datetime.now(UTC), self._within_the_rate(first, again), 0
        for pause_s in (*AT_ONCE, *self.pauses_s):
            silent += exchange.failure is Failure.TIMEOUT
            if not doubtful(exchange) or silent == timeouts or (silent and self._is_mostly_silent):
                return exchange
            if pause_s and self.down_since is not None:
                return exchange
            if pause_s and self._is_up(open_transport):
                if silent > len(AT_ONCE):
                    return exchange
                break
            time.sleep(max(pause_s, asked_pause(exchange)) if pause_s else 0.0)
            exchange = self._again(exchange, again)
        else:
            if doubtful(exchange) and not self._is_up(open_transport):
                self.down_since = began
        for _ in AT_ONCE:
            if doubtful(exchange) and self.down_since is None:
                exchange = self._again(exchange, again)
        return exchange

    def _again(self, doubted: Exchange, again: Ask) -> Exchange:
        self.keep(doubted)
        return self._within_the_rate(again(), again)

    def _within_the_rate(self, exchange: Exchange, again: Ask) -> Exchange:
        """The answer once the target takes requests again that limited their rate; 429 if it does not in a while."""
        for pause_s in () if self._waited_in_vain >= VAIN_WAITS else self.pauses_s:
            if exchange.status != TOO_MANY:
                return exchange
            time.sleep(max(pause_s, asked_pause(exchange)))
            self.keep(exchange)
            exchange = again()
        self._waited_in_vain += exchange.status == TOO_MANY
        return exchange

    def _is_up(self, open_transport: Callable[[], Transport]) -> bool:
        """Whether a request that was accepted before is answered, however that may be."""
        if self._good is None:
            return False
        transport = open_transport()
        try:
            probe = transport.send(self._good)
            self.keep(probe)
            return not doubtful(probe)
        finally:
            transport.close()


class PatientTransport:
    """Another transport, asked again on a new connection as long as its answer is in doubt."""

    def __init__(self, open_transport: Callable[[], Transport], line: Line, *, timeouts: int | None = None) -> None:
        """So many `timeouts` are taken for an answer, if that is given."""
        self._open, self._line, self._timeouts = open_transport, line, timeouts
        self._transport = open_transport()
        self._kept = self._silent_when_kept = False
        """Whether an answer came over this connection, and whether the last request over such a one had none."""

    def send(self, request: Request) -> Exchange:
        """Send, and again if the answer is in doubt; the last answer."""
        exchange = self._sent(request)
        if doubtful(exchange) or exchange.status == TOO_MANY:
            again = partial(self._anew, request)
            exchange = self._line.settled(exchange, again, self._open, timeouts=self._timeouts)
        self._line.learn(exchange)
        return exchange

    def _anew(self, request: Request) -> Exchange:
        self._reopen()
        return self._sent(request)

    def _reopen(self) -> None:
        self._transport.close()
        self._transport, self._kept = self._open(), False

    def _sent(self, request: Request) -> Exchange:
        if self._kept and not self._line.keeps_connections:
            self._reopen()
        exchange = self._transport.send(request)
        self._line.count(exchange)
        answered = exchange.response is not None
        if answered and (self._kept or self._silent_when_kept):
            self._line.learn_of_kept(lost=not self._kept)
        self._silent_when_kept = self._kept and exchange.failure is Failure.TIMEOUT
        self._kept = answered
        return exchange

    def close(self) -> None:
        self._transport.close()
