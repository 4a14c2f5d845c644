"""The suite's own Synq as a client meets it: it keeps the contract unless told otherwise, and records every request."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import unquote

from conformance.contract.durations import HOUR_S
from conformance.contract.paths import SIGN_IN_PATH
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import SAFE_METHODS, Request, Response, path_of
from conformance.mock.authentication import invalid
from conformance.mock.call import Call, Claims, Refused, Synq
from conformance.mock.clock import Clock
from conformance.mock.keys import KeyPair, generate
from conformance.mock.reference import REFERENCE
from conformance.mock.reply import reply
from conformance.mock.resources import as_json
from conformance.mock.routes import SIGN_IN
from conformance.mock.state import create, rotate
from conformance.mock.world import Account


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that reached the suite's server, and what it was answered."""

    number: int
    """In the order of arrival, from 0."""
    exchange: Exchange
    at: float
    """When, by this server's clock; seconds since the epoch."""

    @property
    def request(self) -> Request:
        return self.exchange.request

    @property
    def status(self) -> int | None:
        return self.exchange.status

    @property
    def answered_at(self) -> float:
        """When its answer was ready; seconds since the epoch."""
        return self.exchange.started + self.exchange.duration_s

    @property
    def granted(self) -> bool:
        """Whether it was answered 2xx."""
        return self.status is not None and 200 <= self.status <= 299

    @property
    def is_sign_in(self) -> bool:
        return path_of(self.request.target) == SIGN_IN_PATH

    @property
    def is_write(self) -> bool:
        return not self.is_sign_in and self.request.method not in SAFE_METHODS

    @property
    def token(self) -> str | None:
        """What stands behind the scheme in the first Authorization field; None if there is no such field."""
        values = self.request.values("Authorization")
        return values[0].partition(" ")[2].strip() if values else None


Handler = Callable[["FakeApi", Request], Response | None]
"""What becomes of one request; None drops the connection. It may take its time: each connection has a thread."""


HEAD_START_S = 20
"""How long ago the first token of a server says it was issued; each later one is by a second or more nearer to now."""


