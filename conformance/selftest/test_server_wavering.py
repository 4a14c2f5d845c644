"""What comes now and then to good requests as well is the way's: neither a breach nor a control."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, cycle

import pytest

from conformance.evidence.judge import NotAssessed, Violation
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Response
from conformance.mock.call import Call, Steps
from conformance.selftest.test_server_freedom import doing
from conformance.server.harness import controls
from conformance.server.harness.wavering import is_its_own

WHY = "the token is malformed"
PAGE = b"<html>502 Bad Gateway</html>"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "REFUSAL_PAUSES_S", (0.0,))


def struck(strikes: Iterator[bool], status: int, *, good_ones_too: bool = True) -> Callable[[Steps], Steps]:
    """A server behind what answers in its place whenever the next of these is true."""

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            plain = steps.answer(call)
            if (good_ones_too or not plain.accepted) and next(strikes):
                return Response(status, (("Content-Type", "text/html"),), PAGE if status != 201 else b"{}")
            return plain

        return replace(steps, answer=answer)

    return bend


def once_in(number: int, begun: list[bool]) -> Iterator[bool]:
    """From the moment on that this list holds something."""
    places = count()
    while True:
        yield bool(begun) and next(places) % number == 0


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_an_answer_that_good_requests_get_now_and_then_is_not_judged(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again it is right, and so are most good requests."""
    begun: list[bool] = []
    with doing(struck(once_in(20, begun), status), monkeypatch) as synq:
        synq.resource()
        begun.append(True)
        with pytest.raises(NotAssessed, match=f"answered {status} once, .*rightly when asked again"):
            synq.get(token="a.b.c").must_be(401, why=WHY)


@pytest.mark.parametrize("status", [201, 404, 500])
def test_an_answer_that_only_bad_requests_get_now_and_then_is_judged(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what was asked that brings it."""
    strikes = cycle([True, False, False])
    with doing(struck(strikes, status, good_ones_too=False), monkeypatch) as synq, pytest.raises(Violation):
        synq.get(token="a.b.c").must_be(401, why=WHY)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_answer_that_comes_each_time_is_judged(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs one request more to see that."""
    strikes = cycle([True])
    with doing(struck(strikes, status, good_ones_too=False), monkeypatch) as synq, pytest.raises(Violation):
        synq.get(token="a.b.c").must_be(401, why=WHY)


@pytest.mark.parametrize("wavers", [False, True], ids=["good-ones-are-answered", "good-ones-wait-as-well"])
def test_silence_is_not_asked_for_again(wavers: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came twice before it was believed, and each time takes seconds: two such requests made 48 s of a run."""

    def ask() -> Exchange:
        pytest.fail("asked again")

    with doing(lambda steps: steps, monkeypatch) as synq:
        synq.resource()
        synq.controls.wavered[str(Failure.TIMEOUT)] += wavers
        silent = Exchange(synq.request(authorization=None), None, Failure.TIMEOUT, "", 0.0, 3.0)
        assert is_its_own(synq, silent, ask) is not wavers


def test_a_server_error_that_good_requests_get_as_well_is_not_the_odd_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that loses one answer in twenty breaks on no request in particular."""
    begun: list[bool] = []
    with doing(struck(once_in(20, begun), 500), monkeypatch) as synq:
        synq.resource()
        begun.append(True)
        synq.observe_malformed(synq.get(token="a\xffb"))
        assert [rule for rule, _ in synq.recorder.incidents] == []


@pytest.mark.parametrize("strikes", [(True,), (True, False, False), (True, False, False, False, False)], ids=len)
def test_a_server_error_that_only_odd_requests_get_is_theirs(
    strikes: tuple[bool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time, or from one of several processes."""
    with doing(struck(cycle(strikes), 500, good_ones_too=False), monkeypatch) as synq:
        synq.resource()
        synq.observe_malformed(synq.get(token="a\xffb"))
        assert [rule for rule, _ in synq.recorder.incidents] == ["no-server-error"]


def test_a_page_in_place_of_the_resource_is_no_accepted_control(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a portal or a maintenance page answers everything with 200, nothing is judged any more."""
    begun: list[bool] = []

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            return Response(200, (("Content-Type", "text/html"),), PAGE) if begun else steps.answer(call)

        return replace(steps, answer=answer)

    with doing(bend, monkeypatch) as synq:
        synq.resource()
        begun.append(True)
        with pytest.raises(NotAssessed, match="got 200 with another page"):
            synq.get(token="a.b.c").must_be(401, why=WHY)


def test_what_could_write_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It took effect, and is refused the second time only because there is nothing left to do."""
    asked: list[str] = []

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            if call.request.method != "DELETE":
                return steps.answer(call)
            asked.append(call.request.target)
            return Response(204 if len(asked) == 1 else 404, (), b"")

        return replace(steps, answer=answer)

    with doing(bend, monkeypatch) as synq:
        deleting = synq.request("DELETE", f"{synq.target.probe.read}/1").without("Authorization")
        with pytest.raises(Violation):
            synq.send(deleting).with_control(synq.request()).must_be(401, why=WHY)
    assert len(asked) == 1
