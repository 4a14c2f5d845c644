"""Which value each option has, and what said it: the command line, a variable, the profile, or its default."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.config.declared import CONSOLE, OPTIONS, PROFILE_FILE, Option, OptionKind
from conformance.contract.rules import Role

_NAMING_SERVERS = ("url", "profile", "embedded", "mock", "fault")
"""Options that name a server: with one of them no profile is looked for."""


class OptionError(ValueError):
    """An option is not usable; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The options of a run."""

    option: argparse.Namespace
    origins: Mapping[str, str] = field(default_factory=dict)
    """By the names of options: what said it, if that is not the command line."""

    def placed(self, message: str) -> str:
        """The message, with what said the option that it begins with."""
        named = re.match(r"--([a-z-]+)", message)
        origin = self.origins.get(named[1]) if named else None
        return message if origin is None else f"{origin}: {message}"


def settled_options(option: argparse.Namespace, role: Role, environ: Mapping[str, str], folder: Path) -> Settled:
    """The options as they were given; each that was not is taken from its variable, else from `[run]` of the profile.

    Raises OptionError for one that is given and empty, as an undefined variable of a CI system is, and ProfileError if
    the profile's `[run]` cannot be used.
    """
    values = {one.name: getattr(option, one.dest, one.left_out) for one in (*OPTIONS, CONSOLE)}
    _must_not_be_empty(values)
    origins: dict[str, str] = {}
    if role is Role.SERVER and not any(values[name] for name in _NAMING_SERVERS):
        values["profile"], origins["profile"] = _profile(environ, folder)
    of_profile: dict[str, object] = {}
    if role is Role.SERVER and values["profile"]:
        from conformance.config.run_table import run_table  # late, to spare start-up

        of_profile = run_table(folder / str(values["profile"]), environ)
    for one in OPTIONS:
        if values[one.name] != one.left_out or one.name == "profile":
            continue
        if one.run_key is not None and one.variable is not None and one.variable in environ:
            values[one.name], origins[one.name] = _of_variable(one, one.variable, environ), one.variable
        elif one.name in of_profile:
            values[one.name], origins[one.name] = of_profile[one.name], f"{values['profile']}: run.{one.run_key}"
        elif one.default is not None:
            values[one.name] = one.default
    return Settled(argparse.Namespace(**{one.dest: values[one.name] for one in (*OPTIONS, CONSOLE)}), origins)


def _must_not_be_empty(values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if isinstance(value, str) and not value.strip():
            raise OptionError(f"--{name} is empty: give it a value, or leave it out")


def _profile(environ: Mapping[str, str], folder: Path) -> tuple[str | None, str]:
    """The profile of a run that names no target: of the variable, or the file that lies here or in a folder above."""
    named = environ.get("SYNQ_PROFILE")
    if named is not None and not named.strip():
        raise OptionError("SYNQ_PROFILE is empty: give it a value, or leave it out")
    if named is not None:
        return named, "SYNQ_PROFILE"
    places = (place / PROFILE_FILE for place in (folder, *folder.parents))
    found = next((place for place in places if place.is_file()), None)
    if found is None or environ.get("SYNQ_BASE_URL", "").strip():
        return None, "--profile"
    return str(found.relative_to(folder) if found.parent == folder else found), "found:"


def _of_variable(option: Option, name: str, environ: Mapping[str, str]) -> object:
    """The variable's value, of the option's kind; raises OptionError if it is of another."""
    text = environ[name].strip()
    if not text:
        raise OptionError(f"{name} is empty: give it a value, or leave it out")
    match option.kind:
        case OptionKind.MANY:
            return [one.strip() for one in text.split(",") if one.strip()]
        case OptionKind.NUMBER if not re.fullmatch(r"-?\d+", text, re.ASCII):
            raise OptionError(f"{name} {text}: must be a whole number")
        case OptionKind.NUMBER:
            return int(text)
        case OptionKind.CHOICE if text not in option.choices:
            raise OptionError(f"{name} {text}: must be one of {', '.join(option.choices)}")
    return text
