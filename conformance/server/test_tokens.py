"""Guide, "How authentication works": a token is verified, whatever shape it comes in."""

from __future__ import annotations

import json

import pytest

from conformance.contract.durations import BEYOND_LEEWAY_S, HOUR_S
from conformance.contract.marks import alternative, needs, rule
from conformance.evidence.judge import Inapplicable
from conformance.server.harness.attacked import must_be_refused, must_be_unauthorized, presented, with_attacks
from conformance.server.harness.credentials import member
from conformance.server.harness.generated import Data, drawn, generated
from conformance.server.harness.instances import must_be_refused_everywhere
from conformance.server.harness.sessions import must_take_what_is_older_than_the_session
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import OpenTarget
from conformance.strategies import (
    altered_tokens,
    malformed_tokens,
)
from conformance.tokens import Attack, expires_at, issued_at


@rule("token-malformed")
@with_attacks("token-malformed")
def test_a_malformed_token_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """What is not three base64url segments of JSON is no token."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("token-oversize")
@with_attacks("token-oversize")
def test_an_oversize_token_is_a_client_error(synq: TargetApi, attack: Attack) -> None:
    """A token of absurd size or nesting is turned away without harm."""
    presented(synq, attack).must_be_client_error(why=attack.clause, may_close=True)


@rule("token-other-form")
@with_attacks("token-other-form")
def test_a_token_in_another_form_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """Synq's tokens are signed and compact; what is encrypted, nested or JSON-serialized is not one."""
    must_be_refused(presented(synq, attack), attack)


@rule("signature-spelling")
@with_attacks("signature-spelling")
def test_a_loosely_spelled_signature_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A token has one spelling; what decodes to the same octets is not the same token."""
    must_be_refused(presented(synq, attack), attack)


@rule("token-spelling")
@with_attacks("token-spelling")
def test_a_loosely_spelled_token_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A token has one spelling and one serialization; the genuine one in another is not that token."""
    must_be_refused(presented(synq, attack), attack)


@rule("token-spelling")
def test_a_token_in_another_case_is_not_the_one_that_the_connection_brought_before(synq: TargetApi) -> None:
    """A server that remembers what it read on a connection tells upper from lower case."""
    token = synq.credentials.valid()
    changed = f"{token[:-24]}{token[-24:-8].swapcase()}{token[-8:]}"
    for _ in range(2):  # some remember from the second request on
        synq.precondition(synq.documented(), why="token, tenant and organization are right")
    synq.get(token=changed).must_be(401, why="letters of the signature are in another case")


@rule("token-spelling")
@with_attacks("claims-prolonged")
def test_a_token_among_claims_that_nobody_accepts_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """The genuine token in company that the server does not even look at is not that token."""
    must_be_refused(presented(synq, attack, spoiled=True), attack)


@rule("signature-altered")
@with_attacks("signature-altered")
def test_an_altered_token_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """The signature covers header and payload: a change to any of the three is noticed."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("signature-foreign")
@with_attacks("signature-foreign")
def test_a_token_signed_by_somebody_else_is_unauthorized(synq: TargetApi, attack: Attack) -> None:
    """A well-made signature counts only when the key is Synq's."""
    must_be_unauthorized(presented(synq, attack), attack)


@rule("token-lifetime")
def test_the_claims_of_a_token_span_one_hour(synq: TargetApi) -> None:
    """From issue to expiry a token has 3600 seconds."""
    token = synq.credentials.fresh()
    issued, expiry = issued_at(token), expires_at(token)
    if issued is None or expiry is None:
        raise Inapplicable("the token lacks iat or exp, so its claims say nothing of its life")
    span = expiry - issued
    synq.get(token=token).must_hold(
        abs(span - HOUR_S) <= 1, "the token's claims do not span one hour", expected="3600 s", got=f"{span:g} s"
    )


def _seconds(promised: object) -> float | None:
    """A number of seconds, or one in a text; None if it is neither."""
    written = isinstance(promised, str) and promised.isdecimal()
    return float(str(promised)) if written or isinstance(promised, int | float) else None


