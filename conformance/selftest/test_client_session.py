"""A call as a check sees it: success is what the API granted and the caller was told, and both of it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.client.adapters.driver import PRODUCTS, Answer, ApiCall, Overdue, Raised, Returned
from conformance.client.adapters.factory import FactoryClient
from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness.concurrent import Burst
from conformance.client.harness.session import Done, Session
from conformance.contract.paths import SIGN_IN_PATH
from conformance.evidence.judge import Violation
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response

OK, TOLD_401, BROKE = Returned(200, "{}"), Returned(401, ""), Raised("transport", "reset")


def done(answer: Answer, *statuses: int | None) -> Done:
    """A call, and how the API answered its requests; None drops one."""
    responses = [None if status is None else Response(status) for status in statuses]
    received_requests = [
        ReceivedRequest(number, Exchange(Request("GET", PRODUCTS), response, None, "", 0.0, 0.0), 0.0)
        for number, response in enumerate(responses)
    ]
    return Done(ApiCall(), answer, tuple(received_requests))


@pytest.mark.parametrize("statuses", [(200,), (401, 201), (None, 200)])
def test_a_granted_call_succeeds(statuses: tuple[int | None, ...]) -> None:
    """Whatever came before it was granted."""
    done(OK, *statuses).must_succeed("after it")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        pytest.param(done(TOLD_401, 401), "after it: the caller got 401", id="told-of-failure"),
        pytest.param(done(BROKE, 401, 200), "after it: the caller got an error", id="granted-and-lost"),
        pytest.param(done(OK), "though the API granted no request", id="asked-nobody"),
        pytest.param(done(OK, 401), "though the API granted no request", id="made-up"),
        pytest.param(done(OK, None), "though the API granted no request", id="dropped"),
    ],
)
def test_anything_else_does_not(call: Done, says: str) -> None:
    """The finding says which half of it is missing."""
    with pytest.raises(Violation, match=says):
        call.must_succeed("after it")


def together(*calls: Done) -> tuple[Done, ...]:
    """Calls made at once: each is given all that arrived."""
    everything = tuple(received_request for call in calls for received_request in call.received_requests)
    return tuple(replace(call, received_requests=everything) for call in calls)


@pytest.mark.parametrize(
    ("calls", "through"),
    [
        pytest.param(together(done(OK, 401, 200), done(OK, 401, 200)), 2, id="all"),
        pytest.param(together(done(OK, 401, 200), done(TOLD_401, 401)), 1, id="one-left-with-401"),
        pytest.param(together(done(OK, 401, 200), done(OK, 401)), 1, id="one-made-up"),
        pytest.param(together(done(OK, 401, 200), done(BROKE, 401, 200)), 1, id="one-granted-and-lost"),
    ],
)
def test_callers_get_through_who_are_told_so_as_far_as_it_was_granted(calls: tuple[Done, ...], through: int) -> None:
    """No caller's success is made up."""
    assert Burst(tuple(call.answer for call in calls), calls[0].received_requests, 0.0, None).through == through


@pytest.mark.parametrize(
    ("paths", "tries"),
    [
        ([PRODUCTS, "/api/v1/auth/me", f"{PRODUCTS}?n=1"], [PRODUCTS, f"{PRODUCTS}?n=1"]),
        ([PRODUCTS, "/"], [PRODUCTS, "/"]),
    ],
    ids=["own-request-between", "retry-goes-elsewhere"],
)
def test_tries_are_the_requests_for_the_path_of_the_call(paths: list[str], tries: list[str]) -> None:
    """A request of the client's own is none, and a retry that lost its path is one."""
    received_requests = [
        ReceivedRequest(number, Exchange(Request("GET", path), Response(200), None, "", 0.0, 0.0), 0.0)
        for number, path in enumerate(paths)
    ]
    call = Done(ApiCall(), OK, tuple(received_requests))
    assert [one.request.target for one in call.tries] == tries


def test_callers_come_later_whose_first_request_was_answered_when_another_was_told() -> None:
    """A client with fewer connections than callers lets some of them wait, who are refused with the first."""
    received_requests = [
        ReceivedRequest(n, Exchange(Request("GET", f"{PRODUCTS}?n={caller}"), Response(status), None, "", at, 0.5), 0.0)
        for n, (caller, status, at) in enumerate([(0, 401, 1.0), (1, 401, 1.0), (2, 401, 2.0), (1, 200, 3.0)])
    ]
    burst = Burst((TOLD_401, OK, TOLD_401, BROKE), tuple(received_requests), 0.0, None, first_told_at=2.0)
    assert burst.later == (2,)


def test_a_scenario_has_a_deadline_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is slow at every call, but never too slow for one, is overdue all the same."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("conformance.client.harness.session.time", SimpleNamespace(monotonic=lambda: clock.now))
    answered: Future[Answer] = Future()
    answered.set_result(OK)
    session = Session(FactoryClient("builtins:dict"), FakeApi(), "", Recorder(None), answer_within_s=1.0)
    clock.now = 7.9
    assert session.finish(answered) == OK
    assert session.broken is None
    clock.now = 8.1
    with pytest.raises(Overdue, match="took more than 8 s over one scenario"):
        session.finish(Future())
    assert session.broken is not None


def test_a_single_answer_has_one_too() -> None:
    """It is told apart from the other."""
    session = Session(FactoryClient("builtins:dict"), FakeApi(), "", Recorder(None), answer_within_s=0.05)
    with pytest.raises(Overdue, match=r"did not answer a request within 0\.05 s"):
        session.finish(Future())


def test_callers_are_waited_for_as_long_as_any_is_answered() -> None:
    """A client that does one call after the other leaves none of its callers; one that stops does."""
    session = Session(FactoryClient("builtins:dict"), FakeApi(), "", Recorder(None), answer_within_s=5.0)
    futures: list[Future[Answer]] = [Future() for _ in range(4)]
    for number, future in enumerate(futures[:3], 1):
        threading.Timer(0.15 * number, future.set_result, [OK]).start()
    answers, waited_s = session.answers_of(futures, 0.3)
    assert answers == (OK, OK, OK, None)
    assert 0.7 < waited_s < 5.0


def test_a_client_that_backs_off_is_waited_for() -> None:
    """Between its tries to sign in it pauses, each time longer; that is no silence, and its caller gets an answer."""
    fake_api, answer = FakeApi(), Future[Answer]()
    session = Session(FactoryClient("builtins:dict"), fake_api, "", Recorder(None), answer_within_s=0.4)
    for at in (0.1, 0.3, 0.6):
        threading.Timer(at, fake_api.take, [Request("POST", SIGN_IN_PATH)]).start()
    threading.Timer(0.8, answer.set_result, [OK]).start()
    assert session.finish(answer) == OK


def test_a_client_that_never_stops_is_not_waited_for_without_end() -> None:
    """One that polls is heard of all the while, and its caller may be left all the same."""
    fake_api = FakeApi()
    session = Session(FactoryClient("builtins:dict"), fake_api, "", Recorder(None), answer_within_s=0.1)
    for number in range(12):
        threading.Timer(0.05 * number, fake_api.take, [Request("GET", PRODUCTS)]).start()
    with pytest.raises(Overdue):
        session.finish(Future())
