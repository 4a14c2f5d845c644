"""Requests in flight together: each is judged by its own token, at the moment when it is sent."""

from __future__ import annotations

import pytest

from conformance.contract.marks import alternative, needs, rule
from conformance.contract.oracle import BEYOND_LEEWAY_S
from conformance.http.exchange import Exchange
from conformance.server.harness.calls import TargetApi
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.targets import OpenTarget

IN_FLIGHT = 48
HOUR_S = 3600


def _kept(synq: TargetApi, exchanges: list[Exchange]) -> list[Exchange]:
    for exchange in exchanges:
        synq.recorder.exchange(exchange)
    return exchanges


@rule("answers-not-crossed")
@pytest.mark.parametrize("requests", [16, IN_FLIGHT], ids=["16-in-flight", "48-in-flight"])
def test_answers_in_flight_together_are_not_crossed(
    synq: TargetApi, bench: OpenTarget, foreign: Foreign, requests: int
) -> None:
    """Of requests of two tenants and of none, each gets what belongs to it."""
    mine = synq.request()
    theirs = synq.request(token=foreign.token, tenant=foreign.tenant_id, org=foreign.org_id)
    nobodys = synq.request(authorization=None)
    synq.send(nobodys).must_have_been(401, 403)
    mixed = [(mine, theirs, nobodys)[number % 3] for number in range(requests)]
    exchanges = _kept(synq, bench.send_concurrently(mixed))
    crossed = [
        one for one in exchanges
        if _is_crossed(one, foreign, own=one.request is mine, let_in=one.request is not nobodys)
    ]  # fmt: skip
    shown = crossed[0] if crossed else exchanges[0]
    synq.judged(shown, control=mine).must_hold(
        not crossed, "an answer in flight belonged to another caller", expected="each caller its own answer",
        got=f"{len(crossed)} of {len(exchanges)} answers crossed",
    )  # fmt: skip


def _is_crossed(exchange: Exchange, foreign: Foreign, *, own: bool, let_in: bool) -> bool:
    if exchange.response is None:
        return False
    holds_foreign = foreign.seen_in(exchange) is not None
    return (exchange.accepted and not let_in) or (holds_foreign and (own or not let_in))


@rule("verified-every-request")
@alternative("a token in mid-flight", by="a revocation")
@needs("revoke")
def test_a_token_revoked_in_mid_flight_is_refused_from_then_on(synq: TargetApi, bench: OpenTarget) -> None:
    """While requests are in flight their token is revoked: the next one with it is refused."""
    token = synq.credentials.fresh()
    requests = [synq.request(token=token)] * IN_FLIGHT
    _kept(synq, bench.send_concurrently(requests, during=lambda: synq.credentials.revoke(token)))
    synq.get(token=token).must_be(401, why="the token was revoked while requests with it were in flight")


@rule("verified-every-request")
@alternative("a token in mid-flight", by="a moved clock")
@needs("clock")
@pytest.mark.usefixtures("clock")
def test_a_token_expired_in_mid_flight_is_refused_from_then_on(synq: TargetApi, bench: OpenTarget) -> None:
    """While requests are in flight the hour ends: the next one with their token is refused."""
    token = synq.credentials.fresh()
    requests = [synq.request(token=token)] * IN_FLIGHT
    _kept(synq, bench.send_concurrently(requests, during=lambda: bench.move(HOUR_S + BEYOND_LEEWAY_S + 100)))
    synq.get(token=token).must_be(401, why="the hour ended while requests with the token were in flight")
