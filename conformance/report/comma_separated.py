"""Tables as comma-separated values, for a spreadsheet, in which nothing that a target chose becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from conformance.report.text import one_line

_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    """The lines as comma-separated values, each value on one line."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(map(_cell, line) for line in lines)
    return file.getvalue()


def _cell(value: str) -> str:
    text = one_line(value, 500)
    return f"'{text}" if text.startswith(_FORMULA) else text
