"""A calibration keeps of a subject what it found, and nothing else: hundreds come one after the other."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc
from conformance.calibrate.server_stage import try_servers
from conformance.calibrate.subjects import server_subjects
from conformance.run.conformance_run import ConformanceRun

def done(trial):
    gc.collect()
    print("runs", sum(isinstance(one, ConformanceRun) for one in gc.get_objects()))

try_servers((one for one in server_subjects(()) if not one.socket and one.name in NAMES), done)
"""


def test_a_subject_is_forgotten_once_it_was_judged() -> None:
    """The worker's own run and the one that is under way are there, and none of those before."""
    names = ("alg-none-accepted", "two-hour-tokens")
    program = PROGRAM.replace("NAMES", repr(names))
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603 - our own
    told = [line for line in ended.stdout.splitlines() if line.startswith("runs")]
    assert told == ["runs 2"] * len(names)
