"""Guide, "Common authentication errors": an expired or revoked token is refused, now and on every request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from conformance.contract.durations import BEYOND_LEEWAY_S, DAY_S, GREATEST_LEEWAY_S, HOUR_S, MINUTE_S, USUAL_LEEWAY_S
from conformance.contract.marks import alternative, last, needs, rule
from conformance.server.harness.attacked import respelled
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.depths import Extent
from conformance.server.harness.in_flight import answered_together
from conformance.server.harness.instances import must_be_refused_everywhere
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import OpenTarget
from conformance.server.harness.token_states import live
from conformance.server.harness.waiting import WaitedFor
from conformance.tokens import Attack, attacks

SPELLINGS = [
    pytest.param(one, id=one.name) for one in attacks("signature-spelling", "token-spelling") if not one.needs
]
ROUNDING_S = 2
"""Between our clock's second and the target's."""
AGES = [
    pytest.param(BEYOND_LEEWAY_S + 60, id="beyond-any-leeway"),
    pytest.param(HOUR_S, id="an-hour-ago"),
    pytest.param(DAY_S, id="a-day-ago"),
    pytest.param(400 * DAY_S, id="a-year-ago"),
]

IN_FLIGHT = 48
AFTERWARDS: dict[str, Callable[[Credentials], object]] = {
    "a-sign-in": lambda credentials: credentials.fresh(),
    "another-revocation": lambda credentials: credentials.revoke(credentials.fresh()),
}
"""What the account of a revoked token does next, by a name for reports."""


@rule("token-expired")
@alternative("an expired token", by="minted tokens")
@needs("keys.signing")
@pytest.mark.parametrize("by_s", AGES)
def test_a_minted_expired_token_is_unauthorized(synq: TargetApi, by_s: int) -> None:
    """A properly signed token past its hour is answered 401."""
    token = synq.forger.forged(f"expired-{by_s}")
    synq.get(token=token).must_be(401, why=f"the token expired {by_s} s ago")


@rule("token-expired")
@alternative("an expired token", by="a moved clock")
@needs("clock", "sign_in")
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("by_s", AGES)
def test_a_token_that_aged_past_its_hour_is_unauthorized(synq: TargetApi, bench: OpenTarget, by_s: int) -> None:
    """A token from signing in is answered 401 once its hour is over."""
    token = synq.credentials.fresh()
    bench.move(HOUR_S + by_s)
    synq.get(token=token).must_be(401, why=f"the token expired {by_s} s ago")


@last
@rule("token-expired")
@alternative("an expired token", by="waiting for its end")
@needs("patience")
def test_a_token_whose_end_was_waited_for_is_unauthorized(synq: TargetApi, waited_for: WaitedFor) -> None:
    """A token that was accepted at the start is answered 401 once its hour is over."""
    synq.get(token=waited_for.once_over()).must_be(401, why="the token ended by itself a quarter of an hour ago")


@rule("expiry-leeway")
@alternative("more than five minutes past expiry", by="minted tokens")
@needs("keys.signing")
def test_the_leeway_after_expiry_is_five_minutes_at_most(synq: TargetApi) -> None:
    """No clock is off by more than a few minutes, and no leeway needs to be longer."""
    _must_give_leeway_up_to(GREATEST_LEEWAY_S, synq)


@rule("expiry-leeway")
@alternative("more than five minutes past expiry", by="a moved clock")
@needs("clock", "sign_in")
@pytest.mark.usefixtures("clock")
def test_five_minutes_after_its_hour_a_token_is_unauthorized(synq: TargetApi, bench: OpenTarget) -> None:
    """No clock is off by more than a few minutes, and no leeway needs to be longer."""
    token = synq.credentials.fresh()
    bench.move(HOUR_S + GREATEST_LEEWAY_S + 5)
    synq.get(token=token).must_be(401, why="the token expired more than five minutes ago")


@rule("expiry-leeway-minute")
@alternative("more than a minute past expiry", by="minted tokens")
@needs("keys.signing")
def test_the_leeway_after_expiry_is_a_minute_at_most(synq: TargetApi) -> None:
    """A minute of leeway is usual; more of it prolongs every stolen token."""
    _must_give_leeway_up_to(USUAL_LEEWAY_S, synq)


def _must_give_leeway_up_to(most_s: int, synq: TargetApi) -> None:
    """Just past the leeway that is allowed the token is refused; if not, the finding says how long it lives on."""
    answered = synq.get(token=synq.forger.forged(f"expired-{most_s + ROUNDING_S}"))
    found_s = _leeway_s(synq) if answered.exchange.accepted else None
    answered.must_hold(
        found_s is None, f"an expired token lives on for {found_s} s", expected=f"{most_s} s of leeway at most",
        got=f"{found_s} s",
    )  # fmt: skip


def _leeway_s(synq: TargetApi) -> int:
    """The greatest age past expiry, to the second, at which a token is still accepted; a day counts as for ever."""
    accepted, refused = 0, DAY_S
    while refused - accepted > 1:
        middle = (accepted + refused) // 2
        if synq.step(synq.request(token=synq.forger.forged(f"expired-{middle}"))).accepted:
            accepted = middle
        else:
            refused = middle
    return accepted


@rule("expiry-leeway-minute")
@alternative("more than a minute past expiry", by="a moved clock")
@needs("clock", "sign_in")
@pytest.mark.usefixtures("clock")
def test_a_minute_after_its_hour_a_token_is_unauthorized(synq: TargetApi, bench: OpenTarget) -> None:
    """A minute of leeway is usual; more of it prolongs every stolen token."""
    token = synq.credentials.fresh()
    bench.move(HOUR_S + MINUTE_S + 5)
    synq.get(token=token).must_be(401, why="the token expired more than a minute ago")


@rule("token-revoked")
@alternative("a revoked token", by="a revocation")
@needs("revoke", "sign_in")
@pytest.mark.parametrize("later", [0, 1, 5], ids=["at-once", "second-request", "sixth-request"])
def test_a_revoked_token_is_unauthorized(synq: TargetApi, later: int) -> None:
    """From the moment of its revocation a token is answered 401, on every request."""
    token = synq.credentials.fresh()
    synq.precondition(synq.request(token=token), why="the token is fresh")
    synq.credentials.revoke(token)
    for _ in range(later):
        synq.step(synq.request(token=token))
    synq.get(token=token).must_be(401, why="the token was revoked")


@rule("token-revoked")
@pytest.mark.synq_many
@needs("revoke", "sign_in")
def test_a_revoked_token_is_unauthorized_on_every_new_connection(synq: TargetApi) -> None:
    """Every process of the target that takes a connection knows of the revocation."""
    token = synq.credentials.fresh()
    synq.precondition(synq.request(token=token), why="the token is fresh")
    synq.credentials.revoke(token)
    must_be_refused_everywhere(synq, synq.request(token=token), "a revoked token")


@rule("token-revoked")
@needs("revoke", "sign_in")
@pytest.mark.parametrize("since", ["a-sign-in", "another-revocation"])
def test_a_revoked_token_stays_revoked(synq: TargetApi, since: str) -> None:
    """What the account does afterwards, signing in again or revoking another token, brings no revoked one back."""
    token = synq.credentials.fresh()
    synq.precondition(synq.request(token=token), why="the token is fresh")
    synq.credentials.revoke(token)
    AFTERWARDS[since](synq.credentials)
    synq.get(token=token).must_be(401, why="the token was revoked")


@rule("token-revoked")
@needs("revoke", "sign_in")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_revoked_token_is_refused_in_every_spelling(synq: TargetApi, spelling: Attack) -> None:
    """What the server takes for the same token is revoked with it: a list of texts would not hold it."""
    token = synq.credentials.fresh()
    answered = synq.get(token=respelled(synq, spelling, token))
    synq.credentials.revoke(token)
    again = synq.send(answered.exchange.request)
    again.must_hold(
        not again.exchange.accepted, "a revoked token is accepted in another spelling, as it was before",
        expected="401", got=again.exchange.outcome, meaning=spelling.what,
    )  # fmt: skip


@rule("verified-every-request")
@alternative("a token that was accepted before", by="a revocation")
@needs("revoke")
@pytest.mark.parametrize("connection", ["same-connection", "new-connection"])
def test_an_accepted_token_is_refused_once_revoked(synq: TargetApi, connection: str) -> None:
    """That a token was accepted a moment ago proves nothing after its revocation."""
    token = synq.credentials.fresh()
    synq.precondition(synq.request(token=token), why="the token is fresh")
    synq.credentials.revoke(token)
    with synq.transport(new=connection == "new-connection") as transport:
        answered = synq.send(synq.request(token=token), transport=transport)
    answered.must_be(401, why="the token was accepted a moment ago and revoked since")


@rule("verified-every-request")
@alternative("a token that was accepted before", by="a moved clock")
@needs("clock")
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("connection", ["same-connection", "new-connection"])
def test_an_accepted_token_is_refused_once_expired(synq: TargetApi, bench: OpenTarget, connection: str) -> None:
    """That a token was accepted a moment ago proves nothing after its hour."""
    token = synq.credentials.fresh()
    synq.precondition(synq.request(token=token), why="the token is fresh")
    bench.move(HOUR_S + BEYOND_LEEWAY_S + MINUTE_S)
    with synq.transport(new=connection == "new-connection") as transport:
        answered = synq.send(synq.request(token=token), transport=transport)
    answered.must_be(401, why="the token was accepted a moment ago and expired since")


@rule("connection-not-trusted")
@pytest.mark.parametrize("before", [1, 3], ids=["after-one", "after-three"])
def test_a_connection_earns_no_trust(synq: TargetApi, before: int) -> None:
    """A request without credentials is refused on a connection that good ones came over."""
    for _ in range(before):
        synq.step(synq.request())
    synq.get(authorization=None).must_be(401, why="there is no Authorization on this request")


@rule("connection-not-trusted")
def test_a_bad_token_after_a_good_one_is_unauthorized(synq: TargetApi) -> None:
    """A bad token is refused on a connection that a good one came over."""
    synq.step(synq.request())
    synq.get(token="not-a-token").must_be(401, why="the text sent is no token")  # noqa: S106 - wrong on purpose


@rule("verified-every-request")
@pytest.mark.synq_long
def test_through_any_life_every_request_is_answered_rightly(
    synq: TargetApi, bench: OpenTarget, examples: Extent, seed: int
) -> None:
    """However signing in, calling, waiting and revoking follow each other, each call is judged by its own token."""
    live(synq, bench, examples, seed, renewing=True)


@rule("connection-not-trusted")
@pytest.mark.synq_long
def test_whoever_called_before_each_request_is_judged_by_its_own_token(
    synq: TargetApi, bench: OpenTarget, examples: Extent, seed: int
) -> None:
    """However calls of several accounts and of none follow each other, none gains by the one before."""
    live(synq, bench, examples, seed, renewing=False)


@rule("verified-every-request")
@pytest.mark.synq_many
@alternative("a token in mid-flight", by="a revocation")
@needs("revoke")
def test_a_token_revoked_in_mid_flight_is_refused_from_then_on(synq: TargetApi, bench: OpenTarget) -> None:
    """While requests are in flight their token is revoked: the next one with it is refused."""
    token = synq.credentials.fresh()
    requests = [synq.request(token=token)] * IN_FLIGHT
    revoking = partial(synq.credentials.revoke, token)
    answered_together(synq, bench.send_concurrently, requests, during=revoking)
    synq.get(token=token).must_be(401, why="the token was revoked while requests with it were in flight")


@rule("verified-every-request")
@pytest.mark.synq_many
@alternative("a token in mid-flight", by="a moved clock")
@needs("clock")
@pytest.mark.usefixtures("clock")
def test_a_token_expired_in_mid_flight_is_refused_from_then_on(synq: TargetApi, bench: OpenTarget) -> None:
    """While requests are in flight the hour ends: the next one with their token is refused."""
    token = synq.credentials.fresh()
    requests = [synq.request(token=token)] * IN_FLIGHT
    ending = partial(bench.move, HOUR_S + BEYOND_LEEWAY_S + 100)
    answered_together(synq, bench.send_concurrently, requests, during=ending)
    synq.get(token=token).must_be(401, why="the hour ended while requests with the token were in flight")


@rule("token-expired")
@alternative("an expired token", by="a supplied token")
@needs("tokens.expired")
def test_the_supplied_expired_token_is_unauthorized(synq: TargetApi) -> None:
    """A token past its hour is answered 401, whatever else is right."""
    synq.get(token=synq.target.tokens.expired).must_be(401, why="the token is past its hour")


@rule("token-revoked")
@alternative("a revoked token", by="a supplied token")
@needs("tokens.revoked")
def test_the_supplied_revoked_token_is_unauthorized(synq: TargetApi) -> None:
    """A token that was revoked earlier is answered 401."""
    synq.get(token=synq.target.tokens.revoked).must_be(401, why="the token was revoked")
