"""What is right of a burst of callers: each of them is answered, and none of them goes on for ever."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.client.adapters.driver import Answer, Returned
from conformance.client.harness.concurrent import Burst, BurstKind, Bursts, is_success
from conformance.client.harness.session import HANDFUL, Done, must
from conformance.contract.words import plural
from conformance.evidence.judge import Inapplicable, NotAssessed, Violation

NUMBER = re.compile(r"[?&]n=([0-9]+)")
"""A caller's number in the target of its request, which the answer to that repeats."""
UNANSWERED = "follows from callers-answered: {} of {} callers were never answered"


def all_answered(burst: Burst) -> None:
    """Raises NotAssessed if a caller was never answered, which is another rule's matter."""
    if burst.left:
        raise NotAssessed(UNANSWERED.format(len(burst.left), len(burst.answers)))


def some_refused_later(bursts: Bursts, kind: BurstKind) -> Burst:
    """Returns a burst in which some callers' requests were answered after another caller was told what came of its own.

    A client with fewer connections than callers may have all of them refused before; then there are but two callers.
    Raises NotAssessed if no request could be refused, as of a client that signs in for each; Inapplicable if even the
    second of two was refused before, which can only be if it was not sent together with the first.
    """
    burst = bursts.of(kind)
    all_answered(burst)
    burst = burst if burst.later else bursts.of(replace(kind, number=2))
    all_answered(burst)
    if not burst.refused:
        raise NotAssessed(f"no caller's request could be refused: {burst.told()}")
    if not burst.later:
        raise Inapplicable("the client has one request on its way at a time, and the next one waits behind it")
    return burst


def all_through(burst: Burst) -> None:
    """Raises NotAssessed if not every caller got over the expiry, which is another rule's matter."""
    if burst.through < len(burst.answers):
        raise NotAssessed("follows from concurrent-expiry: not every caller got over the expiry")


def afterwards(burst: Burst) -> Done:
    """Returns the call of a new caller; raises NotAssessed if others were never answered."""
    if burst.afterwards is None:
        raise NotAssessed(UNANSWERED.format(len(burst.left), len(burst.answers)))
    return burst.afterwards


def must_answer_all(burst: Burst) -> None:
    """Raises Violation with what the wire saw if a caller was never answered."""
    callers = f"{len(burst.left)} of {len(burst.answers)} callers"
    named = ", ".join(f"n={number}" for number in burst.left[:HANDFUL])
    must(
        not burst.left,
        f"{callers} were never answered ({named}), within {burst.waited_s:.0f} s, although a fresh client was: "
        f"{burst.told()}",
        expected="an answer or an error for every caller",
        got=f"{len(burst.answers) - len(burst.left)} of {len(burst.answers)} were answered",
        shown=next((one for number in burst.left for one in reversed(burst.of(number))), None),
    )


def must_give_each_its_own(burst: Burst) -> None:
    """Raises Violation if a caller was given the answer to another caller's request."""
    of_others = {number: found for number, one in enumerate(burst.answers) if (found := answered_for(one)) != number}
    mixed_up = [f"n={number} got that of n={found}" for number, found in of_others.items() if found is not None]
    must(
        not mixed_up,
        f"{len(mixed_up)} of {len(burst.answers)} callers were given the answer to another caller's request: "
        f"{', '.join(mixed_up[:HANDFUL])}",
        expected="for every caller the answer to its own request",
        got=f"{len(mixed_up)} answers of others",
        shown=next((one for number in of_others for one in burst.of(number)), None),
    )


def answered_for(answer: Answer | None) -> int | None:
    """The number of the caller whose request this answers; None if that cannot be told."""
    found = NUMBER.search(answer.body) if isinstance(answer, Returned) and is_success(answer) else None
    return None if found is None else int(found[1])


def must_be_bounded(burst: Burst) -> None:
    """Raises Violation if a caller made more than a handful of attempts, or there were too many sign-ins."""
    attempts = [burst.of(number) for number in range(len(burst.answers))]
    most = max(attempts, key=len)
    allowed = HANDFUL * len(burst.answers)
    told = f"{plural(len(burst.answers), 'caller')} under an endless 401"
    must(
        len(most) <= HANDFUL,
        f"{told}: {len(most)} attempts for one of them",
        expected=f"at most {HANDFUL}",
        got=len(most),
        shown=most[-1] if most else None,
        counted=True,
    )
    must(
        len(burst.sign_ins) <= allowed,
        f"{told}: {plural(len(burst.sign_ins), 'sign-in')}",
        expected=f"at most {allowed}",
        got=len(burst.sign_ins),
        shown=burst.sign_ins[-1] if burst.sign_ins else None,
        counted=True,
    )
    fooled = sum(map(is_success, burst.answers))
    must(
        not fooled,
        f"{told}: {fooled} of them were told of success",
        expected="an error for each of them",
        got=f"{fooled} successes",
        shown=most[-1] if most else None,
    )


def bounded_alone(burst: Burst) -> None:
    """Raises NotAssessed if even a single caller is not bounded, which is another rule's matter."""
    try:
        must_be_bounded(burst)
    except Violation as violation:
        raise NotAssessed(f"follows from retry-bounded: {violation.findings[0].summary}") from None
