"""The target's limits, kept: requests a second, requests in all, and 429 obeyed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request

if TYPE_CHECKING:
    from pyrate_limiter import Limiter
    from tenacity import RetryCallState

ATTEMPTS = 3
LONGEST_PAUSE_S = 30.0
WINDOW_MS = 100
"""Length of a window, in which no more is sent than its share of the limit for a second."""


class Allowance:
    """What this process may still send to the target, over any transport: so much a second, and so much in all."""

    def __init__(
        self,
        *,
        requests_per_second: float | None,
        max_requests: int | None,
        workers: int = 1,
        exhausted: Callable[[str], Exception] = RuntimeError,
    ) -> None:
        """`exhausted` makes what is raised, with the reason, once the run's requests are used up."""
        self._exhausted = exhausted
        self._limiter = None if requests_per_second is None else _limiter(requests_per_second / workers)
        self._left = None if max_requests is None else max(1, max_requests // workers)
        self._counting = Lock()

    def take(self, requests: int = 1) -> None:
        """Wait until so many more may be sent; raises what `exhausted` makes once the requests are used up."""
        if self._left is not None:
            with self._counting:
                if self._left < requests:
                    raise self._exhausted("limits.max_requests in the profile is used up")
                self._left -= requests
        if self._limiter is not None:
            for _ in range(requests):
                self._limiter.try_acquire("synq")


class LimitedTransport:
    """Another transport, held to an allowance; it waits as long as a 429 asks it to."""

    def __init__(self, transport: Transport, allowance: Allowance) -> None:
        self._transport, self._allowance = transport, allowance

    def send(self, request: Request) -> Exchange:
        """Send, and again after a 429; raises what the allowance raises once it is used up."""
        from tenacity import Retrying, retry_if_result, stop_after_attempt  # late, to spare start-up

        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_asked_pause,
            retry=retry_if_result(lambda exchange: exchange.status == 429),
            retry_error_callback=_last_answer,
        )
        return retrying(self._send, request)

    def _send(self, request: Request) -> Exchange:
        self._allowance.take()
        return self._transport.send(request)

    def close(self) -> None:
        self._transport.close()


def _limiter(per_second: float) -> Limiter:
    from pyrate_limiter import Limiter, Rate  # late, to spare start-up

    if per_second * WINDOW_MS < 1000:
        rate = Rate(1, round(1000 / per_second))
    else:
        rate = Rate(round(per_second * WINDOW_MS / 1000), WINDOW_MS)
    return Limiter(rate, buffer_ms=1)  # of its own, it adds 50 ms to every wait


def _asked_pause(state: RetryCallState) -> float:
    """Seconds to wait after a 429: what Retry-After says (RFC 9110 §10.2.3), within reason."""
    exchange = _last_answer(state)
    asked = None if exchange.response is None else exchange.response.value("Retry-After")
    seconds = float(asked) if asked is not None and asked.isascii() and asked.isdigit() else 1.0
    return min(seconds, LONGEST_PAUSE_S)


def _last_answer(state: RetryCallState) -> Exchange:
    assert state.outcome is not None, "tenacity asks after an attempt"  # noqa: S101 - a claim about the library
    answer: Exchange = state.outcome.result()
    return answer
