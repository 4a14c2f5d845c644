"""Sessions that take place once, however many rules look at them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from conformance.evidence.judge import CallerLeft, NotAssessed

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """What came of each session, by what is particular about it; an error is raised each time it is asked for."""

    def __init__(self, play: Callable[[K], V]) -> None:
        self._play = play
        self._past: dict[K, V | Exception] = {}
        self._found_by: dict[K, str] = {}

    def of(self, key: K, asker: str = "") -> V:
        """What came of it; raises what it ended in.

        If a caller was left, that is a finding of the first who asks, as often as this one does, and of no other.
        """
        if key not in self._past:
            try:
                self._past[key] = self._play(key)
            except CallerLeft as left:
                self._past[key], self._found_by[key] = left, asker
                raise
            except Exception as error:  # noqa: BLE001 - kept, to be raised below for each rule that asks
                self._past[key] = error
        past = self._past[key]
        if isinstance(past, CallerLeft) and (not asker or asker != self._found_by[key]):
            raise NotAssessed(past.unjudged)
        if isinstance(past, Exception):
            raise past
        return past
