"""A target that may be several processes: what one of them knows, and another one does not."""

from __future__ import annotations

from collections.abc import Collection

from conformance.http.message import Request
from conformance.server.harness.target_api import TargetApi

NEW_CONNECTIONS = 17
"""Of four processes one that knows of no revocation answers one of so many connections with 99 %: 0.75^17 < 0.01."""
MORE_CONNECTIONS = 23
"""Asked besides once one of them accepts, so that the share is told of forty."""


ASKED_AGAIN = 20
"""New connections over which an answer is looked at that some processes may not give."""


def some_answer_so(synq: TargetApi, request: Request, statuses: Collection[int]) -> str | None:
    """Which share of new connections brings another status than these; None if all of them do, or none does.

    A violation that alternates is one of some processes: to look for its simplest form takes minutes and finds none.
    """
    answers = synq.over_new_connections(request, ASKED_AGAIN)
    wrong = [one for one in answers if one.exchange.status not in statuses]
    if not 0 < len(wrong) < len(answers):
        return None
    return f"{len(wrong)} of {len(answers)} new connections answer so: one process of several differs"


def must_be_refused_everywhere(synq: TargetApi, request: Request, what: str) -> None:
    """No new connection accepts the request; the finding says how many of how many do."""
    answers = synq.over_new_connections(request, NEW_CONNECTIONS)
    if any(one.exchange.accepted for one in answers):
        answers += synq.over_new_connections(request, MORE_CONNECTIONS)
    accepting = [one for one in answers if one.exchange.accepted]
    share = f"{len(accepting)} of {len(answers)} new connections"
    some = 0 < len(accepting) < len(answers)
    (accepting or answers)[0].must_hold(
        not accepting, f"{share} accept {what}" + (": one process of several does not know of it" if some else ""),
        expected="401 on every connection", got=f"{share} accepted it", opening=True,
    )  # fmt: skip
