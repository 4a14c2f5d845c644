"""A target of several processes: a verdict that alternates is told as one, and is not shrunk."""

from __future__ import annotations

from itertools import cycle
from types import SimpleNamespace

import pytest

from conformance.calibrate.opened import opened_subject, shared
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.evidence.judge import Violation
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.server.harness.depths import Extent, seen_once
from conformance.server.harness.gate import Gate
from conformance.server.harness.instances import (
    MORE_CONNECTIONS,
    NEW_CONNECTIONS,
    must_be_refused_everywhere,
    some_answer_so,
)
from conformance.server.harness.provided import speaking
from conformance.server.harness.token_states import live

REQUEST = Request("GET", "/products")


class Alternating:
    """A target whose new connections are answered with these statuses in turn."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.asked = cycle(statuses), 0

    def over_new_connections(self, request: Request, number: int) -> list[SimpleNamespace]:
        self.asked += number
        return [self._answered(request, next(self.statuses)) for _ in range(number)]

    def _answered(self, request: Request, status: int) -> SimpleNamespace:
        exchange = Exchange(request, Response(status), None, "", 0.0, 0.0)
        return SimpleNamespace(exchange=exchange, must_hold=self._must_hold)

    def _must_hold(self, holds: bool, summary: str, **_: object) -> None:
        if not holds:
            raise AssertionError(summary)


def test_a_share_of_the_connections_is_told() -> None:
    """One process in four that differs is told as five connections of twenty."""
    told = some_answer_so(Alternating(200, 401, 401, 401), REQUEST, {401})  # type: ignore[arg-type] # a stand-in
    assert told == "5 of 20 new connections answer so: one process of several differs"


@pytest.mark.parametrize("statuses", [(200,), (401,)])
def test_a_verdict_that_does_not_alternate_is_no_matter_of_processes(statuses: tuple[int, ...]) -> None:
    """What all connections say, all processes say."""
    assert some_answer_so(Alternating(*statuses), REQUEST, {401}) is None  # type: ignore[arg-type] # a stand-in


def test_once_one_accepts_the_share_is_told_of_forty() -> None:
    """A finding says how many of how many accept it."""
    target = Alternating(200, 401, 401, 401)
    with pytest.raises(AssertionError, match="10 of 40 new connections accept a token: one process of several"):
        must_be_refused_everywhere(target, REQUEST, "a token")  # type: ignore[arg-type] # a stand-in
    assert target.asked == NEW_CONNECTIONS + MORE_CONNECTIONS == 40


def test_a_target_that_refuses_everywhere_is_asked_no_more() -> None:
    """Seventeen connections are enough if none accepts."""
    target = Alternating(401)
    must_be_refused_everywhere(target, REQUEST, "a token")  # type: ignore[arg-type] # a stand-in
    assert target.asked == NEW_CONNECTIONS


def test_a_state_machine_ends_at_a_verdict_that_alternates() -> None:
    """The course up to it is told, with the share, and no simpler one is looked for."""
    found = [violation for seed in range(4) if (violation := _violation(seed)) is not None]
    assert found, "none of the seeds came upon the process that knows of no revocation"
    for violation in found:
        assert "new connections answer so" in violation.findings[0].summary
        assert "is revoked" in str(violation.findings[0].case)


def _violation(seed: int) -> Violation | None:
    subject = CalibrationSubject("revocation-unknown-to-one-process-of-four", Kind.FAULT)
    with opened_subject(subject, shared()) as bench, speaking(bench, Recorder(None), Gate()) as synq:
        synq.begin()
        try:
            with seen_once(synq):
                live(synq, bench, Extent(60, 60, 40), seed, renewing=True)
        except Violation as violation:
            return violation
    return None
