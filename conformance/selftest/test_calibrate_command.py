"""The command that proves the suite: a fault of one function, one that is missed, a worker that breaks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.calibrate.opened import opened_subject, shared
from conformance.calibrate.subjects import DEGENERATE, OVER_HTTP, WIRED, Kind, server_subjects
from conformance.http.exchange import Failure
from conformance.http.message import Request
from conformance.report.lock import LOCK
from conformance.selftest.commands import INTERRUPTIBLE, MAIN, WITHIN_S, Ended, synq_conformance

A_FAULT = '''
import os
from dataclasses import replace
from conformance.cli import main
from conformance.mock.faults import fault

@fault({rule!r})
def head_is_answered_at_length(steps):
    """The answer to HEAD has a body."""
    {bend}

if __name__ == "__main__":
    main()
'''
BEND = """return replace(
        steps, finish=lambda call, response: replace(steps.finish(call, response), body=response.body or b"{}")
    )"""


def with_a_fault(folder: Path, rule: str, bend: str = BEND) -> Ended:
    """Register a fault, as its author would, and calibrate the suite by it alone."""
    script = folder / "faulty.py"
    script.write_text(A_FAULT.format(rule=rule, bend=bend), "utf-8")
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, script, "calibrate", "--fault", "head-is-answered-at-length", "-n", "1"],
        cwd=folder, capture_output=True, text=True, timeout=WITHIN_S, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def test_a_fault_of_one_function_is_proven(tmp_path: Path) -> None:
    """Nothing but the function is needed: its rule catches it, and it is told how soon."""
    ended = with_a_fault(tmp_path, "head-no-body")
    assert ended.code == 0, ended.out + ended.err
    assert "Proven" in ended.out
    assert "1 of 1 judged" in ended.err
    kept = json.loads((tmp_path / "reports" / "calibration.json").read_text("utf-8"))
    (trial,) = kept["trials"]
    assert (kept["proven"], trial["outcomes"]["head-no-body"]) == (True, "failed")
    assert 0 < trial["found"]["head-no-body"]["in_rule"] <= trial["found"]["head-no-body"]["in_run"]
    assert trial["found"]["head-no-body"]["in_run"] <= trial["exchanges"]
    assert "The answer to HEAD has a body." in (tmp_path / "reports" / "calibration.html").read_text("utf-8")


def test_a_fault_that_its_rule_misses_ends_in_1(tmp_path: Path) -> None:
    """It is said at once and in the end: which rule missed it, and which caught it though it was not named."""
    ended = with_a_fault(tmp_path, "token-revoked")
    assert ended.code == 1, ended.out + ended.err
    missed = "head-is-answered-at-length: is not caught by token-revoked, which is passed"
    assert missed in ended.out
    assert missed in ended.err
    assert "head-is-answered-at-length: is caught by head-no-body as well: the answer to HEAD has a body" in ended.out
    assert "Not proven: 2 problems" in ended.out
    assert json.loads((tmp_path / "reports" / "calibration.json").read_text("utf-8"))["proven"] is False


def test_a_worker_that_breaks_ends_in_3(tmp_path: Path) -> None:
    """Nothing was proven and nothing disproved; one line says with which code the process ended."""
    ended = with_a_fault(tmp_path, "head-no-body", bend="os._exit(7)")
    assert ended.code == 3, ended.out + ended.err
    assert "a worker process ended early, with 7" in ended.lines[-1]
    assert not (tmp_path / "reports" / "calibration.json").exists()


def test_nothing_is_left_for_the_end_of_the_process(tmp_path: Path) -> None:
    """If a thread of its own cleaned up a semaphore as it ended, the tracker's warning would be the last line."""
    told = "__import__('multiprocessing').resource_tracker.register = lambda *named: print('registered', named)"
    script = f"import multiprocessing.resource_tracker\n{told}\n{MAIN}"
    options = ["calibrate", "--fault", "head-has-a-body", "-n", "2"]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", script, *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=WITHIN_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "registered" not in done.stdout


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.05], ids=["at-once", "while-workers-begin", "a-moment-later"])
def test_an_interrupted_calibration_ends_in_3(after_s: float, tmp_path: Path) -> None:
    """By Ctrl-C, which its workers get as well; nothing is proven or written, and nothing waited for."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", INTERRUPTIBLE, "calibrate", "-n", "1"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        assert running.stderr.readline().startswith("judging")
        time.sleep(after_s)
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=WITHIN_S)
    assert (running.returncode, said.splitlines()[-1]) == (
        3, "synq-conformance calibrate: interrupted, so nothing is proven"
    ), said  # fmt: skip
    assert [file.name for file in (tmp_path / "reports").iterdir() if file.name != LOCK] == []


STRUCK = f"""
import multiprocessing.connection as connection, signal
send = connection.Connection.send

