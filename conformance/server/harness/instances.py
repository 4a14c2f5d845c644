"""A target that may be several processes: what one of them knows, and another one does not."""

from __future__ import annotations

from conformance.http.message import Request
from conformance.server.harness.target_api import TargetApi

NEW_CONNECTIONS = 17
"""Of four processes one that knows of no revocation answers one of so many connections with 99 %: 0.75^17 < 0.01."""
MORE_CONNECTIONS = 23
"""Asked besides once one of them accepts, so that the share is told of forty."""


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
        expected="401 on every connection", got=f"{share} accepted it",
    )  # fmt: skip
