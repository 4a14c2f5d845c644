"""Time under libfaketime: it moves for a running process, and what is killed under it leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.client.adapters.driver import AdapterError
from conformance.client.fake_api.service import FakeApi
from conformance.client.harness.clocks import SHORT_LIVES_S, RealTime
from conformance.client.harness.faketime import SHARED_MEMORY, FakeTime, SharedClock, fake_times
from conformance.client.harness.session import Session

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


@pytest.mark.parametrize("lifetime_s", SHORT_LIVES_S)
def test_short_lives_are_asked_about_in_proportion(lifetime_s: int) -> None:
    """From well before the usual lead, a tenth of the life, until a little after the end."""
    moments = RealTime(lifetime_s).moments
    assert min(moments) <= -0.5 * lifetime_s
    assert 0 < max(moments) <= 0.2 * lifetime_s
    assert len([moment for moment in moments if -0.1 * lifetime_s <= moment <= 0]) >= 2
    assert FakeApi(lifetime_s=lifetime_s).lifetime_s == lifetime_s
