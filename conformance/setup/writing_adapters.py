"""What `init adapter` writes: a folder with an adapter that works as it stands, in one of several languages."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.evidence.files import write_whole

HERE = Path(__file__).parent
SKELETONS = HERE / "skeletons"
PACKAGE = HERE.parent
RUNTIME = {"go": "go/serve.go", "node": "node/serve.mjs"}
"""The file that speaks the protocol; a wheel has it among its examples, a checkout among its fixtures."""
LOOP = PACKAGE / "client" / "adapters" / "python_loop.py"


class AdapterFolderError(ValueError):
    """The folder cannot be filled; the message says why."""


def write_adapter(language: str, folder: Path) -> tuple[Path, ...]:
    """Fill the folder, which is made if it is missing; returns its files.

    Raises AdapterFolderError if something of it is there already, and OSError if it cannot be written.
    """
    sources = [*sorted((SKELETONS / language).iterdir()), _runtime(language)]
    taken = [one.name for one in sources if (folder / one.name).exists()]
    if taken:
        raise AdapterFolderError(f"{folder}: has {' and '.join(taken)} already; name another folder by -o")
    folder.mkdir(parents=True, exist_ok=True)
    for one in sources:
        write_whole(folder / one.name, one.read_text("utf-8"))
    return tuple(folder / one.name for one in sources)


def _runtime(language: str) -> Path:
    if language == "python":
        return LOOP
    places = (PACKAGE / "examples" / "adapters", PACKAGE.parent / "fixtures" / "adapters" / "runtime")
    return next(found for place in places if (found := place / RUNTIME[language]).is_file())


def tool_missing(language: str) -> str | None:
    """The program that the adapter needs and that this machine lacks; None if it is there."""
    tool = {"go": "go", "node": "node", "python": "python3"}[language]
    return None if shutil.which(tool) else tool
