"""Requests in flight together at the moment of expiry."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, wait
from functools import partial

import pytest

from conformance.client.fake_api.handlers import Barrier, after, answered
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.callers import (
    afterwards,
    all_answered,
    all_through,
    bounded_alone,
    must_answer_all,
    must_be_bounded,
    must_give_each_its_own,
    some_refused_later,
)
from conformance.client.harness.concurrent import BurstKind, Bursts, Refusals, SignIns, is_success, numbered
from conformance.client.harness.refused import presuppose, unless_it_follows
from conformance.client.harness.session import Session, must
from conformance.client.harness.sign_in_failure import SignInFailures, Start
from conformance.contract.marks import rule
from conformance.contract.words import plural
from conformance.evidence.judge import Inapplicable, NotAssessed

REFUSED = [
    *(BurstKind(number) for number in (2, 16, 64)),
    BurstKind(16, Refusals.IN_TURN),
    BurstKind(16, Refusals.SCATTERED),
]
"""Callers for whom signing in works."""
TROUBLED = [
    BurstKind(2, sign_ins=SignIns.FAIL),
    BurstKind(16, sign_ins=SignIns.FAIL),
    BurstKind(16, Refusals.IN_TURN, SignIns.FAIL),
    BurstKind(16, sign_ins=SignIns.FAIL_ONCE),
    BurstKind(64, Refusals.SCATTERED, SignIns.FAIL_ONCE),
    BurstKind(16, sign_ins=SignIns.HANG_ONCE),
    BurstKind(16, Refusals.IN_TURN, SignIns.HANG_ONCE),
]
"""Callers for whom it does not."""
WORKED_FIRST = BurstKind(16, Refusals.ONE_FIRST)
FAILED_FIRST = BurstKind(16, Refusals.ONE_FIRST, SignIns.FAIL_ONCE)
ALONE, TOGETHER = BurstKind(1, Refusals.ENDLESS), BurstKind(16, Refusals.ENDLESS)


@rule("concurrent-expiry")
@pytest.mark.parametrize("kind", REFUSED, ids=str)
def test_all_requests_in_flight_at_expiry_succeed(bench: ClientSessions, bursts: Bursts, kind: BurstKind) -> None:
    """Every caller that meets the same 401 gets its answer."""
    burst = bursts.of(kind)
    told = next(
        (str(one) for one in burst.answers if not is_success(one)), "they were told of one that was not granted"
    )
    with unless_it_follows(partial(all_answered, burst), bench.must_recover):
        must(
            burst.through == kind.number,
            f"{kind.number - burst.through} of {kind.number} callers were left without success: {told}",
            expected="success for every caller",
            got=f"{burst.through} of {kind.number}",
            shown=next(iter(burst.refused), None),
        )


@rule("callers-answered")
@pytest.mark.parametrize("kind", [*REFUSED, *TROUBLED, FAILED_FIRST], ids=str)
def test_every_caller_is_answered(bench: ClientSessions, bursts: Bursts, kind: BurstKind) -> None:
    """Whatever comes of signing in, each call ends with its answer or an error."""
    bench.must_work()
    must_answer_all(bursts.of(kind))


@rule("callers-answered")
@pytest.mark.parametrize("kind", REFUSED, ids=str)
def test_every_caller_is_given_the_answer_to_its_own_request(
    bench: ClientSessions, bursts: Bursts, kind: BurstKind
) -> None:
    """Of many in flight, none is told what another had asked for."""
    bench.must_work()
    must_give_each_its_own(bursts.of(kind))


@pytest.fixture
def forgiving(bench: ClientSessions, sign_in_failures: SignInFailures) -> None:
    """A client that gets over a 401, and over a sign-in that failed for its only caller."""
    bench.must_recover()
    presuppose(sign_in_failures.of("server-error", Start.WARM).after, "sign-in-recovers")


@rule("callers-answered")
@pytest.mark.usefixtures("forgiving")
@pytest.mark.parametrize("kind", [BurstKind(16, sign_ins=SignIns.FAIL), TROUBLED[-1]], ids=str)
def test_a_new_caller_is_given_no_old_failure(bursts: Bursts, kind: BurstKind) -> None:
    """When signing in works again, the next call succeeds."""
    new = afterwards(bursts.of(kind))
    new.must_succeed(f"after {kind.number} callers whose sign-in had failed, when signing in worked again")


@rule("callers-answered")
@pytest.mark.usefixtures("forgiving")
def test_those_refused_later_are_given_no_old_failure(bursts: Bursts) -> None:
    """A sign-in that failed for the first caller is no reason to fail those who are refused after it."""
    failed_first = some_refused_later(bursts, FAILED_FIRST)
    failed = [str(failed_first.answers[n]) for n in failed_first.later if not is_success(failed_first.answers[n])]
    with unless_it_follows(partial(all_through, bursts.of(WORKED_FIRST))):
        must(
            not failed,
            f"a sign-in failed for a caller, who was told so, and worked again before {len(failed_first.later)} other "
            f"callers were refused, and {len(failed)} of these failed: {failed_first.told()}; {failed[-1:]}",
            expected="success for every caller that is refused later",
            got=f"{len(failed)} failures",
            shown=failed_first.refused[-1] if failed_first.refused else None,
        )


@rule("callers-bounded")
def test_many_callers_are_as_bounded_as_one(bench: ClientSessions, bursts: Bursts) -> None:
    """Under an endless 401 each of them makes a handful of attempts and has an error."""
    bench.must_work()
    alone, together = bursts.of(ALONE), bursts.of(TOGETHER)
    with unless_it_follows(partial(all_answered, together), partial(bounded_alone, alone)):
        must_be_bounded(together)


@rule("one-sign-in-at-expiry")
@pytest.mark.parametrize("number", [2, 16])
def test_requests_refused_together_share_one_sign_in(bursts: Bursts, number: int) -> None:
    """One sign-in is enough for all callers that were refused."""
    burst = bursts.of(BurstKind(number))
    if burst.through < number:
        raise NotAssessed("follows from concurrent-expiry: not every caller got over the expiry")
    first = min((one.number for one in burst.sign_ins), default=None)
    before = [one for one in burst.refused if first is None or one.number < first]
    if len(before) < 2:
        raise NotAssessed("the client sends one request at a time, so no two are refused together")
    must(
        len(burst.sign_ins) == 1,
        f"{len(burst.sign_ins)} sign-ins for {len(before)} requests that were refused together",
        expected="one sign-in",
        got=len(burst.sign_ins),
        shown=burst.sign_ins[-1] if burst.sign_ins else None,
        counted=True,
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
    if len({one.token for one in recovering.attempts if one.status == 401}) > 1:
        raise Inapplicable("the client holds several tokens side by side, and another one was refused late")
    if replaced != 1:
        raise NotAssessed(f"follows from one-sign-in-at-expiry: the first 401 led to {plural(replaced, 'sign-in')}")
    signed_in = len(recovering.sign_ins) - seen
    must(
        signed_in == 1,
        "a late 401 for a token that had been replaced led to another sign-in",
        expected="a retry with the token that is there",
        got=f"{plural(signed_in, 'sign-in')}; {answers[0]}; {answers[1]}",
        shown=recovering.sign_ins[-1],
        counted=True,
    )
