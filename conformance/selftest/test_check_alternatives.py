"""Checks that show the same by other means are declared so, and nothing else is."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import conformance.client
import conformance.server
from conformance.contract.rules import load_contract

CANNOT_BE_SUPPLIED = "clock"
"""A target of others' making has no clock that the suite can move."""


@dataclass(frozen=True)
class Check:
    """A check as its marks describe it."""

    name: str
    rule: str
    shows: str | None
    means: str | None
    needs: tuple[str, ...]


def _checks() -> Iterator[Check]:
    for package in (conformance.server, conformance.client):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if info.name.rpartition(".")[2].startswith("test_"):
                module = importlib.import_module(info.name)
                tests = ((name, one) for name, one in vars(module).items() if name.startswith("test_"))
                yield from (_check(f"{info.name}::{name}", one) for name, one in tests if hasattr(one, "pytestmark"))


def _check(name: str, function: Any) -> Check:  # noqa: ANN401 # a test function
    marks = {mark.name: mark for mark in function.pytestmark}
    alternative, needs = marks.get("synq_alternative"), marks.get("synq_needs")
    return Check(
        name,
        marks["synq_rule"].args[0],
        alternative and alternative.args[0],
        alternative and alternative.kwargs["by"],
        tuple(needs.args) if needs else (),
    )


CHECKS = tuple(_checks())


def test_an_alternative_has_another() -> None:
    """In its rule, with other means."""
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for check in CHECKS:
        if check.shows:
            groups[check.rule, check.shows].append(check.means or "")
    assert [group for group, means in groups.items() if len(set(means)) < 2] == []


def test_no_rule_depends_on_what_no_profile_can_give() -> None:
    """What a moved clock shows, something else shows as well: else no target but our own could ever be conformant."""
    alone = [check.name for check in CHECKS if CANNOT_BE_SUPPLIED in check.needs and not check.shows]
    assert alone == []
    rules = {check.rule for check in CHECKS}
    assert [one for one in rules if frozenset({CANNOT_BE_SUPPLIED}) in load_contract().rule(one).needs] == []


NEEDS_ELSEWHERE = {
    "minted tokens": "the needs of attacks stand in their cases",
    "a key that was found": "the fixture says what is missing, and that nothing is looked for if a key is given",
}


@pytest.mark.parametrize("check", [check for check in CHECKS if check.shows], ids=lambda check: check.name)
def test_an_alternative_needs_something_that_its_rule_does_not(check: Check) -> None:
    """Else it could always be judged, and would be a check like any other."""
    assert check.needs or check.means in NEEDS_ELSEWHERE
