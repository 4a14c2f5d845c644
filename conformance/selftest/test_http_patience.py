"""Doubt is repeated: what the line may have caused is asked again, and what the target gives each time is believed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request, Response
from conformance.http.patience import Line, PatientTransport

GOOD, ASKED = Request("GET", "/good"), Request("GET", "/asked")
PAUSES_S = (0.001, 0.001, 0.001)

Answer = int | Failure


class Script:
    """Answers /good as the first list says, and anything else as the second; the last answer goes on for ever."""

    def __init__(self, good: list[Answer], asked: list[Answer]) -> None:
        self.answers = {GOOD.target: self._from(good), ASKED.target: self._from(asked)}
        self.asked = 0

    @staticmethod
    def _from(answers: list[Answer]) -> Iterator[Answer]:
        yield from answers
        while True:
            yield answers[-1]

    def send(self, request: Request) -> Exchange:
        self.asked += request == ASKED
        answer = next(self.answers[request.target])
        if isinstance(answer, Failure):
            return Exchange(request, None, answer, str(answer), 0.0, 0.0)
        return Exchange(request, Response(answer), None, "", 0.0, 0.0)

    def close(self) -> None:
        """Nothing is held."""


def ask(script: Script) -> tuple[int | str, int, Line]:
    """The answer that is believed, how often it was asked for, and what is known of the line then."""
    line = Line(pauses_s=PAUSES_S)
    transport = PatientTransport(lambda: script, line)
    transport.send(GOOD)
    return transport.send(ASKED).outcome, script.asked, line


@pytest.mark.parametrize("doubt", [Failure.CLOSED, Failure.TIMEOUT, Failure.UNREACHABLE, 502, 503, 504])
def test_an_answer_in_doubt_is_asked_for_again(doubt: Answer) -> None:
    """Once lost, twice lost: the third is the answer."""
    assert ask(Script([200], [doubt, doubt, 401]))[:2] == (401, 3)


@pytest.mark.parametrize("answer", [200, 401, 404, 500, 501])
def test_what_the_target_says_itself_is_not_asked_for_again(answer: Answer) -> None:
    """A 500 is the target's own."""
    assert ask(Script([200], [answer]))[:2] == (answer, 1)


def test_a_limited_rate_is_waited_for() -> None:
    """A 429 is no answer to what was asked."""
    assert ask(Script([200], [429, 429, 401]))[:2] == (401, 3)


def test_a_target_that_closes_each_time_is_believed() -> None:
    """It is there, as another request shows: closing is its way to refuse this one."""
    outcome, asked, line = ask(Script([200], [Failure.CLOSED]))
    assert (outcome, asked, line.down_since) == (str(Failure.CLOSED), 5, None)


def test_an_outage_is_waited_out() -> None:
    """As long as nothing at all is answered, and the answer afterwards is the one that counts."""
    outage = [Failure.CLOSED] * 5
    outcome, _, line = ask(Script([200, *outage[:2], 200], [*outage, 401]))
    assert (outcome, line.down_since) == (401, None)


def test_an_outage_that_ends_between_two_questions_is_not_taken_for_the_answer() -> None:
    """The target is there again before the same is asked once more."""
    assert ask(Script([200], [Failure.CLOSED] * 3 + [401]))[0] == 401


def test_an_outage_without_end_is_dated_and_not_waited_for_again() -> None:
    """From then on each request is asked for thrice, and nothing is waited for."""
    script = Script([200, Failure.UNREACHABLE], [Failure.UNREACHABLE])
    _, first, line = ask(script)
    assert line.down_since is not None
    PatientTransport(lambda: script, line).send(ASKED)
    assert script.asked == first + 3
