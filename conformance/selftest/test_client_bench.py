"""Containment: an adapter that fails is ended, started again, told apart from a violation, and in the end given up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.client.adapters import python_loop
from conformance.client.adapters.driver import AdapterError, Overdue
from conformance.client.adapters.launcher import Launcher, starting
from conformance.client.adapters.process import Program
from conformance.client.fake_api.handlers import answered
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.callers import must_answer_all
from conformance.client.harness.concurrent import BurstKind, Bursts, SignIns
from conformance.client.harness.smoke import smoke
from conformance.evidence.judge import CallerLeft, HarnessError, NotAssessed, Violation
from conformance.evidence.recorder import Recorder

FAULTY = Path(__file__).parents[2] / "fixtures" / "adapters" / "faulty"
MISBEHAVING = """
import os, sys, time
sys.path[:0] = [{faulty!r}, {runtime!r}]
import python_loop
class Misbehaving(python_loop.AdapterLoop):
    answered = 0
    def _answer(self, message, answer):
        if message["op"] == "request":
            Misbehaving.answered += 1
        if Misbehaving.answered > {good}:
            {then}
        super()._answer(message, answer)
python_loop.AdapterLoop = Misbehaving
os.chdir({faulty!r})
python_loop.speak(lambda: python_loop.library("faults:make", [{fault!r}]))
"""
DIES, HANGS, PRINTS = "os._exit(3)", "time.sleep(600)", "self._output.write('oops\\n')"

Make = Callable[..., ClientSessions]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a bench for an adapter that misbehaves after so many good answers."""
    made: list[ClientSessions] = []

    def bench(
        then: str = "pass", *, good: int = 0, fault: str = "honest", answer_within_s: float = 5.0
    ) -> ClientSessions:
        script = tmp_path / "adapter.py"
        runtime = str(Path(python_loop.__file__).parent)
        text = MISBEHAVING.format(faulty=str(FAULTY), runtime=runtime, good=good, then=then, fault=fault)
        script.write_text(text, "utf-8")
        program = Program((sys.executable, "-B", str(script)))
        launcher = Launcher("misbehaving", starting(program), answer_within_s=answer_within_s)
        made.append(ClientSessions(launcher, Recorder(None)))
        return made[-1]

    yield bench
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("fault", "sign_ins"),
    [("honest", [1, 1, 1]), ("token-for-each-worker", [4, 4, 4]), ("signs-in-for-each", [17, 1, 1])],
)
def test_a_client_is_warm_when_it_has_all_its_tokens(make: Make, fault: str, sign_ins: list[int]) -> None:
    """Each of its workers may need one, which is found out once; a client that signs in for each never is."""
    bench, seen = make(fault=fault), []
    for _ in sign_ins:
        with bench.configured() as session:
            session.warm_up()
            seen.append(len(session.sign_ins))
    assert seen == sign_ins


def one_call(bench: ClientSessions) -> None:
    """A session with one call."""
    with bench.configured() as session:
        session.call()


@pytest.mark.parametrize(
    ("then", "says"),
    [
        pytest.param(DIES, "exited with code 3", id="dies"),
        pytest.param(PRINTS, "printed oops", id="prints"),
        pytest.param(HANGS, "did not answer", id="hangs"),
    ],
)
def test_a_failing_adapter_is_an_error_and_is_started_again(make: Make, then: str, says: str) -> None:
    """It fails at the second call of its life; a new one takes its place each time."""
    bench = make(then, good=1, answer_within_s=1.0)
    one_call(bench)
    with pytest.raises(AdapterError, match=says):
        one_call(bench)
    one_call(bench)


def test_an_overdue_answer_is_an_error_of_its_own(make: Make) -> None:
    """Time that ran out is told apart from a death."""
    with pytest.raises(Overdue):
        one_call(make(HANGS, answer_within_s=0.3))


def test_an_adapter_that_always_fails_is_given_up(make: Make) -> None:
    """After three failures in a row nothing more is asked of it, so that the run ends in bounded time."""
    bench = make(DIES)
    for _ in range(3):
        with pytest.raises(AdapterError):
            one_call(bench)
    with pytest.raises(HarnessError, match="failed 3 times in a row and is not asked again"):
        one_call(bench)


def test_a_caller_that_is_left_is_no_failure_of_the_adapter(make: Make) -> None:
    """A fresh client in the same adapter is answered, so it is the client that broke a rule; the next session works."""
    bench = make(fault="keeps-lock-on-failure", answer_within_s=1.0)
    with bench.configured() as session:
        session.warm_up().fake_api.revoke()
        session.fake_api.sign_in.append(answered(500))
        session.call()
        with pytest.raises(CallerLeft, match="a fresh client was: its session saw 1 answer of 401 and"):
            session.call()
    one_call(bench)


