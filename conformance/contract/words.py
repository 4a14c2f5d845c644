"""Words that go with numbers. Pure."""

from __future__ import annotations


def plural(number: int, noun: str, many: str | None = None) -> str:
    """A number and its noun: 1 rule, 2 rules, 1,000 rules."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"
