"""Which checks judge a rule, read out of the suites' own files."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import conformance

PACKAGE = Path(conformance.__file__).parent


@dataclass(frozen=True, slots=True)
class CheckSource:
    """A check as it stands in its file."""

    file: str
    """From the package's folder on."""
    name: str
    doc: str


@cache
def checks_by_rule() -> Mapping[str, tuple[CheckSource, ...]]:
    """The checks of both suites by the rule that they name."""
    found: dict[str, list[CheckSource]] = defaultdict(list)
    for room in ("server", "client"):
        for path in sorted((PACKAGE / room).glob("test_*.py")):
            for rule_id, check in _checks(path):
                found[rule_id].append(check)
    return {rule_id: tuple(checks) for rule_id, checks in found.items()}


def _checks(path: Path) -> Iterator[tuple[str, CheckSource]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = " ".join((ast.get_docstring(node) or "").split())
            check = CheckSource(path.relative_to(PACKAGE).as_posix(), node.name, doc)
            yield from ((rule_id, check) for rule_id in map(_rule_named, node.decorator_list) if rule_id)


def _rule_named(decorator: ast.expr) -> str | None:
    match decorator:
        case ast.Call(func=ast.Name(id="rule"), args=[ast.Constant(value=str(rule_id))]):
            return rule_id
    return None
