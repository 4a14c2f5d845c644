"""Guide, "Required request headers": what every request of a client carries, and what no request does."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from conformance.client.adapters.driver import PRODUCTS, ApiCall, Configuration
from conformance.client.harness import invariants, wire
from conformance.client.harness.hours import Hours
from conformance.client.harness.sequences import Traces
from conformance.client.harness.session import Session, must
from conformance.client.harness.sign_in_failure import FAILURES_ON_THE_WIRE, SignInFailures, Start
from conformance.contract.durations import MINUTE_S
from conformance.contract.marks import rule
from conformance.contract.words import plural
from conformance.mock import world

CALLS = [
    pytest.param(ApiCall(), id="read"),
    pytest.param(ApiCall("POST", json={"name": "Aurora Tent"}), id="write"),
    pytest.param(ApiCall(path=f"{PRODUCTS}/prd_1", query={"fields": "name"}), id="query"),
    pytest.param(ApiCall("DELETE", f"{PRODUCTS}/prd_1", headers={"X-Request-ID": "r-1"}), id="own-header"),
]
THREE = "one Authorization with Bearer, one space and the token; one X-Tenant-ID; one X-Org-ID"


def of_another_tenant(session: Session) -> Configuration:
    """The configuration of an account of another tenant, at the same server."""
    return replace(
        session.configuration,
        email=world.OTHER_TENANT_EDITOR,
        password=world.PASSWORDS[world.OTHER_TENANT_EDITOR],
        tenant_id=world.OTHER_TENANT,
        org_id=world.OTHER_TENANT_ORG,
    )


def judge_headers(session: Session) -> None:
    """Raises Violation if an API request of the session lacks a header, NotAssessed if there was no request."""
    session.must_have_sent_something()
    wire.each_must(session.attempts, partial(wire.headers_fault, issued=session.fake_api.issued), expected=THREE)


@rule("three-headers")
@pytest.mark.parametrize("call", CALLS)
def test_a_request_carries_the_three_headers(session: Session, call: ApiCall) -> None:
    """Each kind of request carries the three headers, once each."""
    session.call(call)
    judge_headers(session)


@rule("three-headers")
def test_a_retry_carries_the_three_headers(session: Session) -> None:
    """What is sent after a 401 is a full request again."""
    session.call()
    session.fake_api.revoke()
    session.call()
    judge_headers(session)


@rule("three-headers")
@pytest.mark.parametrize("start", list(Start))
@pytest.mark.parametrize("kind", list(FAILURES_ON_THE_WIRE))
def test_no_request_goes_without_its_token_after_a_failed_sign_in(
    sign_in_failures: SignInFailures, kind: str, start: Start
) -> None:
    """A client that could not sign in sends nothing, or what it has."""
    failure = sign_in_failures.of(kind, start)
    wire.each_must(failure.failing.attempts, partial(wire.headers_fault, issued=failure.issued), expected=THREE)


@rule("scope-constant")
def test_the_scope_stays_the_same_over_a_long_session(session: Session) -> None:
    """Twenty requests all name the configured tenant and organization."""
    session.calls(20)
    session.must_have_sent_something()
    wire.each_must(session.attempts, wire.scope_fault, expected="the configured tenant and organization")


@rule("scope-constant")
def test_a_retry_keeps_the_scope(session: Session) -> None:
    """The request after a 401 names the configured tenant and organization."""
    session.call()
    session.fake_api.revoke()
    session.call()
    session.must_have_sent_something()
    wire.each_must(session.attempts, wire.scope_fault, expected="the configured tenant and organization")


@rule("scope-constant")
def test_a_client_for_another_tenant_takes_nothing_over(session: Session) -> None:
    """At the same address, neither token nor scope of the account whose client was there before."""
    session.call()
    session.must_have_sent_something()
    foreign, seen = frozenset(session.fake_api.issued), len(session.attempts)
    session.unwatched().configure(of_another_tenant(session)).call()
    wire.each_must(
        session.attempts[seen:],
        partial(wire.foreign_fault, foreign=foreign),
        expected="a token of its own, and the tenant and the organization that it was configured with",
    )


@rule("token-reused")
def test_a_token_serves_many_requests(warm: Session) -> None:
    """Once the client has its token, or one for each of its workers, five requests in a row need no sign-in."""
    signed_in, sent = len(warm.sign_ins), len(warm.attempts)
    warm.calls(5)
    must(
        len(warm.sign_ins) == signed_in,
        f"{len(warm.sign_ins)} sign-ins for {len(warm.attempts)} requests within the hour, of which "
        f"{len(warm.sign_ins) - signed_in} for the last {len(warm.attempts) - sent}",
        expected="no sign-in for a request if there is a token",
        got=len(warm.sign_ins) - signed_in,
        shown=warm.sign_ins[-1] if warm.sign_ins else None,
        counted=True,
    )


@rule("token-reused")
@pytest.mark.usefixtures("warm")
def test_a_token_that_replaced_another_serves_many_requests(hours: Hours) -> None:
    """After the hour as within the first one: there is a new end to reckon with."""
    done = hours.settled(65 * MINUTE_S)
    done.must(
        not done.sign_ins,
        "since the first hour was over the client signs in for each call",
        expected="no sign-in for a request if there is a token",
        got=f"{plural(len(done.sign_ins), 'sign-in')} for one call",
        shown=done.sign_ins[-1] if done.sign_ins else None,
        counted=True,
    )


@rule("password-only-at-sign-in")
def test_the_password_goes_to_the_sign_in_endpoint_only(warm: Session) -> None:
    """No API request of a session with a refresh has the password, in any form."""
    warm.fake_api.revoke()
    warm.call(ApiCall("POST", json={"name": "Fjord Kettle"}))
    warm.call()
    password = wire.forms(world.PASSWORDS[world.EDITOR])
    wire.each_must(
        warm.attempts,
        lambda one: "the password in an API request" if wire.holds(wire.whole(one.request), password) else None,
        expected="the password in sign-in requests only",
    )


@rule("token-not-in-url")
def test_no_url_has_the_token(warm: Session) -> None:
    """No request line of a session with a refresh has a token, in any form."""
    warm.fake_api.revoke()
    warm.call(ApiCall(query={"page": "2"}))
    warm.call()
    tokens = frozenset().union(*map(wire.token_forms, warm.fake_api.issued))
    wire.each_must(
        warm.received_requests,
        lambda received: "the token in a URL" if wire.holds(received.request.target, tokens) else None,
        expected="no token in any URL",
    )


@rule("three-headers")
def test_headers_are_complete_at_every_moment(traces: Traces) -> None:
    """No course of events makes the client send an API request without its three headers."""
    traces.each(invariants.headers_are_complete)


@rule("scope-constant")
def test_the_scope_is_constant_at_every_moment(traces: Traces) -> None:
    """No course of events makes the client name another tenant or organization."""
    traces.each(invariants.scope_is_constant)


@rule("token-reused")
def test_no_sign_in_comes_without_a_cause(traces: Traces) -> None:
    """As long as nothing but success was answered, the token at hand serves every call."""
    traces.each(invariants.sign_ins_have_a_cause)
