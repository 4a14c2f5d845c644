"""The contract as data: rules, their levels and their sections, read from contract.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Role(StrEnum):
    """Who the rule speaks of."""

    SERVER = "server"
    CLIENT = "client"


class Level(StrEnum):
    """How much a failure weighs, heaviest first."""

    REQUIRED = "required"
    STANDARD = "standard"
    HARDENING = "hardening"

    def includes(self, other: Level) -> bool:
        """Whether a run at this level also answers for rules at the other."""
        order = tuple(Level)
        return order.index(other) <= order.index(self)


class Basis(StrEnum):
    """What the rule rests on."""

    DOCUMENTED = "documented"
    STANDARD = "standard"
    ASSUMPTION = "assumption"


class Force(StrEnum):
    """How strongly a source demands what a rule rests on: the key words of RFC 2119, or a plain statement."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"
    DEFINITION = "by definition"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the contract, and of the report."""

    key: str
    role: Role
    title: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be true or false of a target."""

    id: str
    role: Role
    level: Level
    basis: Basis
    section: Section
    references: tuple[str, ...]
    sentence: str
    needs: tuple[frozenset[str], ...]
    """Capabilities of the target: of every set at least one must be there."""
    cases: int
    """The least number of judged cases without which the rule cannot count as passed."""
    force: Mapping[str, Force] = field(default_factory=dict, hash=False)
    """Of references that say how strongly they demand it. A standard rule has it for every RFC section."""
    moment: bool = False
    """Whether it is about a moment that does not come back, so that a breach counts although it is not seen again."""
    sent: str = ""
    right: str = ""
    why: str = ""
    causes: str = ""
    fix: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The references as a reader is shown them, such as "RFC 6750 §3.1, SHOULD NOT"."""
        return tuple(f"{one}, {self.force[one]}" if one in self.force else one for one in self.references)

    def unmet(self, capabilities: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The needs that these capabilities leave open."""
        return tuple(need for need in self.needs if not need & capabilities)


@dataclass(frozen=True, slots=True)
class Contract:
    """Every rule, in the order in which the file has them."""

    version: str
    sections: tuple[Section, ...]
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule:
        """Returns the rule of this id; raises KeyError if the contract has no such rule."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def of(self, role: Role) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.role is role)


class ContractError(ValueError):
    """The contract file is not what the suite can judge by: a line for each problem, with the file and the key."""


@cache
def load_contract() -> Contract:
    """Returns the contract that this suite was shipped with; raises ContractError if its file is no longer one.

    The file is not held to its schema here, which would take longer than all the rest of listing the rules, but by the
    suite's own tests.
    """
    return contract_of(tomllib.loads(files("conformance.contract").joinpath("contract.toml").read_text("utf-8")))


def contract_of(data: Mapping[str, Any]) -> Contract:
    """Returns the contract that a file of this content states; raises ContractError, which names the wrong rule."""
    sections = {
        key: Section(key, Role(entry["role"]), entry["title"]) for key, entry in data["section"].items()
    }
    rules = tuple(_rule(entry, sections) for entry in data["rule"])
    return Contract(data["version"], tuple(sections.values()), rules)


def _rule(entry: Mapping[str, Any], sections: Mapping[str, Section]) -> Rule:
    try:
        read = {
            "section": sections[entry["section"]],
            "role": Role(entry["role"]),
            "level": Level(entry["level"]),
            "basis": Basis(entry["basis"]),
            "references": tuple(entry["references"]),
            "needs": tuple(frozenset(need.split(" | ")) for need in entry["needs"]),
            "force": {reference: Force(word) for reference, word in entry.get("force", {}).items()},
        }
        return Rule(**{**entry, **read})
    except (KeyError, TypeError, ValueError) as error:
        raise ContractError(f"contract.toml: rule[{entry.get('id')}]: {error!r}") from error
