"""What checks with generated inputs have in common: a failure is shrunk to its simplest form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.server.harness.target_api import TargetApi
from conformance.strategies import Generated, Genuine

T = TypeVar("T")
Data = Any
"""Hypothesis's object for drawing inside a test, for which it names no public type."""


def generated(check: Callable[..., None]) -> Callable[..., None]:
    """Run the check on generated inputs, which it draws from its argument `data`."""
    drawing: Callable[..., None] = given(data=st.data())(check)
    marked: Callable[..., None] = pytest.mark.generated(pytest.mark.usefixtures("examples")(drawing))
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