class FakeApi:
    """One embedded Synq, scripted: each request takes the next handler from its queue, or is answered as Synq does."""

    def __init__(
        self,
        *,
        lifetime_s: int = HOUR_S,
        offset_s: float = 0.0,
        keys: KeyPair | None = None,
        head_start_s: int = HEAD_START_S,
        forgiven_s: float = 0.0,
    ) -> None:
        """`offset_s` is how far its clock is off from the suite's, `forgiven_s` how long it takes an expired token."""
        self._head_start_s, self._forgiven_s = head_start_s, forgiven_s
        self.synq: Synq = create(keys=keys or shared_keys(), lifetime_s=lifetime_s, clock=Clock(offset_s=offset_s))
        self.synq.steps = replace(
            REFERENCE,
            respond=_respond,
            issue=self._issue,
            lifetime=self._left_of_the_last,
            verify=self._verify,
            check_claims=_no_claims,
        )
        self.handlers: deque[Handler] = deque()
        self.sign_in: deque[Handler] = deque()
        self.otherwise: Handler = reference_answer
        """For API requests beyond the queue."""
        self.asked: set[str] = set()
        """Paths that calls are for, percent-decoded; if there are any, a handler is for these alone."""
        self.issued: dict[str, float] = {}
        """Every token, and when it says that it was issued."""
        self._ended: set[str] = set()
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        """Told of each request that arrives, and of each that is answered."""
        self._arrivals: dict[int, ReceivedRequest] = {}
        self._in_flight = 0
        self._last_change = time.monotonic()

    # ------------------------------------------------------------------ what checks ask for

    @property
    def received_requests(self) -> tuple[ReceivedRequest, ...]:
        with self._lock:
            return tuple(self._arrivals.values())

    @property
    def lifetime_s(self) -> int:
        """How long its tokens live."""
        return self.synq.lifetime_s

    @property
    def effects(self) -> int:
        """How many writes took effect, of those that calls were for."""
        return sum(one.granted and one.is_write and self._is_asked(one.request) for one in self.received_requests)

    @property
    def silent_for_s(self) -> float:
        """How long nothing has arrived and nothing been answered; none at all while a request is held here."""
        with self._lock:
            return 0.0 if self._in_flight else time.monotonic() - self._last_change

    def relent(self) -> None:
        """Let signing in work again, whatever it was to be answered."""
        with self._lock:
            self.sign_in.clear()

    def advance(self, seconds: float) -> None:
        """Let this server's time pass, and no other's."""
        self.synq.clock.advance(seconds)

    def expire(self) -> None:
        """Make every token that was issued so far expired, without moving a clock: no new one comes from the future."""
        with self._lock:
            self._ended.update(self.issued)

    def revoke(self) -> None:
        """Revoke every token that was issued so far."""
        from conformance.mock import tokens  # late, to spare start-up

        with self._lock:
            self.synq.revoked.update(tokens.verify(token, self.synq.keys)["jti"] for token in self.issued)

    def rotate(self) -> None:
        """Sign with a new key from now on, and refuse what the old one signed."""
        rotate(self.synq)

    def quiet(self, for_s: float = 0.02, within_s: float = 1.0) -> None:
        """Wait until nothing has been in flight or arriving for a while."""
        give_up = time.monotonic() + within_s
        with self._changed:
            while (now := time.monotonic()) < give_up:
                lacking_s = self._last_change + for_s - now
                if not self._in_flight and lacking_s <= 0:
                    return
                self._changed.wait(give_up - now if self._in_flight else lacking_s)

    # ------------------------------------------------------------------ what a transport calls

    def take(self, request: Request) -> Response | None:
        """Keep a request and answer it; returns None if the connection is to be dropped."""
        started, tick = time.time(), time.perf_counter()
        pending = Exchange(request, None, None, "not answered yet", started, 0.0)
        with self._lock:
            received = ReceivedRequest(len(self._arrivals), pending, self.synq.clock.now())
            self._arrivals[received.number] = received
            self._in_flight += 1
            self._has_changed()
            if received.is_sign_in:
                handler = self.sign_in.popleft() if self.sign_in else reference_answer
            else:
                handler = self.handlers.popleft() if self.handlers and self._is_asked(request) else self.otherwise
        response = handler(self, request)
        failure, detail = (Failure.CLOSED, "by the suite") if response is None else (None, "")
        exchange = Exchange(request, response, failure, detail, started, time.perf_counter() - tick)
        with self._lock:
            self._arrivals[received.number] = replace(received, exchange=exchange)
            self._in_flight -= 1
            self._has_changed()
        return response

    def _has_changed(self) -> None:
        self._last_change = time.monotonic()
        self._changed.notify_all()

    def _is_asked(self, request: Request) -> bool:
        return not self.asked or unquote(path_of(request.target)) in self.asked

    def reference_answer_to(self, request: Request) -> Response:
        """What the reference server answers now."""
        with self._lock:
            return reply(self.synq, request)

    def _issue(self, call: Call, account: Account) -> str:
        """A token that says it was issued a little while ago, and later than the one before.

        Some libraries take a new token only if it ends later than the old one, in whole seconds; some refuse one from
        the future.
        """
        from conformance.mock import tokens  # late, to spare start-up

        at = self._time_of_issue()
        token = tokens.sign(tokens.claims_of(account, at, self.synq.lifetime_s), call.synq.keys)
        self.issued[token] = at
        return token

    def _time_of_issue(self) -> float:
        now = self.synq.clock.now()
        if self.synq.lifetime_s < HOUR_S:
            return now  # of so short a life nothing can be taken away, and it is waited for by the second
        last = next(reversed(self.issued.values()), 0.0)
        return min(now, max(now - self._head_start_s, last + 1))

    def _left_of_the_last(self, _call: Call) -> int:
        """What is left of the life of the token that was just issued, for the answer that brings it."""
        last = next(reversed(self.issued.values()), self.synq.clock.now())
        return round(last + self.synq.lifetime_s - self.synq.clock.now())

    def _verify(self, call: Call, token: str) -> Claims:
        """Tokens of this very server, although others share its keys, until the moment at which their life is over.

        Claims are in whole seconds, which is too coarse if a token lives for five.
        """
        claims = REFERENCE.verify(call, token)
        ends = self.issued.get(token, 0.0) + self.synq.lifetime_s + self._forgiven_s
        if token in self._ended or self.synq.clock.now() >= ends:
            raise invalid()
        return claims


def _no_claims(_call: Call, _claims: Claims) -> None:
    """What is verified was issued here, so there is nothing wrong with its claims."""


@cache
def shared_keys() -> KeyPair:
    """One key pair for all the servers of this process: making one takes its time."""
    return generate("ES256")


def reference_answer(fake_api: FakeApi, request: Request) -> Response:
    """Answer as Synq does."""
    return fake_api.reference_answer_to(request)


def _respond(call: Call) -> Response:
    """Strict about tokens and scope, and generous about the rest: any path exists, any write is accepted.

    What is under test is how a client authenticates, so a body of any size and shape has its one effect.
    """
    if call.steps.path(call) == SIGN_IN:
        if call.request.method != "POST":
            raise Refused(405, "The resource does not know this method.", headers=(("Allow", "POST"),))
        return call.steps.sign_in(call)
    call.steps.authorize(call, call.steps.authenticate(call))
    if call.request.method in SAFE_METHODS:
        return as_json(200, {"items": [], "self": call.request.target})
    call.synq.written += 1
    return as_json(201, {"id": f"prd_{call.synq.written:010}"})
