"""What keeps the house one that a newcomer can live in: one name for one thing, small classes and files."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent
MODULES = {
    path.relative_to(PACKAGE): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if "selftest" not in path.parts
}

LONGEST_CLASS, LONGEST_FILE = 200, 400
REASONS = {Path("mock/faults/attacks.py"): "a fault is a function of its own, and all of them are of one kind"}
"""Files that may be longer, and why."""
SHARED = {"render": "what every format of the report has (report/format.py)"}
"""Names that several modules have on purpose, and why."""


def public(tree: ast.Module) -> Iterator[str]:
    """Names of classes and functions at the top of a module that others may use; checks and fixtures left out."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith(("_", "test_", "pytest_")):
            decorators = [ast.unparse(one) for one in node.decorator_list]
            if not any("fixture" in one for one in decorators):
                yield node.name


def test_no_public_name_stands_in_two_modules() -> None:
    """A reader who searches for a name finds the one thing that it is."""
    places = defaultdict(list)
    for path, tree in MODULES.items():
        for name in public(tree):
            places[name].append(str(path))
    assert {name: files for name, files in places.items() if len(files) > 1 and name not in SHARED} == {}


def test_no_file_is_long_without_a_reason() -> None:
    """A file holds one idea."""
    lengths = {path: len((PACKAGE / path).read_text("utf-8").splitlines()) for path in MODULES}
    assert {path: number for path, number in lengths.items() if number > LONGEST_FILE and path not in REASONS} == {}


def test_no_class_is_long() -> None:
    """A class that does everything is read by no one."""
    long = [
        f"{path}: {node.name} has {(node.end_lineno or 0) - node.lineno + 1} lines"
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_CLASS
    ]
    assert long == []


def late(path: Path, tree: ast.Module) -> Iterator[str]:
    """Functions that import something and do not say that it is late to spare start-up."""
    lines = (PACKAGE / path).read_text("utf-8").splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            imports = [one.lineno for one in ast.walk(node) if isinstance(one, ast.Import | ast.ImportFrom)]
            if imports and not any("# late" in lines[number - 1] for number in imports):
                yield f"{path}: {node.name}"


def test_an_import_inside_a_function_says_that_it_spares_start_up() -> None:
    """Anything else belongs to the top of its module."""
    assert [place for path, tree in MODULES.items() for place in late(path, tree)] == []


@pytest.mark.parametrize("number", [60, 300, 3_600], ids=["a minute", "five minutes", "an hour"])
def test_a_duration_of_the_contract_stands_in_one_place(number: int) -> None:
    """The hour and the leeways come from contract/durations.py, and nowhere else as a number of seconds."""
    named = [
        f"{path}:{node.lineno}"
        for path, tree in MODULES.items()
        if path != Path("contract/durations.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and node.value.value == number
        and ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target).endswith("_S")
    ]
    assert named == []
