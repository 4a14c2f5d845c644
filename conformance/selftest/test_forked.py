"""A forked command is given and tells what a process of its own is given and tells."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.selftest.commands import MAIN
from conformance.selftest.forked import run_forked
from conformance.selftest.processes import ended

SHOWS = "import os, sys; print(sys.argv, os.getcwd(), os.environ); print('wrong', file=sys.stderr); sys.exit(7)"
ENVIRON = {"GIVEN": "this", "LC_ALL": "C.UTF-8"}  # else Python sets LC_CTYPE by itself
WITHIN_S = 60.0


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(SHOWS, id="all-it-is-given"),
        pytest.param("raise SystemExit('in words')", id="an-exit-in-words"),
        pytest.param("raise ValueError('a mistake')", id="an-error"),
        pytest.param("import atexit; atexit.register(print, 'at its end')", id="what-is-due-at-its-end"),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", id="a-signal"),
        pytest.param("import subprocess; print(subprocess.run(['false']).returncode)", id="a-process-of-its-own"),
        pytest.param("print(__name__, input())", id="no-standard-input"),
        pytest.param(MAIN, id="the-command-line"),
    ],
)
def test_it_is_like_a_process_of_its_own(code: str, tmp_path: Path) -> None:
    """With the same arguments, folder and variables: the same exit code, and the same on both outputs."""
    arguments = ["list", "--role", "client"]
    forked = run_forked(code, arguments, tmp_path, ENVIRON, WITHIN_S)
    alone = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=ENVIRON,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert (forked.returncode, forked.stdout) == (alone.returncode, alone.stdout)
    assert forked.stderr.splitlines()[-1:] == alone.stderr.splitlines()[-1:]


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """With what it said so far."""
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        run_forked(code, (), tmp_path, {}, 1.0)
    assert ended(int(caught.value.output), 5.0)


def test_several_run_at_once(tmp_path: Path) -> None:
    """Each waits until all the others have begun."""
    code = (
        "import sys, time; from pathlib import Path; Path(sys.argv[1]).touch()\n"
        "while len(list(Path().iterdir())) < 4: time.sleep(0.01)"
    )
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(run_forked, code, (str(number),), tmp_path, {}, WITHIN_S) for number in range(4)]
    assert [one.result().returncode for one in runs] == [0] * 4


def test_commands_do_not_draw_the_same(tmp_path: Path) -> None:
    """They are copies of one process, and would all have its state."""
    code = "import random; print(random.random())"
    drawn = {run_forked(code, (), tmp_path, {}, WITHIN_S).stdout for _ in range(3)}
    assert len(drawn) == 3