def test_a_slow_answer_that_comes_with_that_of_a_fresh_client_is_one(make: Make) -> None:
    """An adapter that takes long to read a large line reads the fresh client's behind it: nothing was left."""
    bench = make("Misbehaving.answered == 2 and time.sleep(1.5)", good=1, answer_within_s=1.0)
    with bench.configured() as session:
        session.call()
        assert session.call().succeeded


def test_a_client_that_leaves_its_first_caller_cannot_be_judged(make: Make) -> None:
    """That is said as the obstacle, although a fresh client is answered."""
    bench = make('message["op"] == "request" and Misbehaving.answered == 1 and time.sleep(600)', answer_within_s=0.5)
    obstacle, _ = smoke(bench.launcher, Recorder(None))
    assert "a caller was not answered within 0.5 s" in (obstacle or "")


def test_callers_that_are_left_are_counted_on_the_wire(make: Make) -> None:
    """How many were refused, what came of signing in, and which of them was never answered."""
    burst = Bursts(make(fault="forgets-waiters", answer_within_s=1.0), 0).of(BurstKind(4, sign_ins=SignIns.HANG_ONCE))
    assert burst.left
    assert burst.afterwards is None
    with pytest.raises(
        Violation, match=r"3 of 4 callers were never answered \(n=.*: 4 answers of 401, 1 sign-in "
    ):
        must_answer_all(burst)


def test_a_burst_that_the_adapter_does_not_survive_is_an_error(make: Make) -> None:
    """It hangs for a fresh client as well."""
    with pytest.raises(AdapterError, match="did not answer requests within"):
        Bursts(make(HANGS, good=2, answer_within_s=0.5), 0).of(BurstKind(2))


def test_a_good_session_forgives_earlier_failures(make: Make) -> None:
    """Only failures in a row count."""
    bench = make(DIES, good=1)
    for _ in range(4):
        one_call(bench)
        with pytest.raises(AdapterError):
            one_call(bench)


def test_a_client_that_works_vouches_for_later_refusals(make: Make) -> None:
    """Nothing is held against it."""
    make(good=99).must_recover()


def test_what_builds_on_a_retry_is_open_without_one(make: Make) -> None:
    """A client that ignores a 401 breaks one rule, and not each that builds on it."""
    with pytest.raises(NotAssessed, match="follows from retry-after-401"):
        make(fault="ignores-401", good=99).must_recover()


def test_a_retry_that_is_wrong_is_the_cause_although_the_case_saw_it_before(make: Make) -> None:
    """One case is one finding, and the rule that it breaks is named all the same."""
    bench = make(fault="appends-fresh-token", good=99)
    with bench.configured() as session:
        session.warm_up().fake_api.revoke()
        session.call()
    with pytest.raises(NotAssessed, match="follows from three-headers"):
        bench.must_recover()


def test_what_builds_on_a_plain_call_is_open_without_one(make: Make) -> None:
    """So does a client whose every request is refused."""
    bench = make(fault="omits-org", good=99)
    with pytest.raises(NotAssessed, match="follows from three-headers"):
        bench.must_work()
    with pytest.raises(NotAssessed, match="follows from three-headers"), bench.configured() as session:
        session.warm_up()


def test_each_session_has_a_client_without_a_token(make: Make) -> None:
    """Two sessions of one adapter, each with a sign-in of its own."""
    bench = make(good=99)
    for _ in range(2):
        with bench.configured() as session:
            session.warm_up()
            assert [one.is_sign_in for one in session.received_requests][:2] == [True, False]
            assert len(session.sign_ins) == 1


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("exit-0", "exited with code 0"),
        ("exit-1", "exited with code 1"),
        ("garbage", "standard output is for answers only"),
        ("flood", "standard output is for answers only"),
        ("wrong-id", "answered unknown id"),
        ("ok-to-all", "no request arrived"),
        ("error-to-all", "no request arrived"),
    ],
)
def test_the_smoke_test_sees_through_what_is_no_client(kind: str, says: str) -> None:
    """It says what was wrong, and the line that was."""
    program = Program((sys.executable, str(FAULTY.parent / "null" / "null.py"), kind))
    obstacle, _ = smoke(Launcher("null", starting(program)), Recorder(None))
    assert says in (obstacle or "")


def test_the_smoke_test_lets_a_client_through() -> None:
    """And learns its name."""
    program = Program((sys.executable, "-B", "../runtime/python/serve.py", "faults:make", "honest"), FAULTY)
    obstacle, subject = smoke(Launcher("client", starting(program)), Recorder(None))
    assert obstacle is None
    assert subject.name == "faulty 1"