def struck(pipe, sent):
    connection.Connection.send = send
    signal.raise_signal(signal.SIGINT)
    send(pipe, sent)

connection.Connection.send = struck
{INTERRUPTIBLE}
"""
"""The command, to which Ctrl-C comes while a subject is handed to a worker."""


SWALLOWED = f"""
import multiprocessing.connection as connection, signal, weakref
begun = connection.Connection.__init__

class Gone:
    pass

def struck(pipe, *given, **named):
    connection.Connection.__init__ = begun
    begun(pipe, *given, **named)
    gone = Gone()
    kept = weakref.ref(gone, lambda _: signal.raise_signal(signal.SIGINT))
    del gone

connection.Connection.__init__ = struck
{INTERRUPTIBLE}
"""
"""The command, to which Ctrl-C comes in a callback of the interpreter. It passes over any exception there."""


@pytest.mark.parametrize("command", [STRUCK, SWALLOWED], ids=["while-subjects-are-handed-out", "in-a-callback"])
def test_an_interruption_ends_in_3_wherever_it_strikes(command: str, tmp_path: Path) -> None:
    """A worker would wait for its subject for ever, and an import would swallow it."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", command, "calibrate", "-n", "1"],
        cwd=tmp_path, capture_output=True, text=True, timeout=WITHIN_S, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        3, "synq-conformance calibrate: interrupted, so nothing is proven"
    ), done.stderr  # fmt: skip


def test_a_folder_that_cannot_be_written_ends_in_2(tmp_path: Path) -> None:
    """Before anything is judged, and it is named."""
    (tmp_path / "file").touch()
    ended = synq_conformance("calibrate", "--report-dir", "file/reports", folder=tmp_path)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "--report-dir file/reports: cannot be written" in ended.err


def test_the_whole_has_honest_faulty_and_null_subjects() -> None:
    """Reference ones on three seeds and on a socket; degenerate ones with and without a socket."""
    subjects = server_subjects()
    names = [one.name for one in subjects]
    assert len(set(names)) == len(names)
    assert {one.seed for one in subjects if one.kind is Kind.REFERENCE} == {0, 1, 2}
    assert [one.name for one in subjects if one.kind is Kind.REFERENCE and one.socket] == [f"reference{OVER_HTTP}"]
    degenerate = {one.name for one in subjects if one.kind is Kind.DEGENERATE}
    assert degenerate == {*DEGENERATE, *(f"{name}{OVER_HTTP}" for name in WIRED)}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("always-200", 200),
        ("always-401", 401),
        ("nobody-listens", str(Failure.UNREACHABLE)),
        ("never-answers", str(Failure.TIMEOUT)),
        ("hangs-up", str(Failure.CLOSED)),
        ("talks-garbage", str(Failure.GARBAGE)),
    ],
)
@pytest.mark.parametrize("ending", ["", OVER_HTTP], ids=["in-process", "over-http"])
def test_a_null_target_does_the_same_on_a_socket(name: str, outcome: int | str, ending: str) -> None:
    """To every request alike, again and again."""
    (subject,) = (one for one in server_subjects() if one.name == f"{name}{ending}")
    with opened_subject(subject, shared()) as bench:
        transport = bench.open_transport()
        requests = [Request("GET", "/a"), Request("POST", "/b", (), b"{}"), Request("HEAD", "/c"), Request("GET", "/d")]
        found = [transport.send(request).outcome for request in requests]
        transport.close()
    assert found == [outcome] * len(requests)
