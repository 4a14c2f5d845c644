"""Secrets in other text, whole or cut: an altered token is still most of the genuine one."""

from __future__ import annotations

from dataclasses import dataclass

BLOCK = 6
SHORTEST = 2 * BLOCK - 1
"""Characters of a secret in a row that are found wherever they stand: so many always hold a whole block."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of a secret in a row, as a text has them."""

    start: int
    """In the text."""
    end: int
    secret: str
    at: int
    """The place in the secret where they begin."""

    @property
    def length(self) -> int:
        return self.end - self.start


class Cuts:
    """Finds runs of secrets in text, in time that is linear in the text."""

    def __init__(self) -> None:
        self._blocks: dict[str, dict[str, tuple[str, int]]] = {}
        """Every sixth place of every secret by the six characters there, and by what stands around them."""

    def add(self, secret: str, start: int = 0) -> set[str]:
        """From here on runs of this secret are found; what stands before `start` is public and no run by itself.

        Returns the blocks by which they are found: a text that holds none of them holds no run of this secret.
        """
        blocks: set[str] = set()
        for at in range(start, len(secret) - BLOCK + 1, BLOCK):
            # Tokens of one account begin alike: what looks the same all around finds the same runs.
            around, block = secret[max(0, at - BLOCK) : at + 2 * BLOCK], secret[at : at + BLOCK]
            self._blocks.setdefault(block, {}).setdefault(around, (secret, at))
            blocks.add(block)
        return blocks

    def runs(self, text: str) -> list[Stretch]:
        """The runs in the text, from left to right; none overlaps another."""
        found: list[Stretch] = []
        if not self._blocks:
            return found
        known, place, free, last = self._blocks.get, 0, 0, len(text) - BLOCK
        while place <= last:
            owners = known(text[place : place + BLOCK])
            if owners is None:
                place += 1
                continue
            longest = max((_extended(text, place, free, *owner) for owner in owners.values()), key=_length)
            if longest.length >= SHORTEST:
                found.append(longest)
                place = free = longest.end
            else:
                place += 1
        return found


def blocks_in(text: str) -> set[str]:
    """All that may be a block of a secret in this text."""
    return {text[place : place + BLOCK] for place in range(len(text) - BLOCK + 1)}


def _length(run: Stretch) -> int:
    return run.length


def _extended(text: str, place: int, free: int, secret: str, at: int) -> Stretch:
    """The longest run around this block that begins no earlier than `free`."""
    rest = secret[at + BLOCK :]  # no more of the text is looked at than of the secret, however long the text is
    before = _alike(text[max(free, place - at) : place][::-1], secret[:at][::-1])
    behind = _alike(text[place + BLOCK : place + BLOCK + len(rest)], rest)
    return Stretch(place - before, place + BLOCK + behind, secret, at - before)


def _alike(one: str, other: str) -> int:
    """With how many characters both begin."""
    least, most = 0, min(len(one), len(other))
    while least < most:  # halved: comparing slices beats comparing characters
        middle = (least + most + 1) // 2
        least, most = (middle, most) if one[least:middle] == other[least:middle] else (least, middle - 1)
    return least
