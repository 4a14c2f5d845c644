"""Guide, "Refreshing tokens in your application": credentials that are nearly right, and what comes with them."""

from __future__ import annotations

import pytest

from conformance.contract.inputs import NearPassword
from conformance.contract.marks import rule, signs_in_wrongly
from conformance.server.harness.credentials import token_in
from conformance.server.harness.near_sign_in import (
    EXTRAS,
    WITHOUT_PASSWORD,
    claims_beyond_plain,
    nearly,
    signed_in_with,
    signed_in_without,
)
from conformance.server.harness.signing_in import sign_in_with
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.timing import told_apart


@signs_in_wrongly
@rule("password-exact")
def test_a_nearly_right_password_brings_no_token(synq: TargetApi, near_password: NearPassword) -> None:
    """A password that is almost the right one, or that is of another type, is a wrong one."""
    _must_bring_no_token(synq, near_password)


@signs_in_wrongly
@rule("password-loose")
def test_the_right_password_in_another_spelling_brings_no_token(
    synq: TargetApi, loose_password: NearPassword
) -> None:
    """A password with something before, behind or around it is another one."""
    _must_bring_no_token(synq, loose_password)


@signs_in_wrongly
@rule("password-exact")
@pytest.mark.parametrize("what", WITHOUT_PASSWORD)
def test_no_password_brings_no_token(synq: TargetApi, what: str) -> None:
    """Without a password there is nothing to compare, and no one signs in."""
    answered = signed_in_without(synq, what)
    answered.must_hold(
        token_in(answered.exchange, synq.credentials.account) is None, f"no password at all brings a token ({what})",
        expected="no token", got="a token",
    )  # fmt: skip


def _must_bring_no_token(synq: TargetApi, near: NearPassword) -> None:
    answered = sign_in_with(synq, password=nearly(synq, near))
    token = token_in(answered.exchange, synq.credentials.account)
    answered.must_hold(
        token is None, f"a password that is not the right one brings a token ({near.name})",
        expected="no token", got="a token", meaning=near.why,
    )  # fmt: skip


@rule("sign-in-claims-kept")
@pytest.mark.parametrize("extra", EXTRAS)
def test_what_is_sent_besides_the_credentials_changes_no_claim(synq: TargetApi, extra: str) -> None:
    """The token says what Synq knows of the account, whatever the request says of it."""
    answered = signed_in_with(synq, extra)
    changed = claims_beyond_plain(synq, answered.exchange)
    answered.must_hold(
        not changed, f"what was sent besides the credentials changed {', '.join(changed)} of the token",
        expected="the claims of a plain sign-in", got=", ".join(changed),
    )  # fmt: skip


@signs_in_wrongly
@rule("sign-in-timing")
def test_an_unknown_user_and_a_wrong_password_take_as_long(synq: TargetApi, seed: int) -> None:
    """How long the refusal takes does not say whether the account exists."""
    answered, said = told_apart(synq, seed)
    answered.must_hold(
        said is None, f"an unknown user and a wrong password are told apart by time: {said}",
        expected="times that do not differ", got=said,
    )  # fmt: skip