@rule("token-lifetime")
def test_the_sign_in_answer_promises_the_hour(synq: TargetApi) -> None:
    """The lifetime in the sign-in answer is the hour that the token has."""
    account = synq.credentials.account
    exchange = synq.credentials.sign_in()
    promised = member(exchange, account.expires_in_pointer)
    if promised is None:
        raise Inapplicable(f"the sign-in answer has nothing at sign_in.expires_in_pointer {account.expires_in_pointer}")
    seconds = _seconds(promised)
    right = seconds is not None and HOUR_S - 10 <= seconds <= HOUR_S
    # What a token is good for shows that there is one: who lets in everybody promises nothing.
    answered = synq.get() if right else synq.judged(exchange, control=exchange.request)
    answered.must_hold(
        right,
        "the sign-in answer promises another lifetime than the hour",
        expected="3600",
        got=json.dumps(promised),
    )


@rule("token-accepted-until-hour")
@alternative("minute 59", by="a minted token")
@needs("keys.signing")
def test_a_token_minted_59_minutes_ago_is_accepted(synq: TargetApi) -> None:
    """The hour is a whole hour: at minute 59 the token still counts."""
    answered = synq.get(token=synq.forger.forged(f"aged-{59 * 60}"))
    if not answered.exchange.accepted:
        must_take_what_is_older_than_the_session(synq)
    answered.must_be_accepted(why="the token is in its 59th minute")


@rule("token-accepted-until-hour")
@alternative("the end of its hour", by="a minted token")
@needs("keys.signing")
def test_a_minted_token_is_unauthorized_after_its_hour_and_any_leeway(synq: TargetApi) -> None:
    """A quarter of an hour after its end no leeway keeps a token alive."""
    token = synq.forger.forged(f"aged-{HOUR_S + BEYOND_LEEWAY_S + 2}")
    synq.get(token=token).must_be(401, why="the token ended a quarter of an hour ago")


@rule("token-accepted-until-hour")
@alternative("minute 59", by="a moved clock")
@needs("clock", "sign_in")
@pytest.mark.usefixtures("clock")
def test_a_token_is_accepted_at_minute_59(synq: TargetApi, bench: OpenTarget) -> None:
    """A token from signing in still counts 59 minutes later."""
    token = synq.credentials.fresh()
    synq.precondition(synq.request(token=token), why="the token is fresh")
    bench.move(59 * 60)
    synq.get(token=token).must_be_accepted(why="the token is in its 59th minute")


@rule("token-accepted-until-hour")
@alternative("the end of its hour", by="a moved clock")
@needs("clock", "sign_in")
@pytest.mark.usefixtures("clock")
def test_a_token_is_unauthorized_after_its_hour_and_any_leeway(synq: TargetApi, bench: OpenTarget) -> None:
    """A token from signing in no longer counts an hour and a quarter later."""
    token = synq.credentials.fresh()
    bench.move(HOUR_S + BEYOND_LEEWAY_S + 2)
    synq.get(token=token).must_be(401, why="the token ended a quarter of an hour ago")


@rule("token-malformed")
@generated
def test_no_generated_token_is_accepted(synq: TargetApi, data: Data) -> None:
    """What is no token by its segments, its encoding or its JSON is answered 401."""
    token = drawn(synq, data, "tokens", malformed_tokens(synq.credentials.valid()))
    synq.get(token=token).must_be_right_of_what_no_client_sends()


@rule("signature-altered")
@generated
def test_no_generated_alteration_is_accepted(synq: TargetApi, data: Data) -> None:
    """The genuine token with anything changed in it is answered 401."""
    token = drawn(synq, data, "alterations", altered_tokens(synq.credentials.valid()))
    synq.get(token=token).must_be_right_of_what_no_client_sends()


@rule("retired-key")
def test_a_token_of_a_withdrawn_key_is_unauthorized(synq: TargetApi) -> None:
    """A key that was withdrawn verifies nothing any more."""
    synq.get(token=synq.target.tokens.retired_key).must_be(401, why="the key that signed the token was withdrawn")


@rule("retired-key")
@pytest.mark.synq_many
def test_a_token_of_a_withdrawn_key_is_unauthorized_everywhere(synq: TargetApi) -> None:
    """Every process of the target that takes a connection knows that the key was withdrawn."""
    request = synq.request(token=synq.target.tokens.retired_key)
    must_be_refused_everywhere(synq, request, "a token of a withdrawn key")
