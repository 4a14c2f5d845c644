"""Guide, "Refreshing tokens": a 401 triggers one sign-in and one retry of the original request."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from _pytest.mark.structures import ParameterSet

from conformance.client.adapters.driver import PRODUCTS, ApiCall
from conformance.client.fake_api.handlers import answered
from conformance.client.fake_api.refusals import CHALLENGES_OF_401, FORMS_OF_401
from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness import invariants, wire
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.refused import (
    UNUSUAL_SIGN_INS,
    call_with_kept_token,
    must_keep_plain_tokens,
    refused_once,
    signed_in_by,
    unless_it_follows,
)
from conformance.client.harness.sequences import Traces
from conformance.client.harness.session import HANDFUL, Done, Session
from conformance.contract.marks import depth, rule
from conformance.contract.words import plural
from conformance.evidence.judge import NotAssessed

ENDLESS = 12
"""Refusals after which the server accepts again, so that a client that never gives up comes to an end."""
MEBIBYTE = 2**20
UNSORTED = {"zeta": 1, "name": "Blåbær, 茶, 🫖", "alpha": {"b": [1.5, None, True], "a": ""}}

MARKED = {"X-Warehouse": "oslo-2", "Accept-Language": "nb"}
"""Fields of the caller's own, which a retry has to keep."""

