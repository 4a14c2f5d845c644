"""Whether a pytest run is a conformance run at all. Asked in every one, so it imports next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.config.declared import CLIENT, OPTIONS, SERVER

if TYPE_CHECKING:
    import argparse

    import pytest


def suite_of(config: pytest.Config) -> str | None:
    """Returns the suite that this pytest run is for, "server" or "client", or None if it is no conformance run."""
    option = config.option
    arguments = [str(argument) for argument in config.args]
    if _given(option, CLIENT) or any("conformance.client" in argument for argument in arguments):
        return CLIENT[0]
    if _given(option, SERVER) or option.synq_mock or any("conformance.server" in argument for argument in arguments):
        return SERVER[0]
    return None


def _given(option: argparse.Namespace, roles: tuple[str, ...]) -> bool:
    """Whether an option of this suite alone was given; an empty value was given as well."""
    values = (getattr(option, declared.dest) for declared in OPTIONS if declared.roles == roles)
    return any(value not in (None, False, []) for value in values)
