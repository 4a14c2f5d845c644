"""What a contract.toml must be: its keys and their types, and what no type tells."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from conformance.contract.rules import Basis, Contract, ContractError, Force, Level, Role, contract_of
from conformance.toml.schema import FORBID_UNKNOWN, Check, Problem, Words, meant, parse


def parse_contract(text: str, source: str = "contract.toml") -> Contract:
    """Returns the contract of a text; raises ContractError, which names every wrong key and the text's `source`."""
    parse(_File, text, source, ContractError, _contradictions)
    return contract_of(tomllib.loads(text))


def _at_least_one(value: int) -> int:
    if value < 1:
        raise ValueError("must be at least 1: a rule of which nothing was judged has not passed")
    return value


@dataclass(frozen=True, slots=True)
class _Section:
    __pydantic_config__ = FORBID_UNKNOWN
    role: Role
    title: Words


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a [[rule]] has; the fields that a Rule has as well mean the same there."""

    __pydantic_config__ = FORBID_UNKNOWN
    id: Words
    role: Role
    level: Level
    basis: Basis
    section: Words
    references: tuple[Words, ...]
    sentence: Words
    needs: tuple[Words, ...]
    cases: Annotated[int, Check(_at_least_one)]
    force: dict[str, Force] = field(default_factory=dict)
    moment: bool = False
    sent: str = ""
    right: str = ""
    why: str = ""
    causes: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = FORBID_UNKNOWN
    version: Words
    section: dict[str, _Section]
    rule: tuple[_Entry, ...]


def _contradictions(file: _File) -> Iterator[Problem]:
    """What is wrong with rules whose types are right."""
    ids: set[str] = set()
    for number, rule in enumerate(file.rule):
        if rule.id in ids:
            yield ("rule", number, "id"), f"{rule.id} is given to two rules; an id is never used again"
        ids.add(rule.id)
        section = file.section.get(rule.section)
        if section is None:
            hint = meant(rule.section, file.section, f"; there are {', '.join(file.section)}")
            yield ("rule", number, "section"), f"there is no [section.{rule.section}]{hint}"
        elif section.role is not rule.role:
            yield ("rule", number, "section"), f"{rule.section} is for {section.role} rules"
        for surplus in set(rule.force).difference(rule.references):
            yield ("rule", number, "force", surplus), "is not among the references of the rule"
        if rule.level is Level.STANDARD and rule.basis is Basis.STANDARD:
            for silent in (one for one in rule.references if one.startswith("RFC ") and one not in rule.force):
                yield ("rule", number, "force"), f"does not say how strongly {silent} demands it"
