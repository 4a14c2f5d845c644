"""A secret in all its cuts: what no output may hold of it."""

from __future__ import annotations

from pathlib import Path

from conformance.selftest.commands import Ended


def grams(text: str) -> set[str]:
    """Every run of twelve characters."""
    return {text[at : at + 12] for at in range(len(text) - 11)}


def must_stand_nowhere(secret: str, reports: Path, ended: Ended) -> None:
    """No file of a report and no line of the console has a run of it. Raises AssertionError with the files' names."""
    cuts = {gram.encode() for gram in grams(secret)}
    written = [path for path in reports.rglob("*") if path.is_file()]
    assert len(written) > 3
    assert [path.name for path in written if any(cut in path.read_bytes() for cut in cuts)] == []
    assert not any(cut in (ended.out + ended.err).encode() for cut in cuts)
