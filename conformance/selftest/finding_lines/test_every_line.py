"""Every line that a finding prints is run here as it is printed: for each rule one fault at least."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.selftest.finding_lines.shown import GROUPS, must_show_their_findings, others


@pytest.mark.parametrize("group", [*GROUPS, *others()])
def test_every_line_shows_its_finding(tmp_path: Path, group: str) -> None:
    """A curl line gets the answer that the finding tells of; a line that judges a case again finds the same."""
    must_show_their_findings((GROUPS | others())[group], tmp_path)
