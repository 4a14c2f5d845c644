"""What follows from a control that is not accepted: for the case, or for the whole run."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance.config.profile import Target, from_mapping
from conformance.evidence.judge import NotAssessed, ServiceDied
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request, Response
from conformance.http.route import Route
from conformance.mock.clock import Clock
from conformance.server.harness.controls import JudgeAgain
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.gate import Gate
from conformance.server.harness.target_api import TargetApi

Answer = int | Failure
ROUTE = Route("http://127.0.0.1:1", 1)


class Script:
    """A transport whose answers are written down; the last one is given again and again."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def send(self, request: Request) -> Exchange:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Failure):
            return Exchange(request, None, answer, "", 0.0, 0.0)
        return Exchange(request, Response(answer, (), b"{}"), None, "", 0.0, 0.0)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.server.harness.controls.time.sleep", lambda _seconds: None)


def target() -> Target:
    scope = {"tenant_id": "t", "org_id": "o"}
    address = {"base_url": "http://127.0.0.1:1"}
    return from_mapping({"target": address, "scope": scope, "tokens": {"valid": "a-token"}}, "selftest")


def synq(*answers: Answer, clock: Clock | None = None) -> tuple[TargetApi, Script]:
    """The target as checks speak to it, with these answers."""
    script, gate, recorder = Script(answers), Gate(), Recorder(None)
    transport = gate.before(script)
    credentials = Credentials(target(), transport, recorder, clock, gate)
    synq = TargetApi(
        target(), transport, credentials, recorder, open_transport=lambda: transport, route=ROUTE, gate=gate
    )
    return synq, script


def controlled(
    made: TargetApi, control: Request | None = None, *, raw: bool = False, target: str | None = None
) -> Exchange:
    """The control of a refused request, for this target of the request."""
    subject = Exchange(made.request("GET", target, authorization=None), Response(401, (), b""), None, "", 0.0, 0.0)
    made.controls.note(subject.request)
    return made.send_control(control or made.documented(), subject, raw=raw)


@pytest.mark.parametrize(
    ("status", "named"), [(401, True), (403, True), (404, False), (405, False), (428, False), (429, False)]
)
def test_the_key_is_named_only_for_a_refusal_that_a_key_may_cause(status: int, named: bool) -> None:
    """A server without HEAD answers 405 to every token, no matter by which key it is signed."""
    made, _ = synq(status, 200)
    made.credentials.minted.add("signed-here")
    with pytest.raises(NotAssessed, match="keys.signing" if named else "the control was not accepted"):
        controlled(made, made.request(token="signed-here"))


def test_a_control_of_its_own_that_is_refused_opens_its_case_alone() -> None:
    """The documented request is accepted, so that the run goes on."""
    made, script = synq(404, 200)
    with pytest.raises(NotAssessed, match="the control was not accepted: GET /odd got 404") as caught:
        controlled(made, made.request("GET", "/odd"))
    assert not isinstance(caught.value, JudgeAgain)
    assert (made.gate.cause, len(script.asked)) == (None, 2)


@pytest.mark.parametrize("answer", [Failure.TIMEOUT, 500], ids=["silent", "broken"])
def test_a_control_of_its_own_that_brings_no_answer_is_no_death(answer: Answer) -> None:
    """One odd request that a target does not answer says nothing of all the others."""
    made, script = synq(200, answer, answer, answer, 200)
    controlled(made)
    with pytest.raises(NotAssessed, match="the control was not accepted"):
        controlled(made, made.request("GET", "/odd"))
    assert (made.gate.cause, len(script.asked)) == (None, 5)


@pytest.mark.parametrize("status", [None, 400], ids=["silent", "refused"])
def test_a_raw_control_that_is_not_accepted_opens_its_case_alone(
    status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A front server may not take the documented request as plain octets, and all others all the same."""
    made, script = synq(200)
    response = None if status is None else Response(status, (), b"")
    failure = Failure.TIMEOUT if status is None else None
    monkeypatch.setattr(
        "conformance.server.harness.target_api.exchange_raw",
        lambda _base_url, octets, timeout_s: Exchange(octets.shown, response, failure, "", 0.0, timeout_s),
    )
    with pytest.raises(NotAssessed) as caught:
        controlled(made, raw=True)
    assert not isinstance(caught.value, JudgeAgain)
    assert (made.gate.cause, len(script.asked)) == (None, 1)


@pytest.mark.parametrize("answer", [Failure.CLOSED, 503], ids=["closed", "gateway"])
def test_an_outage_after_an_ordinary_request_is_not_held_against_the_target(answer: Answer) -> None:
    """A network may fail at any time; nothing more is asked, and nothing is called broken."""
    made, _ = synq(200, *[answer] * 20)
    controlled(made)
    with pytest.raises(NotAssessed):
        controlled(made)
    assert "stopped answering during the run" in str(made.gate.cause)


def test_a_target_that_falls_silent_has_died_of_the_request_before() -> None:
    """It answered before, and nothing afterwards: the rest of the run is not asked."""
    made, script = synq(200, Failure.CLOSED)
    controlled(made)
    with pytest.raises(ServiceDied):
        controlled(made, target="/" + "x" * 2_000)
    asked = len(script.asked)
    with pytest.raises(NotAssessed, match="the target stopped answering during the run"):
        made.get()
    assert len(script.asked) == asked


def test_a_refusal_that_passes_by_is_judged_again() -> None:
    """The case is told so, and the gate stays open."""
    made, _ = synq(200, 401, 401, 200)
    controlled(made)
    with pytest.raises(JudgeAgain):
        controlled(made)
    assert (made.controls.regained, made.gate.cause) == (True, None)


def test_a_refusal_that_stays_shuts_the_gate() -> None:
    """With few requests more, and none afterwards."""
    made, script = synq(200, 401)
    controlled(made)
    with pytest.raises(NotAssessed, match="is answered 401 now"):
        controlled(made)
    assert len(script.asked) <= 6
    asked = len(script.asked)
    with pytest.raises(NotAssessed, match="is answered 401 now"):
        made.step(made.documented())
    assert len(script.asked) == asked


def test_a_refusal_while_the_clock_is_moved_says_nothing_of_the_run() -> None:
    """The suite itself has put the token out of its hour: the case is open, and the run goes on."""
    clock = Clock()
    made, script = synq(200, 401, clock=clock)
    controlled(made)
    clock.advance(7200)
    with pytest.raises(NotAssessed, match="the control was not accepted") as caught:
        controlled(made)
    assert not isinstance(caught.value, JudgeAgain)
    assert (made.gate.cause, len(script.asked)) == (None, 2)
    clock.reset()
    with pytest.raises(NotAssessed, match="is answered 401 now"):
        controlled(made)
