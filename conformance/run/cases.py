"""Items of pytest read as cases of the contract: which rule, which case, and what became of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.rules import Role
from conformance.evidence.judge import HarnessError, Inapplicable, NotAssessed, NotSeenAgain, Unmet, Violation
from conformance.results.aggregate import Case, Gap
from conformance.results.data import Finding, Outcome, Subject


def rule_id(item: pytest.Item) -> str:
    """Returns the one rule that the item's check judges; raises UsageError if it names none."""
    mark = item.get_closest_marker("synq_rule")
    if mark is None:
        raise pytest.UsageError(f'{item.nodeid}: names no rule; mark it with @rule("…")')
    return str(mark.args[0])


def outcome_of(error: BaseException | None) -> Outcome:
    """The outcome of a case that ended with this error, or without one."""
    match error:
        case None:
            return Outcome.PASSED
        case NotSeenAgain():
            return Outcome.FLAKY
        case Violation():
            return Outcome.FAILED
        case NotAssessed() | pytest.skip.Exception():
            return Outcome.NOT_ASSESSED
        case _:
            return Outcome.ERROR


def gap_of(error: BaseException | None) -> Gap | None:
    """Why the case was not judged, in kind; None of one that was."""
    match error:
        case Unmet():
            return Gap.UNMET
        case Inapplicable():
            return Gap.INAPPLICABLE
        case NotAssessed() | pytest.skip.Exception():
            return Gap.TROUBLE
        case _:
            return None


def alternative_of(item: pytest.Item) -> tuple[str | None, str | None]:
    """What the item's check shows and by which means, if others show the same by other means."""
    mark = item.get_closest_marker("synq_alternative")
    return (None, None) if mark is None else (str(mark.args[0]), str(mark.kwargs["by"]))


def operation_of(item: pytest.Item) -> str | None:
    """The documented operation that the item's case asks for."""
    mark = item.get_closest_marker("synq_operation")
    return None if mark is None else str(mark.args[0])


def reason_of(error: BaseException) -> str:
    """What ended the case, in words."""
    match error:
        case Violation(findings=(first, *_)):
            return first.summary
        case NotAssessed() | HarnessError() | pytest.skip.Exception():
            return str(error)
        case _:
            return f"{type(error).__name__}: {error}"


def case_key(node_id: str) -> str:
    """The case's name in a journal: whatever folder pytest was started in, module and function."""
    file, _, name = node_id.partition("::")
    return f"{Path(file).stem}::{name}"


def case_name_of(item: pytest.Item) -> str:
    """The case's own name among those of its check; empty if there is only one."""
    return _split(item.name)[1]


def _split(name: str) -> tuple[str, str]:
    """Function and case of an item's name; the case is empty if there is only one."""
    function, _, rest = name.partition("[")
    return function, rest.removesuffix("]")


def _parts(node_id: str) -> tuple[str, str, str]:
    """Module, function and case."""
    file, _, name = node_id.partition("::")
    return Path(file).stem, *_split(name)


def rule_of(node_id: str, role: Role) -> str:
    """The rule of an item that only a worker has: its check is marked with it all the same."""
    module, function, _ = _parts(node_id)
    marks = getattr(import_module(f"conformance.{role}.{module}"), function).pytestmark
    return next(str(mark.args[0]) for mark in marks if mark.name == "synq_rule")


def crashed(node_id: str, role: Role) -> Case:
    """The case under which a worker process died."""
    module, function, case = _parts(node_id)
    died = "the worker process died during the case"
    return Case(rule_of(node_id, role), f"{module}::{function}", case, Outcome.ERROR, exchanges=0, reason=died)


def case_from(data: dict[str, Any]) -> Case:
    """A case as it was before `portable`."""
    findings = tuple(Finding(**{**one, "expected": tuple(one["expected"])}) for one in data["findings"])
    gap = None if data["gap"] is None else Gap(data["gap"])
    return Case(**{**data, "outcome": Outcome(data["outcome"]), "gap": gap, "findings": findings})


def portable(data: Case | Subject) -> dict[str, Any]:
    """The data as xdist carries it from process to process: plain JSON types and no enumerations."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(data)))
    return plain
