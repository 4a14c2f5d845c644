"""What is right to find of a fixture adapter: each way to differ from it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import Role
from conformance.contract import load as contract
from conformance.selftest.adapters.subjects import Found, Subject, differences, load

FOLDER = Path(__file__).parents[2] / "fixtures" / "adapters"
CLIENT_RULES = frozenset(rule.id for rule in contract().of(Role.CLIENT))


def subject(expect: str, *breaks: str, consequences: tuple[str, ...] = ()) -> Subject:
    """An adapter of which this is right."""
    return Subject("x", "x", "python", expect, breaks, consequences, "")


def found(exit_code: int | None, **outcomes: str) -> Found:
    """A run with these outcomes; underscores stand for hyphens."""
    rules = {name.replace("_", "-"): {"outcome": outcome, "level": "required"} for name, outcome in outcomes.items()}
    return Found(exit_code, 1.0, rules, "last words")


@pytest.mark.parametrize(
    ("right", "run"),
    [
        pytest.param(subject("conformant"), found(0, a="passed"), id="conformant"),
        pytest.param(subject("breaks", "a"), found(1, a="failed", b="passed"), id="caught"),
        pytest.param(
            subject("breaks", "a", consequences=("b",)), found(1, a="failed", b="not-assessed"), id="consequence"
        ),
        pytest.param(
            subject("breaks", "a", consequences=("*",)), found(1, a="failed", b="failed"), id="any-consequence"
        ),
        pytest.param(subject("error"), found(3, a="not-assessed"), id="null"),
    ],
)
def test_what_is_right_is_no_difference(right: Subject, run: Found) -> None:
    """Nothing is said."""
    assert differences(right, run) == ()


@pytest.mark.parametrize(
    ("right", "run", "says"),
    [
        pytest.param(subject("conformant"), found(1, a="failed"), "failed: a", id="false-alarm"),
        pytest.param(subject("conformant"), found(0, a="not-assessed"), "required and not assessed: a", id="open"),
        pytest.param(subject("breaks", "a"), found(1, a="passed", b="failed"), "not caught by: a", id="missed"),
        pytest.param(subject("breaks", "a"), found(1, a="failed", b="failed"), "failed besides: b", id="unrelated"),
        pytest.param(subject("breaks", "a"), found(1, a="failed", b="error"), "error: b", id="error"),
        pytest.param(
            subject("breaks", "a"), found(1, a="failed", b="not-assessed"), "not assessed besides: b", id="left-open"
        ),
        pytest.param(subject("error"), found(3, a="passed"), "passed: a", id="earned-something"),
        pytest.param(subject("error"), found(1, a="failed"), "exit 1 instead of 3", id="wrong-exit"),
        pytest.param(subject("conformant"), found(None), "did not end", id="endless"),
        pytest.param(subject("conformant"), found(2), "last words", id="no-report"),
    ],
)
def test_a_difference_is_said(right: Subject, run: Found, says: str) -> None:
    """In words."""
    assert any(says in difference for difference in differences(right, run))


def test_every_client_rule_has_a_faulty_client() -> None:
    """A rule without one is a rule that nobody has seen fail."""
    declared = {one.breaks[0] for one in load(FOLDER) if one.name.startswith("faulty:") and one.breaks}
    assert declared == CLIENT_RULES


def test_adapters_name_rules_that_there_are() -> None:
    """In `breaks` and in `consequences`."""
    named = {rule for one in load(FOLDER) for rule in (*one.breaks, *one.consequences)}
    assert named - CLIENT_RULES == {"*"}
