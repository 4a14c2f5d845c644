"""The README of each room: what lives there, what it may import, and its modules in a sentence each."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from conformance.report.markup import inline
from conformance.selftest.reference.checks_of_rules import PACKAGE

ROOT = Path(__file__).parents[3]


def layers() -> list[list[str]]:
    """The rooms, those that may import all others first; rooms of one layer do not import each other."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [[room.removeprefix("conformance.") for room in layer.split(" | ")] for layer in found]


def room_pages() -> dict[str, str]:
    """The pages by their names from the package's folder on."""
    rooms = [room for layer in layers() for room in layer if (PACKAGE / room).is_dir()]
    return {f"{room}/README.md": _page(room) for room in rooms}


def _page(room: str) -> str:
    below = _below(room)
    imports = (
        f"It may import {', '.join(f'[{one}](../{one}/README.md)' for one in below)}."
        if below
        else "It imports no other room."
    )
    modules = "\n".join(_modules(PACKAGE / room))
    parts = (f"# {room}", inline(doc_of(PACKAGE / room / "__init__.py"), 500), imports, modules)
    note = "Made by `python -m conformance.selftest.generated` from what the modules say of themselves."
    return "\n\n".join((*parts, note)) + "\n"


def _below(room: str) -> list[str]:
    found = layers()
    (place,) = (number for number, layer in enumerate(found) if room in layer)
    return [one for layer in found[place + 1 :] for one in layer if (PACKAGE / one).is_dir()]


def _modules(folder: Path) -> Iterator[str]:
    """A line for each module, and for each folder of modules."""
    yield "| | |"
    yield "| --- | --- |"
    for path in sorted(folder.iterdir()):
        inside = path / "__init__.py"
        if path.suffix == ".py" and path.name != "__init__.py":
            yield f"| [{path.name}]({path.name}) | {inline(doc_of(path), 500)} |"
        elif inside.is_file():
            yield f"| [{path.name}/]({path.name}) | {inline(doc_of(inside), 500)} |"


def doc_of(path: Path) -> str:
    """The first paragraph of what a module says of itself, on one line."""
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(doc.split("\n\n")[0].split())
