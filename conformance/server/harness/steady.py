"""What can be read of the target, read twice before anything is asked: a change is told from what changes by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange, Failure
from conformance.server.harness.json_body import differ_in_values_alone, in_one_order, says_the_same

Shown = tuple[tuple[int | str, bytes], ...]
"""Outcome and body of each answer, or a text that was found and where."""
Look = Callable[[], Shown]


@dataclass(frozen=True, slots=True)
class Steady:
    """What was there, seen twice."""

    first: Shown
    again: Shown

    @property
    def tells(self) -> bool:
        """Whether a change could be told: the two looks differ in values alone, and not in all of them."""
        pairs = zip(self.first, self.again, strict=True)
        return all(
            outcome == outcome_again
            and (in_one_order(body) == in_one_order(body_again) or differ_in_values_alone(body, body_again))
            for (outcome, body), (outcome_again, body_again) in pairs
        )

    def same(self, later: Shown) -> bool:
        """Whether the same is there later, apart from values that differed between the first two looks."""
        return all(
            (one[0], len(later)) == (then[0], len(self.first)) and says_the_same(then[1], one[1], two[1])
            for one, two, then in zip(self.first, self.again, later, strict=True)
        )

    def same_if_asked_again(self, look: Look) -> bool:
        """Whether the same is there later. A change is looked at twice: one that is gone again was the line's.

        Raises NotAssessed if what is there cannot be read any more, which is no change of it.
        """
        if self.same(look()):
            return True
        later = look()
        broken = [seen for seen, _ in later if (seen >= 500 if isinstance(seen, int) else seen in tuple(Failure))]
        if broken:
            raise NotAssessed(f"what can be read was answered {broken[0]} afterwards, so no change of it could be told")
        return self.same(later)


def steady(look: Look, what: str) -> Steady:
    """Returns what is there; raises NotAssessed, with `what` it is, if a change of it could not be told."""
    seen = Steady(look(), look())
    if not seen.tells:
        raise NotAssessed(f"{what} is not the same twice, so no change of it could be told")
    return seen


def shown_in(*exchanges: Exchange) -> Shown:
    """What these answers show."""
    return tuple((one.outcome, one.body) for one in exchanges)
