"""The contract as data: rules, their levels and their sections, read from contract.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files


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
        """The rule of this id; KeyError where the contract has none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def of(self, role: Role) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.role is role)


class ContractError(ValueError):
    """The contract file is not what the suite can judge by."""


def parse_contract(text: str) -> Contract:
    """Read a contract; ContractError names the entry that is wrong."""
    data = tomllib.loads(text)
    sections = {
        key: Section(key, Role(entry["role"]), entry["title"]) for key, entry in data["section"].items()
    }
    rules: dict[str, Rule] = {}
    for entry in data["rule"]:
        rule = _rule(entry, sections)
        if rule.id in rules:
            raise ContractError(f"{rule.id}: the id is given to two rules")
        rules[rule.id] = rule
    return Contract(data["version"], tuple(sections.values()), tuple(rules.values()))


def _rule(entry: dict[str, object], sections: dict[str, Section]) -> Rule:
    name = entry.get("id", "a rule without an id")
    known = {field.name for field in fields(Rule)}
    if surplus := set(entry) - known:
        raise ContractError(f"{name}: unknown key {min(surplus)}")
    try:
        section = sections[str(entry["section"])]
        rule = Rule(
            id=str(entry["id"]),
            role=Role(str(entry["role"])),
            level=Level(str(entry["level"])),
            basis=Basis(str(entry["basis"])),
            section=section,
            references=_strings(entry["references"]),
            sentence=str(entry["sentence"]),
            needs=tuple(frozenset(need.split(" | ")) for need in _strings(entry["needs"])),
            cases=int(str(entry["cases"])),
            force=_force(entry.get("force", {})),
            **{key: str(entry[key]) for key in ("sent", "right", "why", "causes", "fix") if key in entry},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ContractError(f"{name}: {error}") from error
    if rule.section.role is not rule.role:
        raise ContractError(f"{name}: section {section.key} is for {section.role} rules")
    if surplus := set(rule.force) - set(rule.references):
        raise ContractError(f"{name}: force names {min(surplus)}, which is not among its references")
    if rule.level is Level.STANDARD and rule.basis is Basis.STANDARD:
        silent = [one for one in rule.references if one.startswith("RFC ") and one not in rule.force]
        if silent:
            raise ContractError(f"{name}: force does not say how strongly {silent[0]} demands it")
    if rule.cases < 1:
        raise ContractError(f"{name}: cases must be at least 1")
    return rule


def _force(value: object) -> dict[str, Force]:
    if not isinstance(value, dict):
        raise TypeError(f"force must be a table of references, not {value!r}")
    return {str(reference): Force(str(word)) for reference, word in value.items()}


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"a list of strings was expected, not {value!r}")
    return tuple(str(item) for item in value)


@cache
def load_contract() -> Contract:
    """The contract that this suite was shipped with."""
    return parse_contract(files("conformance.contract").joinpath("contract.toml").read_text("utf-8"))
