"""The documented operations of the target as the cases of a check, each under its method and path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from conformance.config.profile import Target
from conformance.contract.marks import needs
from conformance.openapi.operation import Operation, shape_of
from conformance.run.subject import SubjectUnderTest
from conformance.server.harness.operations import on
from conformance.server.harness.subject import ServerUnderTest

OBJECT_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
UNDESCRIBED = Operation("GET", "/", unasked="nothing describes the operations")
"""Stands for the operations of a target that does not say what it has."""


def parametrized(metafunc: pytest.Metafunc, subject: SubjectUnderTest) -> None:
    """Give a check that is marked with `operations` its cases."""
    mark = metafunc.definition.get_closest_marker("synq_operations")
    if mark is not None:
        target = subject.target if isinstance(subject, ServerUnderTest) else None
        metafunc.parametrize("operation", list(_cases(str(mark.args[0]), operations_of_target(target))))


def operations_of_target(target: Target | None) -> tuple[Operation, ...]:
    """The operations of a named target, or of the embedded Synq."""
    return _embedded() if target is None else target.operations


@cache
def _embedded() -> tuple[Operation, ...]:
    from conformance.config.described import OpenApi  # late, to spare start-up
    from conformance.config.operations import with_operations
    from conformance.config.profile import Scope
    from conformance.mock.catalogue import DESCRIPTION

    description = OpenApi(file=str(files("conformance.mock").joinpath(DESCRIPTION)))
    return with_operations(Target("embedded Synq", "http://127.0.0.1", Scope("t", "o"), openapi=description)).operations


def _cases(which: str, operations: Sequence[Operation]) -> Iterator[Any]:
    chosen = list(_CHOICES[which](operations))
    for one in chosen:
        yield pytest.param(one, id=one.label, marks=[pytest.mark.synq_operation(one.label)])
    if not chosen:
        yield pytest.param(UNDESCRIBED, id="none", marks=[needs("openapi | operation")])


def _all(operations: Sequence[Operation]) -> Iterator[Operation]:
    yield from operations


def _writes(operations: Sequence[Operation]) -> Iterator[Operation]:
    yield from (one for one in operations if one.writes)


def _on_objects(operations: Sequence[Operation]) -> Iterator[Operation]:
    yield from (one for one in operations if one.parameters)


def _objects(operations: Sequence[Operation], methods: Sequence[str] = OBJECT_METHODS) -> Iterator[Operation]:
    """Every object by id, asked by every method, documented or not."""
    shown = {shape_of(one.path): one for one in operations if one.names_an_object and one.unasked is None}
    documented = {(one.method, shape_of(one.path)): one for one in operations}
    for shape, one in shown.items():
        like = next((documented[method, shape] for method in ("PUT", "PATCH") if (method, shape) in documented), one)
        for method in methods:
            yield documented.get((method, shape)) or on(method, replace(like, path=one.path))


def _object_writes(operations: Sequence[Operation]) -> Iterator[Operation]:
    yield from _objects(operations, ("POST", "PUT", "PATCH", "DELETE"))


_CHOICES = {
    "all": _all,
    "writes": _writes,
    "on-objects": _on_objects,
    "objects": _objects,
    "object-writes": _object_writes,
}
