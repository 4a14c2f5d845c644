"""A deadline for the whole run: what was judged by then is reported, the rest is not assessed, and nothing holds on."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import tomli_w

from conformance.config.options import OptionError, seconds_of
from conformance.evidence.judge import NotAssessed
from conformance.http.message import Response
from conformance.mock.call import Call
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.run.deadline import Deadline
from conformance.selftest.commands import Ended, synq_conformance

RULES = ("--rule", "documented-request", "--rule", "headers-missing", "--rule", "token-malformed")
HANGS_S = 60.0
TOO_LATE_S = 40.0
"""More than any run here may take, start-up on a busy machine included; less than its target hangs."""


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h", 3600), ("45", 45), ("1.5m", 90), (" 2s ", 2)]
)
def test_a_time_is_read(text: str, seconds: float) -> None:
    """Seconds if there is no unit."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-1", "10x", "m", "1h30m", "1e3", "inf", "nan", "²", "9999h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """With examples of what is one."""
    with pytest.raises(OptionError, match="such as 90s, 10m or 1h"):
        seconds_of(text)


def test_a_block_is_broken_off() -> None:
    """It is not waited for, the cause is told, and the next one is as free as it was."""
    told: list[str] = []
    began = time.monotonic()
    reached = pytest.raises(NotAssessed, match="the deadline of 2 minutes was reached")
    with reached, Deadline(began + 0.2, 120).kept(told.append):
        time.sleep(10)
    assert (time.monotonic() - began < 5, len(told)) == (True, 1)
    with Deadline(time.monotonic() + 0.1, 120).kept(told.append):
        pass
    time.sleep(0.2)


def run(folder: Path, deadline: str, *more: str, after: int) -> tuple[Ended, Any, float]:
    """Check a Synq that answers so many requests and then hangs; how it ended, the report, and how long it took."""
    synq = create()
    answer, asked, over = synq.steps.answer, [0], Event()

    def hanging(call: Call) -> Response:
        asked[0] += 1
        if asked[0] > after:
            over.wait(HANGS_S)
        return answer(call)

    synq.steps = replace(synq.steps, answer=hanging)
    with serve(synq) as running:
        profile = describe(synq, running.base_url) | {"limits": {"timeout_s": HANGS_S}}
        (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        began = time.monotonic()
        ended = synq_conformance(
            "server", "--profile", "profile.toml", "--deadline", deadline, *RULES, *more, folder=folder
        )
        took = time.monotonic() - began
        over.set()  # a server that hangs still would outlive the test
    return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8")), took


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with-workers"])
def test_a_case_that_hangs_does_not_hold_the_run(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """What was judged by then counts, the rest says why it was not, and the exit code is that of a run cut short."""
    ended, report, took = run(tmp_path, "15s", *workers, after=12)
    cause = "the deadline of 15 s was reached; --resume judges the rest"
    assert (ended.code, report["verdict"], report["run"]["cut_short"]) == (3, "not-assessed", cause), ended.err
    assert took < TOO_LATE_S
    assert all(rule["reason"].startswith(cause) for rule in report["rules"] if rule["outcome"] != "passed")
    assert {rule["outcome"] for rule in report["rules"]} <= {"passed", "partly-assessed", "not-assessed"}


def test_a_deadline_before_anything_was_judged_is_exit_3(tmp_path: Path) -> None:
    """The target hangs at once, and is waited for as long as there is time."""
    ended, report, took = run(tmp_path, "6s", after=0)
    assert (ended.code, {rule["outcome"] for rule in report["rules"]}) == (3, {"not-assessed"})
    assert (took < TOO_LATE_S, "the deadline of 6 s was reached" in ended.err) == (True, True)
