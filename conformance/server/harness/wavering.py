"""An odd answer that comes now and then, to good requests as well, is the way's and says nothing of what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import SAFE_METHODS, Request
from conformance.server.harness.controls import Controls, is_another_page
from conformance.server.harness.in_front import AskedInFront, comes_from_the_target
from conformance.server.harness.resource import Resource

ASKED_AGAIN = 8
"""So often is a request that brought a server error asked again: one of four processes shows its own with 90 %."""
OFTEN = 3
"""So many of these server errors are its own, whatever other requests get."""


class AskedOnceMore(Protocol):
    """The part of the target API that is needed to see whether an answer comes again."""

    controls: Controls

    def resource(self) -> Resource: ...

    def step(self, request: Request) -> Exchange: ...


class AskedBoth(AskedOnceMore, AskedInFront, Protocol):
    """The part of the target API that is needed to see whose an answer is."""


def must_not_waver(synq: AskedOnceMore, exchange: Exchange, is_right: Callable[[Exchange], bool]) -> None:
    """Raises NotAssessed for a wrong answer that gives nothing away, is right if asked for again, and comes to the
    documented request now and then as well.

    What could write is not asked for again: it may have taken effect, and be refused the second time for that.
    """
    if exchange.response is None or synq.resource().given_in(exchange):
        return
    safe = exchange.request.method in SAFE_METHODS
    if safe and not is_right(synq.step(exchange.request)):
        return
    if safe and exchange.accepted and is_another_page(exchange, synq.resource().body):
        raise NotAssessed(
            f"answered {exchange.outcome} once, with a page that holds nothing of the resource, and rightly when asked "
            "again: a gateway's or a portal's"
        )
    if synq.controls.waver_so(exchange):
        again = ", and rightly when asked again" if safe else ""
        raise NotAssessed(
            f"answered {exchange.outcome} once{again}; the documented request is answered so now and then as well, or "
            "by a page with that status, so it is not what was asked: look at the log of the target, or of what stands "
            "before it"
        )


def is_its_own(synq: AskedBoth, exchange: Exchange, ask: Callable[[], Exchange]) -> bool:
    """Whether a server error or silence is the target's answer to this request: `ask` sends the same again.

    It is not if something before the target refuses the text, if it came once only, or if it does not come often and
    the documented request gets the same now and then as well. What could write is not asked again, and neither is
    silence: that takes seconds, and has come twice before it is taken for an answer, or oftener than a line explains.
    """
    if not comes_from_the_target(synq, exchange):
        return False
    silent = exchange.status is None
    safe, came = exchange.request.method in SAFE_METHODS, int(silent)
    for _ in range(ASKED_AGAIN if safe and not silent else 0):
        came += ask().outcome == exchange.outcome
        if came == OFTEN:
            return True
    return (came > 0 or not safe) and not synq.controls.waver_so(exchange)


def must_have_that_status_again(synq: AskedOnceMore, exchange: Exchange) -> None:
    """The same for an answer of which something else than the status is wrong, if the request may be asked again."""
    if exchange.request.method in SAFE_METHODS:
        must_not_waver(synq, exchange, lambda again: again.status != exchange.status)
