"""How a test that looks at a whole register says what is wrong: one line an offender, and what to do."""

from __future__ import annotations

from collections.abc import Sequence


def listed(offenders: Sequence[str], advice: str) -> str:
    """The message of such a test: how many entries offend, what to do, and each of them by name."""
    return "\n  ".join((f"{len(offenders)} to be mended: {advice}", *offenders))
