"""What a fault is, and how it gets its name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.mock.call import Steps, Synq

Mutation = Callable[[Steps], Steps]

DRAWS = {"header-combinations": "every-method"}
"""The generated requests of the first rule are drawn for the second as well, with a method and a path besides."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way of getting the contract wrong."""

    name: str
    rule: str
    """The rule it breaks."""
    also_breaks: tuple[str, ...]
    """Rules that fail as a direct result."""
    by_chance: tuple[str, ...]
    """Rules that fail as well if generated inputs come upon it, which does not happen in every run."""
    doc: str
    mutate: Mutation
    """From the steps as they are to the steps gone wrong; what it remembers starts afresh with each call."""
    socket: bool = False
    """Whether it shows on a real connection only."""


FAULTS: dict[str, Fault] = {}
"""Every fault by its name."""


def fault(
    rule: str, *, also_breaks: tuple[str, ...] = (), by_chance: tuple[str, ...] = (), socket: bool = False
) -> Callable[[Mutation], Mutation]:
    """Register the decorated function as a fault that breaks this rule; its name is the function's."""

    def register(mutate: Mutation) -> Mutation:
        name = mutate.__name__.replace("_", "-")
        if name in FAULTS:
            raise ValueError(f"{name}: two faults have this name")
        if not mutate.__doc__:
            raise ValueError(f"{name}: a fault says in its docstring what it does")
        follows = tuple(one for one in also_breaks if one != rule)
        drawn = tuple(DRAWS[one] for one in (rule, *also_breaks) if one in DRAWS)
        does = inspect.cleandoc(mutate.__doc__)
        FAULTS[name] = Fault(name, rule, follows, (*by_chance, *drawn), does, mutate, socket)
        return mutate

    return register


def apply_fault(synq: Synq, name: str) -> None:
    """Give this Synq the fault; raises KeyError if there is no such fault. Several faults add up."""
    synq.steps = FAULTS[name].mutate(synq.steps)


def fault_listing() -> Iterator[str]:
    """Every fault on a line: its name, the rule it breaks, and what it does."""
    longest_name = max(map(len, FAULTS))
    longest_rule = max(len(one.rule) for one in FAULTS.values())
    for name, one in sorted(FAULTS.items()):
        yield f"{name:<{longest_name}}  {one.rule:<{longest_rule}}  {one.doc}"
