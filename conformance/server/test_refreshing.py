"""Guide, "Refreshing tokens in your application": signing in, signing in again, and being refused."""

from __future__ import annotations

import pytest

from conformance.contract.durations import HOUR_S
from conformance.contract.marks import alternative, needs, rule, signs_in_wrongly
from conformance.http.message import Request
from conformance.server.harness.caching import directives, freshness
from conformance.server.harness.credentials import token_in
from conformance.server.harness.signing_in import (
    INJECTED_ADDRESSES,
    WRONG_CREDENTIALS,
    injected,
    must_look_alike,
    sign_in_with,
)
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import OpenTarget


@rule("sign-in-token-works")
def test_a_token_from_signing_in_is_accepted_at_once(synq: TargetApi) -> None:
    """Valid credentials bring a token that the next request can use."""
    synq.get(token=synq.credentials.fresh()).must_be_accepted(why="the token comes from signing in just now")


@rule("sign-in-fresh-token")
def test_signing_in_again_brings_another_token(synq: TargetApi) -> None:
    """The second sign-in brings a token of its own, and it is accepted."""
    first = synq.credentials.fresh()
    exchange = synq.credentials.sign_in_anew()
    second = token_in(exchange, synq.credentials.account)
    answered = synq.get(token=second)  # at once: the control signs in again, which may end it
    synq.judged(exchange, control=exchange.request).must_hold(
        second not in (None, first), f"signing in again brought {'the old' if second else 'no'} token",
        expected="a new token", got="the same token" if second else exchange.outcome,
    )  # fmt: skip
    answered.must_be_accepted(why="the token comes from signing in again")


def _recovers(synq: TargetApi, token: str) -> None:
    answered = synq.get(token=token).must_have_been(401)
    answered.must_be(401, why="the token is over")
    synq.get(token=synq.credentials.fresh()).must_be_accepted(why="the client signed in again after the 401")


@rule("refresh-recovers")
@alternative("a 401 and a new sign-in", by="a minted token")
@needs("keys.signing")
def test_after_expiry_a_new_sign_in_recovers(synq: TargetApi) -> None:
    """401, sign in, the same request: the answer it would have had."""
    _recovers(synq, synq.forger.forged(f"expired-{HOUR_S}"))


@rule("refresh-recovers")
@alternative("a 401 and a new sign-in", by="a moved clock")
@needs("clock")
@pytest.mark.usefixtures("clock")
def test_after_the_hour_a_new_sign_in_recovers(synq: TargetApi, bench: OpenTarget) -> None:
    """401, sign in, the same request: the answer it would have had."""
    token = synq.credentials.fresh()
    bench.move(2 * HOUR_S)
    _recovers(synq, token)


@rule("refresh-recovers")
@alternative("a 401 and a new sign-in", by="a revocation")
@needs("revoke")
def test_after_revocation_a_new_sign_in_recovers(synq: TargetApi) -> None:
    """401, sign in, the same request: the answer it would have had."""
    token = synq.credentials.fresh()
    synq.credentials.revoke(token)
    _recovers(synq, token)


@rule("refresh-recovers")
@alternative("a 401 and a new sign-in", by="a supplied token")
@needs("tokens.expired")
def test_after_a_supplied_expired_token_a_sign_in_recovers(synq: TargetApi) -> None:
    """401, sign in, the same request: the answer it would have had."""
    _recovers(synq, synq.target.tokens.expired or "")


@signs_in_wrongly
@rule("sign-in-refused")
@pytest.mark.synq_plain
@pytest.mark.parametrize("wrong", WRONG_CREDENTIALS)
def test_wrong_credentials_bring_no_token(synq: TargetApi, wrong: str) -> None:
    """A wrong password or an unknown user brings no token, whatever the status."""
    answered = sign_in_with(synq, **WRONG_CREDENTIALS[wrong])
    answered.must_hold(
        token_in(answered.exchange, synq.credentials.account) is None, "wrong credentials bring a token",
        expected="no token", got="a token",
    )  # fmt: skip


