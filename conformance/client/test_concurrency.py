"""Requests in flight together at the moment of expiry."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, wait

import pytest

from conformance.client.fake_api.handlers import Barrier, after, answered
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.concurrent import got_through, numbered, refused_together
from conformance.client.harness.refused import unless_it_follows
from conformance.client.harness.session import Session, must
from conformance.contract.marks import rule
from conformance.evidence.judge import NotAssessed


@rule("concurrent-expiry")
@pytest.mark.parametrize("number", [2, 16, 64])
def test_all_requests_in_flight_at_expiry_succeed(bench: ClientSessions, number: int) -> None:
    """Every caller that meets the same 401 gets its answer."""
    done = refused_together(bench, number)
    through = got_through(done)
    told = next((str(one.answer) for one in done if not one.succeeded), "they were told of one that was not granted")
    with unless_it_follows(bench.must_recover):
        must(
            through == number,
            f"{number - through} of {number} callers were left without success: {told}",
            expected="success for every caller",
            got=f"{through} of {number}",
            shown=next((received for received in done[0].attempts if received.status == 401), None),
        )


@rule("one-sign-in-at-expiry")
@pytest.mark.parametrize("number", [2, 16])
def test_requests_refused_together_share_one_sign_in(bench: ClientSessions, number: int) -> None:
    """One sign-in is enough for all callers that were refused."""
    done = refused_together(bench, number)
    received_requests, sign_ins = done[0].received_requests, done[0].sign_ins
    if got_through(done) < number:
        raise NotAssessed("follows from concurrent-expiry: not every caller got over the expiry")
    first = min((one.number for one in sign_ins), default=None)
    before = [one for one in received_requests if one.status == 401 and (first is None or one.number < first)]
    if len(before) < 2:
        raise NotAssessed("the client sends one request at a time, so no two are refused together")
    must(
        len(sign_ins) == 1,
        f"{len(sign_ins)} sign-ins for {len(before)} requests that were refused together",
        expected="one sign-in",
        got=len(sign_ins),
        shown=sign_ins[-1] if sign_ins else None,
    )


@rule("late-401")
def test_a_late_401_leads_to_no_second_sign_in(bench: ClientSessions, recovering: Session) -> None:
    """A 401 for a token that was replaced meanwhile is answered with the token that is there."""
    fake_api, late = recovering.fake_api, threading.Event()
    barrier = Barrier(2, bench.patience_s)
    seen = len(recovering.sign_ins)
    fake_api.revoke()
    fake_api.handlers.extend([barrier.then(answered(401)), barrier.then(after(late, answered(401)))])
    futures = [recovering.begin(call) for call in numbered(2)]
    wait(futures, recovering.answer_within_s, FIRST_COMPLETED)
    replaced = len(recovering.sign_ins) - seen
    late.set()
    answers = [recovering.finish(future) for future in futures]
    if not barrier.complete:
        raise NotAssessed("the client sends one request at a time, so no 401 comes late")
    if replaced != 1:
        raise NotAssessed(f"follows from one-sign-in-at-expiry: the first 401 led to {replaced} sign-ins")
    signed_in = len(recovering.sign_ins) - seen
    must(
        signed_in == 1,
        "a late 401 for a token that had been replaced led to another sign-in",
        expected="a retry with the token that is there",
        got=f"{signed_in} sign-ins; {answers[0]}; {answers[1]}",
        shown=recovering.sign_ins[-1],
    )
