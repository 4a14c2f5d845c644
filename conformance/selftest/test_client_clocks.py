"""Time under libfaketime: it moves for a running process, and what is killed under it leaves nothing behind."""

from __future__ import annotations

import itertools
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.client.adapters.driver import AdapterError
from conformance.client.adapters.executables import fixed_clock, programs_of
from conformance.client.adapters.launcher import Launcher, starting
from conformance.client.adapters.process import Program
from conformance.client.fake_api.service import FakeApi
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import SEEN_FROM_S, ClientClock
from conformance.client.harness.faketime import SHARED_MEMORY, FakeTime, SharedClock, fake_times
from conformance.client.harness.session import Session
from conformance.contract.durations import HOUR_S
from conformance.contract.paths import SIGN_IN_PATH
from conformance.evidence.judge import NotAssessed
from conformance.evidence.recorder import Recorder
from conformance.http.message import Request
from conformance.mock import world

ADAPTERS = Path(__file__).parents[2] / "fixtures" / "adapters"

SAYS_THE_TIME = "import sys, time\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"


def left_behind(*words: str) -> set[int]:
    """The files in shared memory with one of these words in their names."""
    return {file.stat().st_ino for file in SHARED_MEMORY.iterdir() if any(word in file.name for word in words)}


@pytest.fixture(params=["wall", "both"])
def clock(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FakeTime]:
    """One that moves the wall clock, and one that moves both."""
    with fake_times(tmp_path) as clocks:
        one = clocks[["wall", "both"].index(request.param)]
        one.renew()
        yield one


@pytest.fixture
def program(clock: FakeTime) -> Iterator[subprocess.Popen[str]]:
    """A process that says the time for every line it is given."""
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", SAYS_THE_TIME],
        env={**os.environ, **clock.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def told(program: subprocess.Popen[str]) -> tuple[float, float]:
    """Its wall and its monotonic clock."""
    questions, answers = program.stdin, program.stdout
    assert questions is not None
    assert answers is not None
    print("?", file=questions, flush=True)
    wall, monotonic = answers.readline().split()
    return float(wall), float(monotonic)


def test_a_running_process_sees_time_move(
    clock: FakeTime, program: subprocess.Popen[str], request: pytest.FixtureRequest
) -> None:
    """By the wall clock, and by the monotonic clock if that is moved as well."""
    before = told(program)
    clock.move(no_session(), 3600.0)
    after = told(program)
    assert 3600 <= after[0] - before[0] < 3700
    moved = request.node.callspec.params["clock"] == "both"
    assert (after[1] - before[1] >= 3600) == moved


def no_session() -> Session:
    """The process is moved, whatever the session is."""
    return object.__new__(Session)


def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither what it would make itself nor what was made for it."""
    with fake_times(tmp_path) as clocks:
        clocks[0].renew()
        environment = {**os.environ, **clocks[0].environment}
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-c", SAYS_THE_TIME],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        told(process)
        words = [Path(word).name for word in clocks[0].environment["FAKETIME_SHARED"].split()]
        assert len(left_behind(*words)) == 2
        process.kill()
        process.communicate()
    assert left_behind(*words, f"faketime_sem_{process.pid}", f"faketime_shm_{process.pid}") == set()


def test_it_can_be_made_again_where_a_killed_process_left_it_locked() -> None:
    """Both are new each time, and gone in the end."""
    shared = SharedClock()
    words = [Path(word).name for word in (shared.semaphore, shared.memory)]
    shared.renew()
    first = left_behind(*words)
    shared.renew()
    second = left_behind(*words)
    assert len(first) == len(second) == 2
    assert first != second
    shared.remove()
    shared.remove()
    assert left_behind(*words) == set()


def test_without_shared_memory_the_clock_is_no_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That is an error of the machinery, which leaves the other clocks to be tried."""
    monkeypatch.setattr("conformance.client.harness.faketime.SHARED_MEMORY", tmp_path / "nowhere")
    shared = SharedClock()
    with pytest.raises(AdapterError, match="libfaketime cannot be used"):
        shared.renew()
    shared.remove()


GO_NOTE = b"\x04\x00\x00\x00\x04\x00\x00\x00\x04\x00\x00\x00Go\x00\x00abcd"
GLIBC, MUSL = b"/lib64/ld-linux-x86-64.so.2\x00", b"/lib/ld-musl-x86_64.so.1\x00"
LOADED, INTERPRETER, NOTE = 1, 3, 4


def elf(*headers: tuple[int, bytes]) -> bytes:
    """A 64-bit ELF file of these program headers and nothing else."""
    start, size = 64, 56
    at, table, contents = start + size * len(headers), b"", b""
    for kind, content in headers:
        table += struct.pack("<IIQQQQQQ", kind, 0, at + len(contents), 0, 0, len(content), 0, 0)
        contents += content
    head = (
        b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, start, 0, 0, 64, size, len(headers), 0, 0, 0)
    )
    return head + table + contents


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        pytest.param(elf((INTERPRETER, GLIBC), (LOADED, b"x")), None, id="glibc"),
        pytest.param(elf((LOADED, b"x")), "statically linked", id="static"),
        pytest.param(elf((NOTE, GO_NOTE), (LOADED, b"x")), "built by Go", id="go"),
        pytest.param(elf((INTERPRETER, GLIBC), (NOTE, GO_NOTE)), "built by Go", id="go-with-c"),
        pytest.param(elf((INTERPRETER, MUSL)), "built for musl", id="musl"),
        pytest.param(b"#!/bin/sh\n", None, id="script"),
        pytest.param(b"\x7fELF\x02\x01", None, id="cut-off"),
    ],
)
def test_programs_that_ask_the_kernel_for_the_time_are_known(tmp_path: Path, octets: bytes, says: str | None) -> None:
    """Go and static programs do not see a library that is put before their libc, for they have none."""
    (tmp_path / "program").write_bytes(octets)
    found = fixed_clock(tmp_path / "program")
    assert (found is None) == (says is None)
    assert (says or "") in (found or "")


