"""The checks themselves: every rule has one, and every check names a rule of its own role."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

import pytest
from _pytest.mark import ParameterSet

from conformance.contract.rules import Role, load_contract
from conformance.selftest.offenders import listed

RULE = "synq_rule"


def _marks(check: Callable[..., object]) -> Iterator[pytest.Mark]:
    """The check's own marks, and those of single cases."""
    for mark in getattr(check, "pytestmark", ()):
        yield mark
        if mark.name == "parametrize":
            for case in mark.args[1]:
                if isinstance(case, ParameterSet):
                    yield from (one.mark if isinstance(one, pytest.MarkDecorator) else one for one in case.marks)


@cache
def _checks(role: Role) -> dict[str, list[str]]:
    """The checks of this role, by file and function, with the rules that each names."""
    package = import_module(f"conformance.{role}")
    modules = [one.name for one in pkgutil.iter_modules(package.__path__) if one.name.startswith("test_")]
    return {
        f"conformance/{role}/{module}.py::{name}": [str(one.args[0]) for one in _marks(check) if one.name == RULE]
        for module in modules
        if module != "test_regression_cases"  # its cases are read from a file, and each brings its rule
        for name, check in vars(import_module(f"{package.__name__}.{module}")).items()
        if name.startswith("test_")
    }


def test_every_rule_has_a_check() -> None:
    """A rule that no check judges would be not assessed for ever."""
    offenders = [
        rule.id for rule in load_contract().rules if not any(rule.id in named for named in _checks(rule.role).values())
    ]
    assert not offenders, listed(
        offenders, "write a function under @rule(RULE) in the section's file, conformance/{server,client}/test_*.py"
    )


def test_every_check_names_a_rule_of_its_role() -> None:
    """A misspelt id would be found by a run, and not before."""
    known = {role: {rule.id for rule in load_contract().of(role)} for role in Role}
    offenders = [
        f"{check}: {', '.join(named) or 'no rule'}"
        for role in Role
        for check, named in _checks(role).items()
        if not named or not {*named} <= known[role]
    ]
    assert not offenders, listed(offenders, "put it under @rule(RULE) with the id of a rule of contract.toml")
