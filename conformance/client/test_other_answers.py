"""Guide, "Common authentication errors": what is no 401 is no reason to sign in."""

from __future__ import annotations

import pytest

from conformance.client.adapters.driver import ApiCall, Raised, Returned
from conformance.client.fake_api.handlers import answered
from conformance.client.harness import invariants
from conformance.client.harness.sequences import Traces
from conformance.client.harness.session import Done, Session
from conformance.contract.marks import rule
from conformance.contract.words import plural
from conformance.evidence.judge import NotAssessed

MANY = 12
"""More refusals than any client within bounds tries to get past."""
CALLS = [
    pytest.param(ApiCall(), id="read"),
    pytest.param(ApiCall("POST", json={"name": "Aurora Tent"}), id="write"),
]


def refused(session: Session, call: ApiCall, status: int, times: int = 1) -> Done:
    """Returns a call whose first tries got this status; raises NotAssessed if there was no try."""
    session.fake_api.handlers.extend([answered(status)] * times)
    done = session.call_and_wait(call)
    if not any(received.status == status for received in done.attempts):
        raise NotAssessed(f"the client sent nothing that could be answered {status}: {done.answer}")
    return done


@rule("no-retry-on-403")
@pytest.mark.parametrize("call", CALLS)
def test_a_403_leads_to_no_sign_in_and_no_retry(warm: Session, call: ApiCall) -> None:
    """Nothing follows a 403 on the wire."""
    done = refused(warm, call, 403)
    after = done.after(403)
    done.must(
        not after,
        f"a 403 was followed by {', '.join(one.request.method + ' ' + one.request.target for one in after)}",
        expected="no sign-in and no retry",
        got=plural(len(after), "further request"),
        shown=after[0] if after else None,
        counted=True,
    )


@rule("no-retry-on-403")
@pytest.mark.parametrize("call", CALLS)
def test_a_403_does_not_end_the_session(warm: Session, call: ApiCall) -> None:
    """The next call is sent with the token that is there."""
    refused(warm, call, 403)
    following = warm.call()
    following.must(
        not following.sign_ins,
        "the call after one that was answered 403 was preceded by a sign-in",
        expected="the token that is there",
        got=plural(len(following.sign_ins), "sign-in"),
        shown=following.sign_ins[0] if following.sign_ins else None,
        counted=True,
    )


@rule("permission-surfaced")
@pytest.mark.parametrize("call", CALLS)
def test_a_403_reaches_the_caller_as_a_permission_problem(warm: Session, call: ApiCall) -> None:
    """The caller gets the status 403, or an error of the kind permission."""
    done = refused(warm, call, 403, times=MANY)
    match done.answer:
        case Returned(status=status):
            surfaced = status == 403
        case Raised(kind=kind):
            surfaced = kind == "permission"
    done.must(surfaced, f"the API answered 403, and {done.answer}", expected="403, or an error of the kind permission")


@rule("no-sign-in-on-other-status")
@pytest.mark.parametrize("status", [400, 404, 409, 429, 500, 503])
def test_other_failures_lead_to_no_sign_in(warm: Session, status: int) -> None:
    """No sign-in follows an answer that says nothing about the token, before the next call neither."""
    done = refused(warm, ApiCall(), status)
    sign_ins = done.with_later(warm.call().received_requests).sign_ins_after(status)
    done.must(
        not sign_ins,
        f"a {status} was followed by a sign-in",
        expected="no sign-in",
        got=plural(len(sign_ins), "sign-in"),
        shown=sign_ins[0] if sign_ins else None,
        counted=True,
    )


@rule("no-retry-on-403")
def test_nothing_follows_a_403_at_any_moment(traces: Traces) -> None:
    """Whatever came before, a 403 is the end of its call."""
    traces.each(invariants.nothing_follows_a_403)


@rule("no-sign-in-on-other-status")
def test_no_sign_in_follows_a_503_at_any_moment(traces: Traces) -> None:
    """Whatever came before, a 503 is no reason to sign in."""
    traces.each(invariants.no_sign_in_follows_a_503)
