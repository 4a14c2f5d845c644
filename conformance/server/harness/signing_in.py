"""Signing in with wrong credentials, with the control that the right ones bring a token."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from conformance.evidence.judge import Inapplicable, NotAssessed
from conformance.server.harness.credentials import no_token, token_in
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.steady import shown_in, steady
from conformance.server.harness.target_api import TargetApi

WRONG_CREDENTIALS = {
    "wrong-password": {"password": "certainly-not-the-password"},
    "unknown-user": {"email": "nobody-of-this-name@example.com"},
    "both-wrong": {"email": "nobody-of-this-name@example.com", "password": "certainly-not-the-password"},
}
"""What differs from the profile's account, by a name for reports."""
INJECTED_ADDRESSES: dict[str, Callable[[str], Any]] = {
    "comment": lambda email: f"{email}' -- ",
    "condition": lambda _: "' OR '1'='1' -- ",
    "operator": lambda _: {"$ne": ""},
}
"""Addresses that say more to a query than whom to look for, by a name for reports."""


def injected(synq: TargetApi, how: str) -> ResponseAssertion:
    """Sign in with such an address and a wrong password; raises Inapplicable if a form has no place for it."""
    account = synq.credentials.account
    address = INJECTED_ADDRESSES[how](account.email)
    if account.request == "form" and not isinstance(address, str):
        raise Inapplicable("a form has texts only")
    return sign_in_with(synq, email=address, **WRONG_CREDENTIALS["wrong-password"])


def sign_in_with(synq: TargetApi, **changes: Any) -> ResponseAssertion:  # noqa: ANN401 - any JSON
    """Sign in with these changes; raises NotAssessed if the right credentials bring no token."""
    exchange = synq.credentials.sign_in(**changes)
    control = synq.credentials.sign_in()
    if not control.accepted or token_in(control, synq.credentials.account) is None:
        raise NotAssessed(no_token(synq.credentials, control))
    return ResponseAssertion(synq, exchange, control.request, controlled=control)


def basic(synq: TargetApi) -> str:
    """Address and password as the scheme Basic sends them (RFC 7617 §2); raises Inapplicable without an account."""
    account = synq.target.sign_in
    if account is None:
        raise Inapplicable("the profile has no [sign_in], so there is no password that could be sent")
    value = base64.b64encode(f"{account.email}:{account.password}".encode()).decode()
    synq.recorder.secret(value, "[e-mail address and password]")
    return f"Basic {value}"


def must_look_alike(one: ResponseAssertion, *others: ResponseAssertion) -> None:
    """The first answer says what the others say, which are those to one sign-in sent twice.

    Raises NotAssessed if these differ in more than values, so that a difference could not be told.
    """
    first = others[0]
    seen = steady(iter([shown_in(other.exchange) for other in others]).__next__, "the answer to a wrong password")
    one.must_hold(
        seen.same(shown_in(one.exchange)), "an unknown user and a wrong password are told apart",
        expected="the same status and body", got=f"{one.exchange.outcome} and {first.exchange.outcome}",
    )  # fmt: skip
