"""Items of pytest read as cases of the contract: which rule, which case, and what became of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.rules import Role
from conformance.evidence.judge import HarnessError, Inapplicable, NotAssessed, NotSeenAgain, Unmet, Violation
from conformance.results.aggregate import Case, Gap
from conformance.results.data import Finding, Outcome, Subject


@dataclass(frozen=True, slots=True)
class Marks:
    """What the marks of an item's check say."""

    rule: str
    """The one rule that the check judges."""
    depth: str | None
    """The least depth at which it runs."""
    needs: tuple[frozenset[str], ...]
    """What it needs beyond its rule: one capability of each set."""
    shows: str | None
    """What it shows, if others show the same by other means."""
    means: str | None
    """By which means it does."""
    operation: str | None
    """The documented operation that the item's case asks for."""


_MARKS: pytest.StashKey[Marks] = pytest.StashKey()


def marks_of(item: pytest.Item) -> Marks:
    """Returns what the item's marks say, looked up once; raises UsageError if they name no rule."""
    if _MARKS not in item.stash:
        item.stash[_MARKS] = _marks(item)
    return item.stash[_MARKS]


def _marks(item: pytest.Item) -> Marks:
    rule, depth, alternative, operation = map(
        item.get_closest_marker, ("synq_rule", "synq_depth", "synq_alternative", "synq_operation")
    )
    if rule is None:
        raise pytest.UsageError(f'{item.nodeid}: names no rule; mark it with @rule("…")')
    return Marks(
        rule=str(rule.args[0]),
        depth=None if depth is None else str(depth.args[0]),
        needs=tuple(frozenset(need.split(" | ")) for mark in item.iter_markers("synq_needs") for need in mark.args),
        shows=None if alternative is None else str(alternative.args[0]),
        means=None if alternative is None else str(alternative.kwargs["by"]),
        operation=None if operation is None else str(operation.args[0]),
    )


def rule_id(item: pytest.Item) -> str:
    """Returns the one rule that the item's check judges; raises UsageError if it names none."""
    return marks_of(item).rule


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
