"""What is said of mutants of the judge: each is noticed or explained, and nothing is explained that is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.selftest.mutation.__main__ import EXPLAINED
from conformance.selftest.mutation.survivors import Mutant, NotTried, explained, problems, tried

MADE = """
def x_f__mutmut_orig(a):
    return a + 1


def x_f__mutmut_1(a):
    return a - 1


def x_f__mutmut_2(a):
    return a + 2
"""
LEFT = Mutant("conformance.m.f", "return a + 1", "return a + 2")


def made(folder: Path, **codes: int | None) -> Path:
    """The folder as mutmut leaves it, when the tests of each mutant ended so."""
    (folder / "m.py").write_text(MADE, "utf-8")
    by_key = {f"conformance.m.x_f__mutmut_{name[1:]}": code for name, code in codes.items()}
    (folder / "m.py.meta").write_text(json.dumps({"exit_code_by_key": by_key}), "utf-8")
    return folder


@pytest.mark.parametrize("code", [1, 3, 36, -24], ids=["red", "pytest-broke", "time-out", "cpu-time"])
def test_a_mutant_that_turns_a_test_red_is_noticed(tmp_path: Path, code: int) -> None:
    """A mutant that never ends is noticed as well."""
    assert tried(made(tmp_path, _1=1, _2=code)) == (2, frozenset())


@pytest.mark.parametrize("code", [0, 5, 33, 34, 35], ids=["green", "none", "no-tests", "skipped", "suspicious"])
def test_a_mutant_that_no_test_notices_is_told_by_its_change(tmp_path: Path, code: int) -> None:
    """By the function and the lines, so that its number may change."""
    assert tried(made(tmp_path, _1=1, _2=code)) == (2, frozenset({LEFT}))


def test_mutants_that_were_not_tried_are_no_proof(tmp_path: Path) -> None:
    """None at all, or some left."""
    with pytest.raises(NotTried, match="holds no mutants"):
        tried(tmp_path)
    with pytest.raises(NotTried, match="were not tried"):
        tried(made(tmp_path, _1=1, _2=None))


def test_what_survives_must_be_explained() -> None:
    """And what is explained must survive."""
    assert problems(frozenset({LEFT}), {LEFT: "It is the same."}, EXPLAINED) == ()
    (new,) = problems(frozenset({LEFT}), {}, EXPLAINED)
    assert "conformance.m.f can be changed and no test notices" in new
    assert "+ return a + 2" in new
    (stale,) = problems(frozenset(), {LEFT: "It is the same."}, EXPLAINED)
    assert "explained.toml explains a mutant of conformance.m.f that there is not" in stale


def test_each_explained_mutant_has_a_reason() -> None:
    """In a sentence, and it changes a line that stands in the judge as it is."""
    known = explained(EXPLAINED)
    root = Path(__file__).parents[2]
    assert known
    for mutant, reason in known.items():
        source = root.joinpath(*mutant.function.split(".")[:-1]).with_suffix(".py").read_text("utf-8")
        assert reason.endswith(".")
        assert mutant.was in source
        assert mutant.was != mutant.became