def test_this_python_asks_its_libc() -> None:
    """So does every one that the suite's own tests are run by, and it is found by its session."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        (program,) = programs_of(process.pid)
        assert fixed_clock(program.executable) is None
        assert not program.has_loaded("libfaketime")
    finally:
        process.kill()
        process.communicate()


class Stubborn(ClientClock):
    """Says that it moves the clock, and does not."""

    name = "a clock that stands"

    def move(self, session: Session, seconds: float) -> None:
        """Not at all."""


def test_a_clock_that_does_not_move_is_no_evidence() -> None:
    """The client's own clock says so."""
    program = Program(
        (sys.executable, "-B", "../runtime/python/serve.py", "client:make"), ADAPTERS / "python-httpx-auth-async"
    )
    bench = ClientSessions(Launcher("x", starting(program)), Recorder(None))
    try:
        with bench.configured() as session:
            Stubborn().advance(session, SEEN_FROM_S - 1)
            with pytest.raises(NotAssessed, match="a clock that stands: moved by 600 s, the client's own clock shows"):
                Stubborn().advance(session, 600)
    finally:
        bench.close()


def test_no_token_is_refused_in_the_second_of_its_issue() -> None:
    """Each says that it was issued a second after the one before, and none comes from the future."""
    fake_api = FakeApi()
    answers = [signed_in(fake_api) for _ in range(30)]
    times = list(fake_api.issued.values())
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(times[:20]))
    assert max(times) <= fake_api.synq.clock.now()
    assert [HOUR_S - 30 <= answer["expires_in"] <= HOUR_S for answer in answers] == [True] * 30
    assert answers[0]["expires_in"] < answers[15]["expires_in"]


def signed_in(fake_api: FakeApi) -> dict[str, int]:
    """What a sign-in brings."""
    body = json.dumps({"email": world.EDITOR, "password": world.PASSWORDS[world.EDITOR]}).encode()
    response = fake_api.reference_answer_to(
        Request("POST", SIGN_IN_PATH, (("Content-Type", "application/json"),), body)
    )
    answer: dict[str, int] = json.loads(response.body)
    return answer


def test_an_expiry_moves_no_clock() -> None:
    """What is issued afterwards is of now, and good."""
    fake_api = FakeApi()
    signed_in(fake_api)
    fake_api.expire()
    signed_in(fake_api)
    assert abs(fake_api.synq.clock.now() - max(fake_api.issued.values())) < 60
