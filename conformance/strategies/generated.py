"""A generated value and the class that it was drawn from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

built_once = lru_cache(maxsize=32)
"""For a function that builds a strategy: every example of a run draws from the same one, and building is dear."""


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


@st.composite
def of_kinds(draw: st.DrawFn, kinds: Mapping[str, st.SearchStrategy[T]]) -> Generated[T]:
    """Any of these classes, each as likely as the next; a failure shrinks towards the first."""
    # Not one_of, which weighs a class by the number of alternatives that it finds inside.
    kind = draw(st.sampled_from(list(kinds)))
    return Generated(draw(kinds[kind]), kind)


_SENDABLE = re.compile(r"([^\0\s]+([ \t]+[^\0\s]+)*)?")


def sendable(value: str) -> bool:
    """Whether an ordinary HTTP client sends this field value (RFC 9110 §5.5): one octet a character, nothing
    that ends a line, no blanks at either end."""
    return all(ord(char) < 256 for char in value) and _SENDABLE.fullmatch(value) is not None


PRINTABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
"""Any printable ASCII character other than the blank."""

WORDS = st.text(PRINTABLE, min_size=1, max_size=20)
"""Short printable text without blanks."""
