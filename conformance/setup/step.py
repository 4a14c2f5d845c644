"""One step of an examination: what was asked, what came, and which key of the profile is to be mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """What a step came to."""

    RIGHT = "right"
    WRONG = "wrong"
    """The profile says something that is not so."""
    BLOCKED = "blocked"
    """Nothing further can be asked, and a run could judge nothing."""
    DOUBTFUL = "doubtful"
    """It cannot be told from here whether the profile or the target is wrong, or a run may fall short of it."""
    ABSENT = "absent"
    """The profile does not say it, or it cannot be asked."""


@dataclass(frozen=True, slots=True)
class ProfileStep:
    """A step that was taken."""

    name: str
    """The key of the profile, or what was looked at."""
    state: State
    came: str
    """What was asked, and what came of it."""
    mend: str | None = None
    """The key to mend, and how."""


def right(name: str, came: str) -> ProfileStep:
    return ProfileStep(name, State.RIGHT, came)


def wrong(name: str, came: str, mend: str) -> ProfileStep:
    return ProfileStep(name, State.WRONG, came, mend)


def blocked(name: str, came: str, mend: str) -> ProfileStep:
    return ProfileStep(name, State.BLOCKED, came, mend)


def in_doubt(name: str, came: str, mend: str) -> ProfileStep:
    return ProfileStep(name, State.DOUBTFUL, came, mend)


def absent(name: str, came: str = "not supplied") -> ProfileStep:
    return ProfileStep(name, State.ABSENT, came)
