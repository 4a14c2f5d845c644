"""The guide's side of the contract: what each of its sentences demands, and which rules judge that."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.contract.rules import ContractError, Force
from conformance.toml.schema import FORBID_UNKNOWN, Problem, Words, parse

SOURCE = "requirements.toml"


class Actor(StrEnum):
    """Of whom something is demanded."""

    SERVER = "server"
    CLIENT = "client"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that the guide demands, in our own words."""

    __pydantic_config__ = FORBID_UNKNOWN
    id: Words
    section: Words
    """The guide's heading."""
    place: Words
    """Paragraph and sentence there, or the row of a table."""
    actor: Actor
    force: Force
    sentence: Words
    rules: tuple[Words, ...] = ()
    """The rules that judge it, by id."""
    untestable: str | None = None
    """Why no rule does, if none does."""


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = FORBID_UNKNOWN
    requirement: tuple[Requirement, ...]


@cache
def load_requirements() -> tuple[Requirement, ...]:
    """Returns the requirements that are shipped, in the order of the guide; tests hold the file to its form."""
    text = files("conformance.contract").joinpath("data", SOURCE).read_text("utf-8")
    return tuple(map(_requirement, tomllib.loads(text)["requirement"]))


def parse_requirements(text: str, source: str = SOURCE) -> tuple[Requirement, ...]:
    """Returns the requirements of a text; raises ContractError, which names every wrong key and the text's `source`."""
    return parse(_File, text, source, ContractError, _contradictions).requirement


def _requirement(entry: Mapping[str, Any]) -> Requirement:
    read = {"actor": Actor(entry["actor"]), "force": Force(entry["force"]), "rules": tuple(entry.get("rules", ()))}
    return Requirement(**{**entry, **read})


def _contradictions(file: _File) -> Iterator[Problem]:
    """What is wrong with requirements whose types are right."""
    ids: set[str] = set()
    for number, one in enumerate(file.requirement):
        if one.id in ids:
            yield ("requirement", number, "id"), f"{one.id} is given to two requirements; an id is never used again"
        ids.add(one.id)
        if bool(one.rules) == bool(one.untestable):
            yield ("requirement", number), "needs either the rules that judge it, or why it is untestable"
        if len(set(one.rules)) < len(one.rules):
            yield ("requirement", number, "rules"), "names a rule twice"
        if one.actor is Actor.PERSON and one.rules:
            yield ("requirement", number, "rules"), "judge a server or a client, and never a person"