CALLS = [
    pytest.param(ApiCall(headers=MARKED), id="read"),
    pytest.param(ApiCall("POST", json=UNSORTED, headers=MARKED), id="unicode"),
    pytest.param(ApiCall("POST", json={}), id="empty-object"),
    pytest.param(ApiCall("POST", json=None), id="null"),
    pytest.param(ApiCall("POST"), id="no-body"),
    pytest.param(ApiCall("POST", json={"name": "x" * MEBIBYTE, "then": "y"}, headers=MARKED), id="1-MiB"),
    pytest.param(ApiCall("POST", json={"name": "x" * (5 * MEBIBYTE)}), id="5-MiB", marks=depth("standard")),
    pytest.param(ApiCall(query={"q": "a b&c=d/é+~", "tag": ("x", "y"), "empty": ""}), id="query"),
    pytest.param(ApiCall(path=f"{PRODUCTS}/a%2Fb%20c%C3%A9"), id="escaped-path"),
    pytest.param(ApiCall("PUT", f"{PRODUCTS}/p", json=[1, "2"], headers=MARKED), id="put"),
    pytest.param(ApiCall("PATCH", f"{PRODUCTS}/p", json={"name": None}, headers={"If-Match": '"v3"'}), id="patch"),
    pytest.param(ApiCall("DELETE", f"{PRODUCTS}/p", headers={"If-Match": '"v3"'}), id="delete"),
    pytest.param(ApiCall("POST", form={"name": "Blåbær & co", "size": "3"}, headers=MARKED), id="form"),
]
REPEATED = "a token that was refused before is sent again"
STREAMED = ApiCall("POST", json={"name": "x" * (MEBIBYTE // 4)}, headers=MARKED, stream=True)

READ = ApiCall(headers=MARKED)
WRITES = {
    "post": ApiCall("POST", json={"name": "Aurora Tent"}, headers=MARKED),
    "put": ApiCall("PUT", f"{PRODUCTS}/p", json={"name": "Aurora Tent"}, headers=MARKED),
    "patch": ApiCall("PATCH", f"{PRODUCTS}/p", json={"name": "Aurora Tent"}, headers=MARKED),
    "delete": ApiCall("DELETE", f"{PRODUCTS}/p", headers=MARKED),
}


def read_and_write(forms: Iterable[str]) -> list[ParameterSet]:
    """Each form with a read and with a write, the writes in turn."""
    writes = itertools.cycle(WRITES.items())
    return [
        pytest.param(form, call, id=f"{form}-{name}")
        for form, write in zip(forms, writes, strict=False)
        for name, call in (("get", READ), write)
    ]


def must_have_been_refused(done: Done) -> None:
    """Raises NotAssessed if no request of the call was answered 401, as of a client that signs in for each call."""
    if not done.refused:
        raise NotAssessed(f"no request of the call could be refused: {done.answer}")


def retry_of(done: Done) -> tuple[ReceivedRequest, ReceivedRequest]:
    """Returns the first try and the next; raises NotAssessed if there was no next."""
    must_have_been_refused(done)
    if len(done.tries) < 2:
        raise NotAssessed(f"follows from retry-after-401: the 401 led to no second try, and {done.answer}")
    return done.tries[0], done.tries[1]


def must_be_the_same(done: Done, first: ReceivedRequest, again: ReceivedRequest) -> None:
    """Raises Violation if what was sent again differs from the first try."""
    difference = wire.differences(first.request, again.request, {"Content-Type", *done.call.headers})
    done.must(
        difference is None,
        f"the retry is another request: {difference}",
        expected="the same request",
        got=difference,
        shown=again,
    )


def must_get_over_it(done: Done, after: str) -> None:
    """Raises Violation unless the call succeeded by one sign-in and one retry; NotAssessed if it was not refused."""
    must_have_been_refused(done)
    done.must_succeed(after)
    signed_in, tried = len(done.sign_ins), len(done.tries)
    done.must(
        signed_in == 1,
        f"{plural(signed_in, 'sign-in')} after one 401",
        expected="one sign-in",
        got=signed_in,
        counted=True,
    )
    done.must(
        tried == 2,
        f"{plural(tried, 'request')} for one call",
        expected="a first try and one retry",
        got=tried,
        counted=True,
    )


@rule("retry-after-401")
@pytest.mark.parametrize("end", [FakeApi.revoke, FakeApi.expire], ids=["revoked", "expired"])
def test_a_401_leads_to_one_sign_in_and_one_retry(warm: Session, end: Callable[[FakeApi], None]) -> None:
    """The caller gets the answer of the retry, and one sign-in comes before it."""
    end(warm.fake_api)
    must_get_over_it(warm.call_and_wait(), "after a 401")


@rule("retry-after-401")
@pytest.mark.parametrize("call", CALLS)
def test_whatever_was_refused_is_sent_again(bench: ClientSessions, call: ApiCall) -> None:
    """Reads and writes alike, by any method and with any body."""
    must_get_over_it(refused_once(bench, call), f"after a 401 to a {call.method}")


@rule("retry-after-401")
@pytest.mark.parametrize(("form", "call"), read_and_write(FORMS_OF_401))
def test_a_401_of_any_form_is_one(bench: ClientSessions, form: str, call: ApiCall) -> None:
    """Whatever its body is, however it is framed, and even if the connection ends with it."""
    bench.must_recover_once()
    must_get_over_it(refused_once(bench, call, FORMS_OF_401[form]), f"after a 401 ({form}) to a {call.method}")


@rule("unusual-answers-taken")
@pytest.mark.parametrize("form", CHALLENGES_OF_401)
def test_a_401_with_any_challenge_is_one(bench: ClientSessions, form: str) -> None:
    """One in lower case, one beside another, or none at all."""
    bench.must_recover_once()
    done = refused_once(bench, READ, CHALLENGES_OF_401[form])
    must_have_been_refused(done)
    done.must_succeed(f"after a 401 with {form}")


@rule("unusual-answers-taken")
@pytest.mark.parametrize("answer", UNUSUAL_SIGN_INS)
def test_a_sign_in_answer_of_another_form_is_one(bench: ClientSessions, answer: str) -> None:
    """Without what it may lack, with more than the client knows, or in another order."""
    bench.must_work()
    done = signed_in_by(bench, UNUSUAL_SIGN_INS[answer])
    done.must_succeed(f"after a sign-in answer with {answer}")


@rule("unusual-answers-taken")
@pytest.mark.parametrize("answer", UNUSUAL_SIGN_INS)
def test_a_token_of_another_form_of_answer_is_kept(bench: ClientSessions, answer: str) -> None:
    """It serves the calls that follow, and no timer goes off because of what the answer lacks."""
    with unless_it_follows(partial(must_keep_plain_tokens, bench)):
        done = call_with_kept_token(bench, UNUSUAL_SIGN_INS[answer])
        done.must(
            not done.sign_ins,
            f"after a sign-in answer with {answer} the client signs in again and again",
            expected="the token that is there",
            got=f"{plural(len(done.sign_ins), 'sign-in')} for one call",
            shown=done.sign_ins[-1] if done.sign_ins else None,
        )


@rule("retry-same-request")
@pytest.mark.parametrize("call", CALLS)
def test_the_retry_is_the_original_request(warm: Session, call: ApiCall) -> None:
    """Method, target, body and the caller's own fields are the same octets."""
    warm.fake_api.revoke()
    done = warm.call(call)
    must_be_the_same(done, *retry_of(done))


@rule("retry-same-request")
def test_a_streamed_body_is_sent_again_whole_or_not_at_all(bench: ClientSessions, warm: Session) -> None:
    """If it can be read but once, it may stay at the first try, of whose end the caller is told."""
    bench.must_recover_once()
    warm.fake_api.revoke()
    done = warm.call(STREAMED)
    must_have_been_refused(done)
    must_be_the_same(done, done.tries[0], done.tries[-1])
    unasked = f"a streamed body was refused and not accepted afterwards, and {done.answer}"
    done.must(done.granted or not done.succeeded, unasked, expected="an error, or the 401, for the caller")


@rule("retry-one-effect")
def test_a_retried_write_has_one_effect(warm: Session) -> None:
    """A POST that was refused and sent again is done once."""
    warm.fake_api.revoke()
    done = warm.call_and_wait(ApiCall("POST", json={"name": "Midnight Parka"}))
    retry_of(done)
    effects = warm.fake_api.effects
    done.must(effects == 1, f"a retried write had {effects} effects", expected="one effect", got=effects)


@rule("retry-fresh-token")
def test_after_a_401_the_refused_token_is_not_sent_again(warm: Session) -> None:
    """Once there is a newer token, the retry and the calls after it carry that."""
    warm.fake_api.revoke()
    first = warm.call()
    later = [warm.call() for _ in range(3)]
    newer = next((one.number for one in warm.sign_ins[1:] if one.granted), None)
    if newer is None:
        raise NotAssessed(f"follows from retry-after-401: no sign-in followed a 401, and {first.answer}")
    refused = {one.token: one.number for one in reversed(warm.attempts) if one.status == 401}
    wire.each_must(
        (one for done in (first, *later) for one in done.attempts if one.number > newer),
        lambda one: REPEATED if refused.get(one.token, one.number) < one.number else None,
        expected="the fresh token",
    )


@rule("retry-bounded")
def test_an_endless_401_is_given_up(warm: Session) -> None:
    """If even fresh tokens are refused, a handful of attempts end in an error."""
    warm.fake_api.handlers.extend([answered(401)] * ENDLESS)
    done = warm.call_and_wait()
    retry_of(done)
    tried, signed_in = len(done.tries), len(done.sign_ins)
    at_most = f"at most {HANDFUL}"
    done.must(
        tried <= HANDFUL,
        f"{tried} attempts under an endless 401"
        + (f", which ended after {ENDLESS} so that they come to an end" if tried > ENDLESS else ""),
        expected=at_most,
        got=tried,
        shown=next((one for one in reversed(done.tries) if one.status == 401), None),
        counted=True,
    )
    done.must(
        signed_in <= HANDFUL,
        f"{signed_in} sign-ins under an endless 401",
        expected=at_most,
        got=signed_in,
        counted=True,
    )
    done.must(not done.succeeded, "the caller is told of success although all attempts failed", expected="an error")


def recovers(session: Session, after: str) -> None:
    """Raises Violation unless a call succeeds that was refused at first."""
    done = session.call()
    must_have_been_refused(done)
    done.must_succeed(after)


@rule("recovers-revoked")
def test_a_revoked_token_is_replaced_each_time(bench: ClientSessions, warm: Session) -> None:
    """The first call after a revocation succeeds, and so does that after the next one."""
    warm.fake_api.revoke()
    with unless_it_follows(bench.must_recover_once):
        recovers(warm, "after the token was revoked")
        warm.fake_api.revoke()
        recovers(warm, "after the next token was revoked as well")


@rule("recovers-rotated")
def test_new_signing_keys_are_got_over(bench: ClientSessions, warm: Session) -> None:
    """The first call after the keys changed succeeds."""
    warm.fake_api.rotate()
    with unless_it_follows(bench.must_recover_once):
        recovers(warm, "after the signing keys changed")


@rule("retry-bounded")
def test_attempts_are_bounded_at_every_moment(traces: Traces) -> None:
    """No course of events makes the client send more than a handful of requests for one call."""
    traces.each(invariants.attempts_are_bounded)


@rule("retry-fresh-token")
def test_a_replaced_token_never_comes_back(bench: ClientSessions, traces: Traces) -> None:
    """Once a token was refused and a new one fetched, no later call carries the old one."""
    bench.must_sign_in_again()
    traces.each(invariants.replaced_tokens_stay_away)
