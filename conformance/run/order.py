"""In which order the cases of a run are judged: those that tell most come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from conformance.contract.rules import Level, Rule
from conformance.run.cases import rule_id


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The place of a case in the order; the smaller, the earlier."""

    last: bool
    """Whether its check must come after all others."""
    wrong_sign_in: bool
    """Whether it sends wrong passwords, more than one plain one: the account may be locked after so many."""
    long: bool
    """Whether it takes long, as all do whose inputs are generated: what is listed finds most of what there is."""
    turn: int
    """The first case of every check comes before the second of any; between them are those of open doors."""
    many: bool
    """Whether it sends a dozen requests or more: within its turn, what is cheap finds most of what there is."""
    beyond_plain: bool
    """Whether it takes more to see a breach than one plain request."""
    level: int
    """What is required comes before what is good practice."""


def most_telling_first(items: Iterable[pytest.Item], rules: Mapping[str, Rule]) -> list[pytest.Item]:
    """The items so that a breach of any rule shows early in the run, and of what is required first."""
    levels = {level: place for place, level in enumerate(Level)}
    turns: Counter[tuple[str, str]] = Counter()
    placed: list[tuple[Place, pytest.Item]] = []
    for item in items:
        check = rule_id(item), item.nodeid.partition("[")[0]
        long = _marked(item, "synq_generated") or _marked(item, "synq_long")
        plain = _marked(item, "synq_plain")
        place = Place(
            last=_marked(item, "synq_last"),
            wrong_sign_in=_marked(item, "synq_wrong_sign_in") and not (plain and not turns[check]),
            long=long,
            turn=_turn(turns[check], doors=_marked(item, "synq_doors")),
            many=_marked(item, "synq_many"),
            beyond_plain=not plain,
            level=levels[rules[check[0]].level],
        )
        placed.append((place, item))
        turns[check] += 1
    return [item for _, item in sorted(placed, key=lambda one: one[0])]


def _turn(earlier: int, *, doors: bool) -> int:
    """The turn of a case with so many earlier ones of its check."""
    if not earlier:
        return 0
    return 1 if doors else earlier + 1


def _marked(item: pytest.Item, name: str) -> bool:
    return item.get_closest_marker(name) is not None
