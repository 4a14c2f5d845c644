"""How an embedded Synq that is served introduces itself: by JSON, by lines for a shell, and by a profile."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

from conformance.config.profile import VARIABLES
from conformance.evidence.files import write_whole
from conformance.mock.command import Profile, introduction
from conformance.setup.profile_text import profile_text

SERVED = "Of an embedded Synq while it is served; another one has other tokens and keys."


def introducing(write_profile: Path | None, *, env: bool) -> Callable[[Profile], str]:
    """What to print of it; a profile is written at the same time if a file is named. Raises OSError if it cannot be."""

    def introduced(profile: Profile) -> str:
        if write_profile is not None:
            write_whole(write_profile, profile_text(profile, SERVED))
        return "\n".join(_shell_lines(profile)) if env else introduction(profile)

    return introduced


def _shell_lines(profile: Profile) -> Iterator[str]:
    """The variables that name it, and those that stand for its tokens in the command of a finding."""
    for name, key in VARIABLES.items():
        table, _, each = key.partition(".")
        yield f"export {name}={shlex.quote(str(profile[table][each]))}"
    for name, token in profile["tokens"].items():
        if name != "valid":
            yield f"export SYNQ_TOKEN_{name.upper()}={shlex.quote(token)}"
