"""What `init adapter` writes: a folder with an adapter that works as it stands, in one of several languages."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.evidence.files import write_whole

HERE = Path(__file__).parent
SKELETONS = HERE / "skeletons"
PACKAGE = HERE.parent
RUNTIME = {
    "go": ("go/serve.go",),
    "java": ("java/Json.java", "java/Protocol.java"),
    "node": ("node/serve.mjs",),
    "php": ("php/serve.php",),
    "ruby": ("ruby/serve.rb",),
    "rust": ("rust/serve.rs",),
    "shell": ("shell/serve.sh",),
}
"""The files that speak the protocol; a wheel has them among its examples, a checkout among its fixtures."""
TOOLS = {
    "go": ("go",),
    "java": ("javac", "java"),
    "node": ("node",),
    "php": ("php",),
    "python": ("python3",),
    "ruby": ("ruby",),
    "rust": ("cargo",),
    "shell": ("bash", "curl", "jq"),
}
"""The programs that an adapter needs, by its language."""
LOOP = PACKAGE / "client" / "adapters" / "python_loop.py"


class AdapterFolderError(ValueError):
    """The folder cannot be filled; the message says why."""


def write_adapter(language: str, folder: Path) -> tuple[Path, ...]:
    """Fill the folder, which is made if it is missing; returns its files.

    Raises AdapterFolderError if something of it is there already, and OSError if it cannot be written.
    """
    sources = [*sorted((SKELETONS / language).iterdir()), *_runtime(language)]
    taken = [one.name for one in sources if (folder / one.name).exists()]
    if taken:
        raise AdapterFolderError(f"{folder}: has {' and '.join(taken)} already; name another folder by -o")
    folder.mkdir(parents=True, exist_ok=True)
    for one in sources:
        write_whole(folder / one.name, one.read_text("utf-8"))
    return tuple(folder / one.name for one in sources)


def _runtime(language: str) -> tuple[Path, ...]:
    if language == "python":
        return (LOOP,)
    places = (PACKAGE / "examples" / "adapters", PACKAGE.parent / "fixtures" / "adapters" / "runtime")
    place = next(one for one in places if one.is_dir())
    return tuple(place / name for name in RUNTIME[language])


def tool_missing(language: str) -> str | None:
    """A program that the adapter needs and that this machine lacks; None if all are there."""
    return next((tool for tool in TOOLS[language] if shutil.which(tool) is None), None)
