"""Text for a terminal or a log that has not every character: what it lacks is written in letters that it has."""

from __future__ import annotations

import codecs
import io
from typing import IO

STAND_INS = "synq-stand-ins"
FAILING = ("strict", "surrogateescape")
"""How a stream takes what it cannot write unless it is told otherwise; the second in the locales C and POSIX."""
_ASCII = str.maketrans({
    "✗": "x", "✓": "v", "◐": "~", "·": ".", "…": "...", "→": "->", "≈": "~", "≤": "<=", "⟨": "<", "⟩": ">", "¦": "|",
})  # fmt: skip


def fit_to_encoding(stream: IO[str] | None) -> None:
    """From now on nothing that is written there fails if its encoding, such as ASCII or cp1252, lacks a character."""
    if isinstance(stream, io.TextIOWrapper) and stream.errors in FAILING:
        codecs.register_error(STAND_INS, _with_stand_ins)
        stream.reconfigure(errors=STAND_INS)


def _with_stand_ins(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return lacking.translate(_ASCII).encode("ascii", "replace").decode("ascii"), error.end
