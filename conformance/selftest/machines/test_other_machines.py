"""Workers that were started over ssh give the report of one process, within its limits, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.selftest.machines.conftest import Machine
from conformance.selftest.noting import served_noting

RULES = ("documented-request", "headers-missing", "tenant-foreign", "role-forbidden")
WITHIN_S = 240
FINISHED, BROKEN, INTERRUPTED, USAGE = 0, 1, 3, 4
RATE = 40


def _command(*more: str, rules: Sequence[str] = RULES, name: str = "reports") -> list[str]:
    chosen = [f"--synq-rule={one}" for one in rules]
    pytest_words = [sys.executable, "-m", "pytest", "--pyargs", "conformance.server", "-p", "no:cacheprovider"]
    return [*pytest_words, *chosen, f"--synq-report-dir={name}", *more]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that has ended."""

    code: int
    said: str
    report: dict[str, Any]
    """Empty if none was written."""
    exchanges: tuple[dict[str, Any], ...]


def _run(folder: Path, *more: str, rules: Sequence[str] = RULES, name: str = "reports") -> Ran:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SYNQ_", "PYTEST_"))}
    ended = subprocess.run(  # noqa: S603 - our own command
        _command(*more, rules=rules, name=name),
        cwd=folder,
        env=inherited,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    report, exchanges = folder / name / "report.json", folder / name / "exchanges.jsonl"
    return Ran(
        ended.returncode,
        ended.stdout + ended.stderr,
        json.loads(report.read_text("utf-8")) if report.is_file() else {},
        tuple(map(json.loads, exchanges.read_text("utf-8").splitlines())) if exchanges.is_file() else (),
    )


def _judged(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules without what depends on the process: the time, and who was the first to read the resource."""
    return [
        {**rule, "checks": [{**check, "duration_s": 0, "exchanges": 0} for check in rule["checks"]]}
        for rule in report["rules"]
    ]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[list[float]]:
    """When a reference server was asked, whose profile is profile.toml without limits."""
    moments: list[float] = []
    with served_noting(lambda _: moments.append(time.monotonic())) as (_, profile):
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile | {"limits": {"concurrency": 8}}), "utf-8")
        yield moments


def _limited(folder: Path, **limits: float) -> None:
    text = (folder / "profile.toml").read_text("utf-8")
    given = "".join(f"{name} = {value}\n" for name, value in limits.items())
    (folder / "profile.toml").write_text(text.replace("[limits]\n", f"[limits]\n{given}"), "utf-8")


@pytest.mark.parametrize("here", [(), ("--tx", "popen")], ids=["all-there", "one-here"])
def test_the_report_is_that_of_one_process(tmp_path: Path, there: Machine, here: tuple[str, ...]) -> None:
    """Rule for rule, with every exchange."""
    alone = _run(tmp_path, "--synq-embedded", name="alone")
    spread = _run(tmp_path, "--synq-embedded", "-d", *here, "--tx", f"2*{there.gateway(sys.executable)}")
    assert (alone.code, spread.code) == (FINISHED, FINISHED), spread.said
    assert _judged(spread.report) == _judged(alone.report)
    assert spread.report["verdict"] == alone.report["verdict"]
    assert spread.report["run"]["exchanges"] == len(spread.exchanges) > len(spread.report["rules"])
    assert {one["case"] for one in spread.exchanges} == {one["case"] for one in alone.exchanges}


def test_a_broken_rule_is_told_with_its_evidence(tmp_path: Path, there: Machine) -> None:
    """The finding and its exchange come over, and no secret does."""
    fault = ("--synq-fault=role-unchecked", "--synq-embedded")
    ran = _run(tmp_path, *fault, "-d", "--tx", f"2*{there.gateway(sys.executable)}")
    failed = [rule for rule in ran.report["rules"] if rule["outcome"] == "failed"]
    assert (ran.code, [rule["id"] for rule in failed]) == (BROKEN, ["role-forbidden"])
    assert failed[0]["findings"][0]["exchange"]["response"]["status"] == 201


def test_the_count_is_exact(tmp_path: Path, there: Machine, asked: list[float]) -> None:
    """What the server saw is what the report says."""
    ran = _run(tmp_path, "--synq-profile=profile.toml", "-d", "--tx", f"2*{there.gateway(sys.executable)}")
    assert ran.code == FINISHED, ran.said
    assert ran.report["run"]["exchanges"] == len(asked)


def test_the_rate_is_kept_together(tmp_path: Path, there: Machine, asked: list[float]) -> None:
    """Each worker has its part of the rate: no second sees more requests than the profile allows."""
    _limited(tmp_path, requests_per_second=RATE)
    ran = _run(tmp_path, "--synq-profile=profile.toml", "-d", "--tx", f"2*{there.gateway(sys.executable)}")
    assert ran.code == FINISHED, ran.said
    seconds = [int(moment - asked[0]) for moment in asked]
    assert max(seconds.count(second) for second in set(seconds)) <= RATE * 1.1


def test_no_more_is_sent_than_the_profile_allows(tmp_path: Path, there: Machine, asked: list[float]) -> None:
    """Each worker has its part of what may be sent in all."""
    _limited(tmp_path, max_requests=14)
    ran = _run(tmp_path, "--synq-profile=profile.toml", "-d", "--tx", f"2*{there.gateway(sys.executable)}")
    assert 6 <= len(asked) <= 14
    reasons = [rule["reason"] for rule in ran.report["rules"] if rule["outcome"] != "passed"]
    assert all("limits.max_requests" in reason for reason in reasons)
    assert reasons


def test_a_deadline_holds_there(tmp_path: Path, there: Machine, asked: list[float]) -> None:
    """What was judged by then is reported, the rest is not assessed."""
    _limited(tmp_path, requests_per_second=2)
    words = ("--synq-profile=profile.toml", "--synq-deadline=12s")
    ran = _run(tmp_path, *words, "-d", "--tx", f"2*{there.gateway(sys.executable)}")
    assert ran.code == INTERRUPTED, ran.said
    assert "deadline" in ran.report["run"]["cut_short"]
    assert asked[-1] - asked[0] < 20


def test_enough_is_enough_there(tmp_path: Path, there: Machine) -> None:
    """With --fail-fast the first failure on any machine ends the run."""
    words = ("--synq-embedded", "--synq-fault=role-unchecked", "--synq-fail-fast")
    ran = _run(tmp_path, *words, "-d", "--tx", f"2*{there.gateway(sys.executable)}", rules=())
    assert ran.code == BROKEN, ran.said
    assert ran.report["run"]["exchanges"] < 3_000


def test_workers_end_with_a_controller_that_is_killed(tmp_path: Path, there: Machine, asked: list[float]) -> None:
    """Nothing is asked any more soon after, and nothing is left of them."""
    _limited(tmp_path, requests_per_second=10)
    words = ("--synq-profile=profile.toml", "-d", "--tx", f"2*{there.gateway(sys.executable)}")
    with subprocess.Popen(_command(*words), cwd=tmp_path, stdout=subprocess.DEVNULL) as run:  # noqa: S603 - our own command
        while len(asked) < 5:
            time.sleep(0.1)
            assert run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.wait(10)
    time.sleep(10)
    then = len(asked)
    time.sleep(3)
    assert len(asked) == then


def test_a_machine_that_is_not_there_is_told_in_a_line(tmp_path: Path, there: Machine) -> None:
    """Before anything is judged."""
    ran = _run(tmp_path, "--synq-embedded", "-d", "--tx", there.gateway(sys.executable, "nowhere.invalid"))
    assert (ran.code, ran.report) == (USAGE, {})
    assert "nowhere.invalid: cannot be reached" in ran.said
    assert "Traceback" not in ran.said


def test_a_python_without_the_suite_is_told(tmp_path: Path, there: Machine) -> None:
    """After some workers that could not begin, instead of one after the other for ever."""
    venv.create(tmp_path / "bare", with_pip=False)
    gateway = there.gateway(str(tmp_path / "bare" / "bin" / "python"))
    ran = _run(tmp_path, "--synq-embedded", "-d", "--tx", gateway)
    assert ran.code == INTERRUPTED
    assert "could not be assessed: no worker could begin: ModuleNotFoundError" in ran.said
