"""What a seed draws is the same however the suite was installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import is_local_module_file

PACKAGE = Path(__file__).parents[1]


def draw_nothing_of_our_sources() -> None:
    """Keep Hypothesis from drawing words and numbers that stand in this package.

    It reads them in every module that lies outside site-packages. A seed would then bring other inputs from a checkout
    than from a wheel, and other ones after any change of our code; and each run would read all of it first.
    """
    providers.is_local_module_file = _is_local_elsewhere  # type: ignore[attr-defined]  # there is no setting for it


@cache
def _is_local_elsewhere(path: str) -> bool:
    return not Path(path).is_relative_to(PACKAGE) and is_local_module_file(path)
