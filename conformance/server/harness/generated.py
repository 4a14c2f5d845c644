"""What checks with generated inputs have in common: a failure is shrunk to its simplest form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from unittest import SkipTest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.evidence.judge import NotAssessed
from conformance.server.harness.target_api import TargetApi
from conformance.strategies import Generated, Genuine

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")
Data = Any
"""Hypothesis's object for drawing inside a test, for which it names no public type."""


class DrawingEnded(SkipTest):
    """Nothing more is drawn, since what was drawn cannot be judged: Hypothesis would draw and shrink on for minutes."""

    def __init__(self, trouble: NotAssessed) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def ends_drawing(judge: Callable[P, R]) -> Callable[P, R]:
    """Inside a generated check: raises DrawingEnded for NotAssessed."""

    @wraps(judge)
    def judged(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return judge(*arguments, **named)
        except NotAssessed as trouble:
            raise DrawingEnded(trouble) from trouble

    return judged


@contextmanager
def ended() -> Iterator[None]:
    """Around a generated check: raises the NotAssessed with which its drawing ended."""
    try:
        yield
    except DrawingEnded as end:
        raise end.trouble from end


def generated(check: Callable[..., None]) -> Callable[..., None]:
    """Run the check on generated inputs, which it draws from its argument `data`."""
    drawing: Callable[..., None] = given(data=st.data())(ends_drawing(check))
    marked: Callable[..., None] = pytest.mark.synq_generated(pytest.mark.usefixtures("examples")(drawing))
    return marked


def genuine(synq: TargetApi) -> Genuine:
    """The credentials that are accepted, of which everything generated is a corruption."""
    scope = synq.target.scope
    return Genuine(synq.credentials.valid(), scope.tenant_id, scope.org_id)


def drawn(synq: TargetApi, data: Data, name: str, strategy: st.SearchStrategy[Generated[T]]) -> T:
    """Draw a value, and count its class in the recorder under this name."""
    generated: Generated[T] = data.draw(strategy)
    synq.recorder.spread(name, generated.kind)
    return generated.value
