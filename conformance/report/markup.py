"""Markdown in which a target's text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from conformance.report.text import one_line, plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$])")
_STATEMENT = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def inline(value: object, limit: int = 300) -> str:
    """The value on one line, with no character in it that is markup or a link."""
    text = "".join(_STATEMENT.get(character, character) for character in one_line(value, limit))
    return _SPECIAL.sub(r"\\\1", text).replace("://", "&#58;//").replace("www.", "www&#46;")


def code(value: object, limit: int = 300) -> str:
    """The value on one line as code, whatever backticks and bars it has."""
    text = one_line(value, limit).replace("|", "¦")
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(value: object, language: str = "") -> str:
    """The value as a block of code, whatever fences it has."""
    text = plain(value)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
