"""Texts that are known to hold no secret: the same fields and bodies come by the thousand."""

from __future__ import annotations

from conformance.evidence.cuts import blocks_in

REMEMBERED = 200_000
"""Characters of all texts together, beyond which they are forgotten and looked through once more."""


class Harmless:
    """Remembers texts, and can say whether a new secret may be in one of them."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._blocks: set[str] = set()
        """All that may be a block of a secret in them."""
        self._characters = 0
        """Of all of them."""

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def add(self, text: str) -> None:
        """From here on this text is known."""
        if self._characters > REMEMBERED:
            self.forget()
        self._texts.add(text)
        self._blocks |= blocks_in(text)
        self._characters += len(text)

    def may_hold(self, blocks: set[str]) -> bool:
        """Whether one of the texts has one of a secret's blocks."""
        return not self._blocks.isdisjoint(blocks)

    def forget(self) -> None:
        """Know no text any more."""
        self._texts.clear()
        self._blocks.clear()
        self._characters = 0