@signs_in_wrongly
@rule("sign-in-refused")
@pytest.mark.synq_doors
@pytest.mark.parametrize("how", INJECTED_ADDRESSES)
def test_an_address_that_is_part_of_a_query_brings_no_token(synq: TargetApi, how: str) -> None:
    """With a wrong password no address brings a token, whatever it means to a database."""
    answered = injected(synq, how)
    answered.must_hold(
        token_in(answered.exchange, synq.credentials.account) is None,
        f"an address that is part of a query brings a token ({how})", expected="no token", got="a token",
    )  # fmt: skip


@signs_in_wrongly
@rule("sign-in-refused-status")
@pytest.mark.synq_plain
@pytest.mark.parametrize("wrong", WRONG_CREDENTIALS)
def test_wrong_credentials_are_unauthorized(synq: TargetApi, wrong: str) -> None:
    """A wrong password or an unknown user is answered 401."""
    sign_in_with(synq, **WRONG_CREDENTIALS[wrong]).must_be(401, why="the credentials are wrong")


@signs_in_wrongly
@rule("sign-in-tells-nothing")
def test_an_unknown_user_looks_like_a_wrong_password(synq: TargetApi) -> None:
    """Neither status nor body says whether the account exists."""
    unknown = sign_in_with(synq, **WRONG_CREDENTIALS["unknown-user"])
    wrong, again = (sign_in_with(synq, **WRONG_CREDENTIALS["wrong-password"]) for _ in range(2))
    must_look_alike(unknown, wrong, again)


@rule("sign-in-malformed")
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut-off"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="string"),
        pytest.param(b"{}", id="no-fields"),
        pytest.param(b'{"email": 1, "password": 2}', id="numbers"),
        pytest.param(b'{"email": ["a"], "password": {"b": 1}}', id="containers"),
        pytest.param(b"\xff\xfe\x00", id="not-utf-8"),
        pytest.param(b"[" * 20_000, id="deep-nesting"),
        pytest.param(b'{"email": "\\ud800", "password": "\\ud800"}', id="lone-surrogates"),
        pytest.param(b'{"email": "a\\u0000", "password": "b\\u0000"}', id="nul"),
    ],
)
def test_a_malformed_sign_in_is_a_client_error(synq: TargetApi, body: bytes) -> None:
    """A body that is no sign-in is answered 4xx."""
    request = Request("POST", synq.credentials.account.path, (("Content-Type", "application/json"),), body)
    synq.send(request, control=synq.documented()).must_be_client_error(why="the body is no sign-in")


@rule("sign-in-not-cacheable")
def test_the_answer_with_the_token_says_no_store(synq: TargetApi) -> None:
    """No cache keeps a token."""
    answered = sign_in_with(synq)
    answered.must_hold(
        "no-store" in directives(answered), "the answer that carries a token may be stored",
        expected="Cache-Control: no-store", got=answered.header("Cache-Control") or "no Cache-Control",
    )  # fmt: skip


@rule("sign-in-not-fresh")
def test_the_answer_with_the_token_has_no_explicitfreshness(synq: TargetApi) -> None:
    """An answer to POST may be kept only if it says for how long; the one with the token does not."""
    answered = sign_in_with(synq)
    fresh = list(freshness(answered))
    answered.must_hold(
        not fresh or "no-store" in directives(answered), "the answer that carries a token may be kept for a while",
        expected="no explicit freshness", got=", ".join(fresh),
    )  # fmt: skip


@rule("responses-not-shared")
def test_an_authenticated_answer_is_not_for_shared_caches(synq: TargetApi) -> None:
    """Nothing in the answer allows a shared cache to keep what one caller may see."""
    answered = synq.get()
    answered.must_be_accepted(why="token, tenant and organization are right")
    allowing = {"public", "s-maxage", "must-revalidate"} & directives(answered)
    kept_back = {"private", "no-store"} & directives(answered)
    answered.must_hold(
        not allowing or bool(kept_back), "a shared cache may keep the answer",
        expected="private, no-store, or no leave to store", got=answered.header("Cache-Control"),
    )  # fmt: skip
