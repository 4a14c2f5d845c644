"""What mutmut left behind, told by what a mutant changes and not by its number, and what is known of it."""

from __future__ import annotations

import ast
import difflib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KILLED = frozenset({1, 3, 24, 36, 152, 255, -24})
"""Exit codes of tests that saw the mutant: a red test, pytest's own error, time that ran out."""
ORIGINAL = "orig"
INFIX = "__mutmut_"


class NotTried(RuntimeError):
    """The mutants were not all tried, so nothing is known of the judge."""


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change to one function."""

    function: str
    """Module and name."""
    was: str
    """The line, or the lines joined by a blank."""
    became: str


def tried(folder: Path) -> tuple[int, frozenset[Mutant]]:
    """How many mutants there were in mutmut's folder, and which no test noticed; NotTried."""
    total, left = 0, set[Mutant]()
    for meta in sorted(folder.rglob("*.py.meta")):
        codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        if None in codes.values():
            raise NotTried(f"{meta}: some mutants were not tried; look at mutmut's output above")
        total += len(codes)
        left.update(_mutants(meta.with_suffix(""), [name for name, code in codes.items() if code not in KILLED]))
    if not total:
        raise NotTried(f"{folder} holds no mutants; look at mutmut's output above")
    return total, frozenset(left)


def _mutants(source: Path, names: list[str]) -> Iterator[Mutant]:
    """The mutants of these names, read from the file that mutmut made."""
    text = source.read_text("utf-8")
    lines = text.splitlines()
    written = {
        node.name: [line.replace(node.name, "") for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and INFIX in node.name
    }
    for name in names:
        module, _, function = name.rpartition(".")
        stem = function.rpartition(INFIX)[0]
        changes = list(difflib.ndiff(written[f"{stem}{INFIX}{ORIGINAL}"], written[function]))
        was, became = (" ".join(line[2:].strip() for line in changes if line[:2] == sign) for sign in ("- ", "+ "))
        yield Mutant(f"{module}.{stem.removeprefix('x_')}", was, became)


def explained(file: Path) -> dict[Mutant, str]:
    """Mutants that no test can notice, each with the reason why."""
    groups = tomllib.loads(file.read_text("utf-8"))["equivalent"]
    return {Mutant(**mutant): group["reason"] for group in groups for mutant in group["mutant"]}


def problems(left: frozenset[Mutant], known: dict[Mutant, str], file: Path) -> tuple[str, ...]:
    """What is wrong with the tests of the judge, or with what is said of it."""
    survived = [
        f"{one.function} can be changed and no test notices:\n  - {one.was}\n  + {one.became}\n"
        f"  write a test that tells them apart, or explain in {file.name} why nothing can"
        for one in sorted(left - known.keys())
    ]
    gone = [
        f"{file.name} explains a mutant of {one.function} that there is not, or that a test notices:\n"
        f"  - {one.was}\n  + {one.became}\n  take the entry out"
        for one in sorted(known.keys() - left)
    ]
    return (*survived, *gone)
