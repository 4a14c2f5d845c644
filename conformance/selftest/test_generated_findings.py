"""What becomes of a violation that a generated check finds: told, kept, and not lost if it does not come again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.commands import MAIN, WITHIN_S
from conformance.server.harness.documented import AUTHORIZATION

FORGETS = '''
from conformance.cli import main
from conformance.mock.faults.bending import believing, claims_of_somebody
from conformance.mock.faults.registry import fault

@fault("token-malformed")
def lets_one_in(steps):
    """The third token of one segment is let in, and none after it."""
    seen = []

    def read(call, token):
        if "." not in token:
            seen.append(token)
            return claims_of_somebody(call) if len(seen) == 3 else None

    return believing(steps, read)

main()
'''


@pytest.fixture
def run(tmp_path: Path) -> Any:  # noqa: ANN401 - a function
    """Runs a program that ends in the command line, and gives its report's rules by id."""

    def run(program: str, *arguments: str) -> dict[str, dict[str, Any]]:
        command = [sys.executable, "-c", program, "server", "--mock", *arguments]
        subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=WITHIN_S, check=False)  # noqa: S603 - ours
        report = json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))
        return {rule["id"]: rule for rule in report["rules"]}

    return run


def test_a_breach_that_does_not_come_again_is_a_breach(run: Any) -> None:  # noqa: ANN401 - the fixture
    """A server that remembers lets something in once: the rule fails, and the suite does not call it its own error."""
    rules = run(FORGETS, "--fault", "lets-one-in", "--rule", "token-malformed", "--", "-k", "generated")
    (finding,) = rules["token-malformed"]["findings"]
    assert "sent again" in finding["summary"]
    assert rules["token-malformed"]["outcome"] == "failed"


def test_a_life_that_went_wrong_is_told_in_words(run: Any) -> None:  # noqa: ANN401 - the fixture
    """The finding of a generated course says what happened, step by step, and no step too many."""
    fault = "verification-remembered-per-token"
    rules = run(MAIN, "--fault", fault, "--rule", "verified-every-request", "--", "-k", "life")
    (finding,) = rules["verified-every-request"]["findings"]
    began, *steps = finding["case"].split("; ")
    assert "main-1" in began
    assert any("is revoked" in step or "the clock goes on" in step for step in steps)
    assert len(steps) <= 4


def test_what_was_found_is_kept_as_an_example(run: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the fixture
    """The shrunk example lies in the report folder, where the next run tries it first."""
    run(MAIN, "--fault", "signature-never-verified", "--rule", "signature-altered", "--", "-k", "generated")
    assert list((tmp_path / "reports" / ".hypothesis" / "examples").rglob("*"))
    assert not (tmp_path / ".hypothesis").exists()


def test_most_inputs_of_a_check_are_drawn_once(run: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the fixture
    """A number of inputs says nothing if they are the same few: Hypothesis copies what an example holds several of."""
    run(MAIN, "--rule", "authorization-loose", "--rule", "token-malformed", "--", "-k", "generated")
    drawn: dict[str, list[str]] = defaultdict(list)
    for line in (tmp_path / "reports" / "exchanges.jsonl").read_text("utf-8").splitlines():
        exchange = json.loads(line)
        if exchange["part"] == "subject":
            fields = dict(exchange["request"]["headers"])
            drawn[exchange["rule"]].append(fields[AUTHORIZATION])
    assert set(drawn) == {"authorization-loose", "token-malformed"}
    assert all(len(values) >= 60 and len(set(values)) >= 0.75 * len(values) for values in drawn.values())
