"""Ten moments, three signals, one process and two workers: the run goes on, and comes to the report of another."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.interrupting import InterruptedRun, comparable

ADAPTERS = Path(__file__).parents[3] / "fixtures" / "adapters"
SUBJECTS = {
    "server": ("server", "--level", "hardening", "--depth", "quick"),
    "broken-server": ("server", "--depth", "quick", "--fault", "tenant-unchecked", "--fault", "role-unchecked"),
    "client": ("client", f"--adapter={ADAPTERS / 'faulty:honest'}", "--level", "hardening", "--depth", "quick"),
}
WORKERS = {"alone": (), "two-workers": ("-n", "2")}
MOMENTS = range(10)
OF_A_WORKER_THAT_JUST_BEGAN = re.compile(
    r'Traceback \(most recent call last\):\s+File "<string>", line 1, in <module>\s+File "<string>", line 0\s+'
    r"SyntaxError: invalid syntax\n"
)
"""What Python says in a worker of execnet whose parent is killed before it has sent the first line of its program."""
EARLY_S = 0.6
"""The first moment: before any case, while the suite is imported."""


@dataclass(frozen=True)
class Undisturbed:
    """What a run comes to if it is let alone."""

    code: int
    cases: int
    report: Any


@pytest.fixture(scope="module", params=[(one, other) for one in SUBJECTS for other in WORKERS], ids="-".join)
def arguments(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command."""
    subject, workers = request.param
    return (*SUBJECTS[subject], *WORKERS[workers])


@pytest.fixture(scope="module")
def undisturbed(arguments: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The same command, let alone."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run = InterruptedRun(arguments, folder)
    code = run.ended()
    return Undisturbed(code, run.judged, comparable(folder / "reports" / "report.json"))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_an_interrupted_run_goes_on(
    arguments: tuple[str, ...], undisturbed: Undisturbed, number: signal.Signals, moment: int, tmp_path: Path
) -> None:
    """Nothing is left running, an interruption is no verdict, and the whole is as if nothing had been."""
    run = InterruptedRun(arguments, tmp_path)
    time.sleep(EARLY_S)
    run.wait_for_cases(undisturbed.cases * moment // len(MOMENTS))
    code, found = run.interrupted(number), undisturbed.code
    # A violation that was seen stays one, and a run may be faster than its signal.
    assert code in ({-number} if number is signal.SIGKILL else {3, found}), run.said
    assert run.left_running() == []
    said = OF_A_WORKER_THAT_JUST_BEGAN.sub("", run.said) if number is signal.SIGKILL else run.said
    assert "Traceback" not in said
    again = InterruptedRun((*arguments, "--resume"), tmp_path)
    assert (again.ended(), again.left_running()) == (found, []), again.said
    assert comparable(tmp_path / "reports" / "report.json") == undisturbed.report
