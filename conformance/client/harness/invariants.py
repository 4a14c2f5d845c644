"""What holds at every moment of a session, whatever the server does: one invariant a check."""

from __future__ import annotations

from functools import partial

from conformance.client.fake_api.service import ReceivedRequest
from conformance.client.harness import wire
from conformance.client.harness.sequences import Move, Trace
from conformance.client.harness.session import HANDFUL, Done


def attempts(trace: Trace) -> tuple[ReceivedRequest, ...]:
    """The API requests of a session."""
    return tuple(received for step in trace.steps for received in step.done.attempts)


def headers_are_complete(trace: Trace) -> None:
    wire.each_must(
        attempts(trace), partial(wire.headers_fault, issued=trace.issued), expected="the three headers, once each"
    )


def scope_is_constant(trace: Trace) -> None:
    wire.each_must(attempts(trace), wire.scope_fault, expected="the configured tenant and organization")


def attempts_are_bounded(trace: Trace) -> None:
    done = max((step.done for step in trace.steps), key=most)
    done.must(
        most(done) <= HANDFUL,
        f"{most(done)} requests for one call",
        expected=f"at most {HANDFUL}",
        got=most(done),
        counted=True,
    )


def most(done: Done) -> int:
    """The larger of the numbers of tries and of sign-ins."""
    return max(len(done.tries), len(done.sign_ins))


def replaced_tokens_stay_away(trace: Trace) -> None:
    """A new token replaces what was refused last: of a client that holds several, the others may still be tried."""
    refused: set[str] = set()
    replaced: set[str] = set()
    again: list[ReceivedRequest] = []
    for done in (step.done for step in trace.steps):
        again += [one for one in done.attempts if one.token in replaced]
        refused = {one.token for one in done.attempts if one.token and one.status == 401} or refused
        replaced |= refused if any(one.status == 200 for one in done.sign_ins) else set()
    wire.each_must(again, lambda _: "a token is sent again that was refused and replaced", expected="the newer token")


def sign_ins_have_a_cause(trace: Trace) -> None:
    """What follows a 403 or a 503 is for the rules about these to judge."""
    cause = False
    without: list[ReceivedRequest] = []
    for received in (received for step in trace.steps for received in step.done.received_requests):
        if received.is_sign_in and not cause:
            without.append(received)
        cause = received.status != 200 if received.is_sign_in else cause or received.status != 200
    wire.each_must(
        without,
        lambda _: "a sign-in although no answer had called for one",
        expected="the token that is there",
        counted=True,
    )


def nothing_follows_a_403(trace: Trace) -> None:
    after = [one for step in trace.steps if step.move is Move.FORBID for one in step.done.after(403)]
    wire.each_must(after, lambda _: "a request follows a 403", expected="no sign-in and no retry", counted=True)


def no_sign_in_follows_a_503(trace: Trace) -> None:
    sign_ins = [one for step in trace.steps if step.move is Move.FAIL for one in step.done.sign_ins_after(503)]
    wire.each_must(sign_ins, lambda _: "a sign-in follows a 503", expected="no sign-in", counted=True)
