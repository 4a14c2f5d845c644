"""A run that ends once a rule has failed, and the order in which that shows early."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.commands import Ended, synq_conformance

BROKEN = ("--fault", "role-unchecked")
ENOUGH = 3_000
"""More exchanges than it takes to come to the first failure; fewer than half of a whole run."""
WAIVER = """
[[waiver]]
rule = "role-forbidden"
reason = "known"
until = 2099-01-01
ticket = "T-1"
"""


def run(folder: Path, *arguments: str) -> tuple[Ended, Any]:
    """Run the command against the embedded Synq in process; how it ended, and the report."""
    ended = synq_conformance("server", "--mock", *arguments, folder=folder)
    return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8"))


def in_order(folder: Path, what: str) -> list[str]:
    """The cases or the rules of a run, as they were first asked for."""
    lines = (folder / "reports" / "exchanges.jsonl").read_text("utf-8").splitlines()
    return list(dict.fromkeys(json.loads(line)[what] for line in lines))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with-workers"])
def test_a_run_ends_with_the_first_failure(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """The rest is not assessed, the report says why, and the exit code is that of a broken rule."""
    ended, report = run(tmp_path, *BROKEN, "--fail-fast", *workers)
    assert (ended.code, report["verdict"]) == (1, "not-conformant"), ended.err
    assert report["run"]["cut_short"].startswith("--fail-fast: ended once role-forbidden had failed")
    assert report["run"]["exchanges"] < ENOUGH
    assert any(rule["outcome"] == "not-assessed" for rule in report["rules"])


def test_what_a_waiver_excuses_ends_no_run(tmp_path: Path) -> None:
    """It is known, so the run goes on to what is not."""
    (tmp_path / "waivers.toml").write_text(WAIVER, "utf-8")
    rules = ("--rule", "role-forbidden", "--rule", "documented-request", "--rule", "headers-missing")
    ended, report = run(tmp_path, *BROKEN, *rules, "--waivers", "waivers.toml", "--fail-fast")
    assert (ended.code, report["run"]["cut_short"]) == (0, None), ended.err


def test_what_the_level_does_not_ask_for_ends_no_run(tmp_path: Path) -> None:
    """A run at level required does not fail by a rule beyond it, so it does not end by it."""
    rules = ("--rule", "challenge-present", "--rule", "headers-missing", "--rule", "documented-request")
    _, report = run(tmp_path, "--fault", "challenge-missing", *rules, "--fail-fast")
    assert {rule["id"]: rule["outcome"] for rule in report["rules"]}["challenge-present"] == "failed"
    assert report["run"]["cut_short"] is None


def test_a_breach_of_any_rule_shows_early(tmp_path: Path) -> None:
    """The first case of every check comes before the second of any, and generated inputs come after what is listed."""
    _, _ = run(tmp_path, "--rule", "token-malformed", "--rule", "signature-altered", "--rule", "authorization-scheme")
    cases = in_order(tmp_path, "case")
    checks = [case.partition("[")[0] for case in cases if case.startswith("test_")]
    listed = [check for check in checks if "generated" not in check]
    firsts = len(set(listed))
    assert firsts > 2
    assert len(set(listed[:firsts])) == firsts
    assert checks[: len(listed)] == listed


def test_what_is_required_is_asked_first(tmp_path: Path) -> None:
    """Good practice waits, although its check stands before the other in the suite's own order."""
    _, _ = run(tmp_path, "--rule", "authorization-loose", "--rule", "tenant-foreign")
    rules = in_order(tmp_path, "rule")
    assert rules == ["tenant-foreign", "authorization-loose"]


def test_what_asks_often_is_the_last_of_its_turn(tmp_path: Path) -> None:
    """Dozens of requests of one check wait for the few of each other one, and come before the second cases."""
    _, _ = run(tmp_path, "--rule", "answers-not-crossed", "--rule", "tenant-foreign", "--rule", "challenge-present")
    cases = in_order(tmp_path, "case")
    often = cases.index("test_answers_in_flight_together_are_not_crossed[16-in-flight]")
    challenges = [number for number, case in enumerate(cases) if case.startswith("test_a_401_carries")]
    assert challenges[0] < often < challenges[1]


def test_what_asks_for_open_doors_comes_soon(tmp_path: Path) -> None:
    """Each lacking header may be the one that is not missed: all come before the second case of another check."""
    _, _ = run(tmp_path, "--rule", "headers-missing", "--rule", "token-malformed")
    cases = in_order(tmp_path, "case")
    lacking = [number for number, case in enumerate(cases) if case.startswith("test_a_request_that_lacks")]
    malformed = [number for number, case in enumerate(cases) if case.startswith("test_a_malformed_token")]
    assert len(lacking) == 7
    assert malformed[0] < lacking[1] < lacking[-1] < malformed[1]


def test_what_the_plainest_request_shows_comes_first(tmp_path: Path) -> None:
    """Although it may be a standard rule only: one request is cheap, and other tools begin with it."""
    _, _ = run(tmp_path, "--rule", "tenant-foreign", "--rule", "error-body", "--rule", "sign-in-refused-status")
    rules = in_order(tmp_path, "rule")
    assert rules[-1] == "tenant-foreign"
