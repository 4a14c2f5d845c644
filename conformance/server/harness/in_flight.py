"""Requests in flight together, believed only if most of them were answered."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.http.patience import doubtful
from conformance.server.harness.concurrent import During, SendConcurrently
from conformance.server.harness.target_api import TargetApi

ANSWERED_AT_LEAST = 0.75
"""Of requests in flight together: fewer answers prove nothing."""
FLIGHTS = 3
FEW_TOGETHER = 4
"""Of the last flight, if it may be split: some gateways allow a caller no more connections than that."""


def answered_together(
    synq: TargetApi, send: SendConcurrently, requests: Sequence[Request], *, during: During | None = None
) -> list[Exchange]:
    """The exchanges that the target answered, of requests that were sent all at once, or a few at a time at last.

    Raises NotAssessed if too many were not answered each time that they were sent, and JudgeAgain if `during` can
    happen only once: the case is to be judged anew then.
    """
    for flight in range(FLIGHTS):
        size = FEW_TOGETHER if flight == FLIGHTS - 1 and during is None else len(requests)
        groups = [requests[start : start + size] for start in range(0, len(requests), size)]
        exchanges = synq.recorder.keep([one for group in groups for one in send(group, during=during)])
        answered = [one for one in exchanges if not doubtful(one)]
        if len(answered) >= ANSWERED_AT_LEAST * len(requests):
            return answered
        said = ", ".join(sorted({str(one.outcome) for one in exchanges if doubtful(one)}))
        reason = f"of {len(requests)} requests in flight together {len(answered)} were answered; the rest: {said}"
        synq.step(synq.documented())  # which waits until an outage is over
        if during is not None:
            raise synq.controls.judge_again(reason)
    raise NotAssessed(f"{reason}; lower limits.concurrency in the profile if a caller is allowed fewer connections")
