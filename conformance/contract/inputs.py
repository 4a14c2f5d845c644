"""Inputs that can be added to: surroundings, spellings of paths, names for a scope, passwords that are nearly right.

Each has a name, a source that shows that real servers fall for it, and a line that says why. Those that are shipped
stand in the files of the folder `data`; a profile adds its own under `[inputs]`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Protocol

from conformance.toml.schema import FORBID_UNKNOWN, Words

DATA_FILES = ("surroundings.toml", "path-forms.toml", "scope-names.toml", "near-passwords.toml")


class Input(Protocol):
    """What every kind of input has."""

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def why(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Surrounding:
    """Fields besides the three that the caller chooses."""

    __pydantic_config__ = FORBID_UNKNOWN
    name: Words
    rule: Literal["override-headers", "surroundings"]
    source: Words
    why: Words
    fields: dict[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class PathForm:
    """A whole spelling of the protected path."""

    __pydantic_config__ = FORBID_UNKNOWN
    name: Words
    form: Words
    source: Words
    why: Words


@dataclass(frozen=True, slots=True)
class PathStep:
    """A spelling of one step up."""

    __pydantic_config__ = FORBID_UNKNOWN
    name: Words
    step: Words
    source: Words
    why: Words


@dataclass(frozen=True, slots=True)
class PathPrefix:
    """A path that guards usually leave open."""

    __pydantic_config__ = FORBID_UNKNOWN
    name: Words
    prefix: Words
    source: Words
    why: Words


@dataclass(frozen=True, slots=True)
class ScopeName:
    """A place and names for a tenant and an organization beside the two headers."""

    __pydantic_config__ = FORBID_UNKNOWN
    name: Words
    place: Literal["query", "cookie", "path", "header", "body"]
    tenant: Words
    org: Words
    source: Words
    why: Words


@dataclass(frozen=True, slots=True)
class NearPassword:
    """A password that is nearly the right one."""

    __pydantic_config__ = FORBID_UNKNOWN
    name: Words
    rule: Literal["password-exact", "password-loose"]
    source: Words
    why: Words
    value: Any = field(default="", hash=False)
    json: str | None = None
    """The value as JSON, if TOML has none like it."""

    @property
    def template(self) -> Any:  # noqa: ANN401 - any JSON
        return self.value if self.json is None else json.loads(self.json)


@dataclass(frozen=True, slots=True)
class Inputs:
    """A set of inputs: those of a data file, of a profile, or both."""

    __pydantic_config__ = FORBID_UNKNOWN
    surrounding: tuple[Surrounding, ...] = ()
    path_form: tuple[PathForm, ...] = ()
    path_step: tuple[PathStep, ...] = ()
    path_prefix: tuple[PathPrefix, ...] = ()
    scope_name: tuple[ScopeName, ...] = ()
    near_password: tuple[NearPassword, ...] = ()

    def with_those_of(self, other: Inputs) -> Inputs:
        """These and the other's; of two with one name the other's stays."""
        merged: dict[str, Any] = {
            each.name: _merged(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)
        }
        return Inputs(**merged)


NO_INPUTS = Inputs()


def _merged(ours: Sequence[Input], theirs: Sequence[Input]) -> tuple[Input, ...]:
    return tuple({one.name: one for one in (*ours, *theirs)}.values())


KINDS: dict[str, Callable[..., Input]] = {
    "surrounding": Surrounding,
    "path_form": PathForm,
    "path_step": PathStep,
    "path_prefix": PathPrefix,
    "scope_name": ScopeName,
    "near_password": NearPassword,
}


@cache
def shipped_inputs() -> Inputs:
    """Returns the inputs of the data files. These are held to their schema by the suite's own tests."""
    folder = files("conformance.contract").joinpath("data")
    tables = [tomllib.loads(folder.joinpath(name).read_text("utf-8")) for name in DATA_FILES]
    return inputs_of({kind: entries for table in tables for kind, entries in table.items()})


def inputs_of(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Inputs:
    """The inputs that a file of this content has; raises TypeError for an entry of another form."""
    made: dict[str, Any] = {kind: tuple(KINDS[kind](**entry) for entry in entries) for kind, entries in data.items()}
    return Inputs(**made)


SHOWN: dict[str, Callable[[Inputs], Sequence[Input]]] = {
    "override-headers": lambda inputs: _surroundings(inputs, "override-headers"),
    "surroundings": lambda inputs: _surroundings(inputs, "surroundings"),
    "every-path-form": lambda inputs: (*inputs.path_form, *inputs.path_step, *inputs.path_prefix),
    "scope-beside-headers": lambda inputs: scope_names(inputs, "query", "cookie", "path", "header"),
    "scope-beside-write": lambda inputs: scope_names(inputs, "body"),
    "scope-field-name": lambda inputs: scope_names(inputs, "header"),
    "password-exact": lambda inputs: _near_passwords(inputs, "password-exact"),
    "password-loose": lambda inputs: _near_passwords(inputs, "password-loose"),
}
"""The inputs that are tried for a rule, by the rule's id."""


def _surroundings(inputs: Inputs, rule: str) -> tuple[Surrounding, ...]:
    return tuple(one for one in inputs.surrounding if one.rule == rule)


def _near_passwords(inputs: Inputs, rule: str) -> tuple[NearPassword, ...]:
    return tuple(one for one in inputs.near_password if one.rule == rule)


def scope_names(inputs: Inputs, *places: str) -> tuple[ScopeName, ...]:
    """The names for a scope in these places."""
    return tuple(one for one in inputs.scope_name if one.place in places)
