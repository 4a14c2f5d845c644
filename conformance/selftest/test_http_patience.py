"""Doubt is repeated: what the line may have caused is asked again, and what the target gives each time is believed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request, Response
from conformance.http.patience import Line, PatientTransport, asked_pause

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


@pytest.mark.parametrize("doubt", [408, 520, 522, 524, 530])
def test_what_a_network_for_content_answers_is_in_doubt(doubt: int) -> None:
    """A 408 is about the connection, and 520 to 530 about the way to the target."""
    assert ask(Script([200], [doubt, doubt, 401]))[:2] == (401, 3)


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        pytest.param({"Retry-After": "3"}, 3.0, id="seconds"),
        pytest.param({"Retry-After": "600"}, 30.0, id="within-reason"),
        pytest.param(
            {"Retry-After": "Fri, 01 Jan 2027 00:00:07 GMT", "Date": "Fri, 01 Jan 2027 00:00:00 GMT"}, 7.0, id="date"
        ),
        pytest.param({"Retry-After": "Fri, 01 Jan 1999 00:00:00 GMT"}, 0.0, id="long-ago"),
        pytest.param({"Retry-After": "Fri, 01 Jan 9999 00:00:00 GMT"}, 30.0, id="never"),
        pytest.param({"Retry-After": "soon"}, 0.0, id="no-date"),
        pytest.param({"Retry-After": "\xb2"}, 0.0, id="no-digit"),
        pytest.param({}, 0.0, id="unsaid"),
    ],
)
def test_a_pause_that_is_asked_for(fields: dict[str, str], seconds: float) -> None:
    """By seconds or a date; a date is read by the target's own clock, however far off that is."""
    answer = Exchange(ASKED, Response(503, tuple(fields.items())), None, "", 0.0, 0.0)
    assert asked_pause(answer) == seconds


class Dropping:
    """Connections on which only the first requests are answered: what follows is dropped unseen."""

    def __init__(self, answered: int) -> None:
        self.answered, self.silences = answered, 0

    def open_transport(self) -> OneConnection:
        return OneConnection(self)


class OneConnection:
    """One of them."""

    def __init__(self, line: Dropping) -> None:
        self._line, self._left = line, line.answered

    def send(self, request: Request) -> Exchange:
        self._left -= 1
        if self._left >= 0:
            return Exchange(request, Response(200), None, "", 0.0, 0.0)
        self._line.silences += 1
        return Exchange(request, None, Failure.TIMEOUT, "", 0.0, 0.0)

    def close(self) -> None:
        """Nothing is held."""


def test_kept_connections_that_are_dropped_unseen_are_kept_no_more() -> None:
    """After three in a row: a firewall on the way would else take the time-out for each request of the run."""
    dropping, line = Dropping(answered=1), Line(pauses_s=PAUSES_S)
    transport = PatientTransport(dropping.open_transport, line)
    outcomes = {transport.send(GOOD).outcome for _ in range(50)}
    assert (outcomes, dropping.silences, line.keeps_connections) == ({200}, 3, False)


def test_a_kept_connection_that_is_silent_now_and_then_is_no_reason() -> None:
    """Answers that come too late are lost on any connection."""
    dropping, line = Dropping(answered=3), Line(pauses_s=PAUSES_S)
    transport = PatientTransport(dropping.open_transport, line)
    outcomes = {transport.send(GOOD).outcome for _ in range(50)}
    assert (outcomes, line.keeps_connections) == ({200}, True)


def test_a_request_that_is_never_answered_is_no_reason() -> None:
    """It is the target that is silent then, on a new connection, too."""
    script = Script([200], [Failure.TIMEOUT])
    line = Line(pauses_s=PAUSES_S)
    transport = PatientTransport(lambda: script, line)
    for request in (GOOD, ASKED) * 5:
        transport.send(request)
    assert line.keeps_connections
