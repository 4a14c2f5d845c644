"""A run that is interrupted leaves nothing running, and goes on from its journal. `tox -e interrupts` does more."""

from __future__ import annotations

import shlex
import signal
import sys
from pathlib import Path

import pytest

from conformance.selftest.commands import synq_conformance
from conformance.selftest.interrupting import InterruptedRun, comparable

ADAPTERS = Path(__file__).parents[2] / "fixtures" / "adapters"
SERVER = (
    "server",
    "--depth",
    "quick",
    "--rule",
    "documented-request",
    "--rule",
    "every-path-form",
    "--rule",
    "alg-none",
)
CLIENT = ("client", f"--adapter={ADAPTERS / 'faulty:honest'}", "--depth", "quick")
RULES = ("--rule", "three-headers", "--rule", "retry-after-401", "--rule", "permission-surfaced")
DEAF = "import os, signal, time; os.fork(); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
"""An adapter that never looks at its standard input, with a child that does not either."""


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        pytest.param(SERVER, signal.SIGKILL, id="server-kill"),
        pytest.param((*SERVER, "-n", "2"), signal.SIGKILL, id="server-workers-kill"),
        pytest.param((*SERVER, "-n", "2"), signal.SIGTERM, id="server-workers-term"),
        pytest.param((*CLIENT, *RULES), signal.SIGTERM, id="client-term"),
        pytest.param((*CLIENT, *RULES, "-n", "2"), signal.SIGKILL, id="client-workers-kill"),
    ],
)
def test_an_interrupted_run_goes_on(tmp_path: Path, arguments: tuple[str, ...], number: signal.Signals) -> None:
    """The report is that of an undisturbed run, and nothing is left running before or after."""
    undisturbed = synq_conformance(*arguments, "--report-dir", "undisturbed", folder=tmp_path)
    run = InterruptedRun(arguments, tmp_path)
    run.wait_for_cases(3)
    code = run.interrupted(number)
    assert (code, run.left_running()) == (3 if number is signal.SIGTERM else -number, []), run.said
    again = InterruptedRun((*arguments, "--resume"), tmp_path)
    assert (again.ended(), again.left_running()) == (undisturbed.code, []), again.said
    assert "judged before" in again.said
    assert comparable(tmp_path / "reports" / "report.json") == comparable(tmp_path / "undisturbed" / "report.json")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with-workers"])
def test_an_adapter_that_hangs_ends_with_a_killed_run(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """With its children, although it looks at nothing that would tell it."""
    command = shlex.join((sys.executable, "-c", DEAF))
    run = InterruptedRun(("client", "--command", command, *RULES, *workers), tmp_path)
    run.wait_for_process("time.sleep(600)")
    assert (run.interrupted(signal.SIGKILL), run.left_running()) == (-signal.SIGKILL, [])


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 3)], ids=["kill", "term"]
)
def test_a_calibration_ends_with_all_its_processes(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Its workers are many, and none of them is left."""
    run = InterruptedRun(("calibrate", "--fault", "tenant-unchecked", "--fault", "role-unchecked"), tmp_path)
    run.wait_for_process("spawn_main")
    assert (run.interrupted(number), run.left_running()) == (code, []), run.said


def test_the_mock_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """As after Ctrl-C: with exit code 0."""
    run = InterruptedRun(("mock",), tmp_path)
    run.wait_for_words("base_url")
    assert (run.interrupted(signal.SIGTERM), run.left_running()) == (0, [])
