"""A generated value and the class that it was drawn from."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar, cast

from hypothesis import strategies as st

T = TypeVar("T")
H = TypeVar("H", bound=Hashable)

built_once = lru_cache(maxsize=32)
"""For a function that builds a strategy: every example of a run draws from the same one, and building is dear."""

_kept = lru_cache(maxsize=4_096)


def one_of(*values: H) -> st.SearchStrategy[H]:
    """Any of these values, which shrink towards the first. For drawing inside a composite: it is built once."""
    return cast("st.SearchStrategy[H]", _one_of(*values))


@_kept
def _one_of(*values: Hashable) -> st.SearchStrategy[Hashable]:
    return st.sampled_from(values)


@_kept
def numbers(least: int, most: int) -> st.SearchStrategy[int]:
    """Any integer from `least` to `most`. For drawing inside a composite: it is built once."""
    return st.integers(least, most)


@_kept
def orders(size: int) -> st.SearchStrategy[list[int]]:
    """The indices of a sequence of this size in any order. For drawing inside a composite: it is built once."""
    return st.permutations(range(size))


@dataclass(frozen=True, slots=True)
class Generated(Generic[T]):
    """What was drawn, and from which class, so that a run can say how its inputs were spread."""

    value: T
    kind: str


@dataclass(frozen=True, slots=True)
class Genuine:
    """Credentials that are accepted, of which everything else is a corruption."""

    token: str
    tenant_id: str
    org_id: str


def of_kinds(kinds: Mapping[str, st.SearchStrategy[T]]) -> st.SearchStrategy[Generated[T]]:
    """Any of these classes, each as likely as the next; a failure shrinks towards the first."""
    # Not st.one_of, which weighs a class by the number of alternatives that it finds inside.
    names = st.sampled_from(tuple(kinds))

    @st.composite
    def of_a_kind(draw: st.DrawFn) -> Generated[T]:
        kind = draw(names)
        return Generated(draw(kinds[kind]), kind)

    return of_a_kind()


def in_any_order(one: st.SearchStrategy[T], other: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """One of each, in either order."""
    return st.tuples(one, other, st.booleans()).map(lambda drawn: drawn[1::-1] if drawn[2] else drawn[:2])


_SENDABLE = re.compile(r"([^\0\s]+([ \t]+[^\0\s]+)*)?")


def sendable(value: str) -> bool:
    """Whether an ordinary HTTP client sends this field value (RFC 9110 §5.5): one octet a character, nothing
    that ends a line, no blanks at either end."""
    return all(ord(char) < 256 for char in value) and _SENDABLE.fullmatch(value) is not None


EITHER = st.booleans()

PRINTABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
"""Any printable ASCII character other than the blank."""

WORDS = st.text(PRINTABLE, min_size=1, max_size=20)
"""Short printable text without blanks."""
