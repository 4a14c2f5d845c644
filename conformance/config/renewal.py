"""A token that a command of the profile prints: asked for again once it runs out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.config.value_sources import resolve


@dataclass(frozen=True, slots=True)
class TokenCommand:
    """The command, and the folder in which it runs."""

    command: str
    folder: str

    def token(self) -> str:
        """Returns what it prints now; raises SourceError if that is nothing."""
        return str(resolve({"command": self.command}, Path(self.folder), os.environ)).strip()


def token_command(tokens: Any, folder: Path) -> TokenCommand | None:  # noqa: ANN401 - a table of any TOML file
    """How the table of tokens has its valid one printed; None if it comes from elsewhere."""
    match tokens:
        case {"valid": {"command": str(command), **more}} if not more:
            return TokenCommand(command, str(folder.resolve()))
    return None
