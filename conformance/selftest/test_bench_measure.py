"""The figures of the bench: shown with their spread, and ratios from one run."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from conformance.selftest.bench.measure import Measure, Ratio, svg, table

FAST = Measure("bare & plain", "exchanges/s", (1000.0, 1200.0, 900.0))
SLOW = Measure("suite", "exchanges/s", (400.0, 500.0, 450.0))
SHORT = Measure("start", "s", (0.125,))


def test_a_ratio_is_that_of_the_medians() -> None:
    """One outlier changes nothing."""
    assert Ratio("suite / bare", SLOW, FAST, "≥ 1.0").value == pytest.approx(0.45)


def test_the_table_shows_the_spread() -> None:
    """No figure stands alone."""
    shown = table([FAST, SHORT], [Ratio("suite / bare", SLOW, FAST, "≥ 1.0")])
    assert "| bare & plain | 1,000 exchanges/s | 900 to 1,200 |" in shown
    assert "| start | 0.125 s | 0.125 to 0.125 |" in shown
    assert "| suite / bare | 0.45 | ≥ 1.0 |" in shown


def test_the_picture_is_svg() -> None:
    """With a bar for each figure."""
    picture = ET.fromstring(svg([FAST, SLOW, SHORT]))  # noqa: S314 - our own
    bars = [one for one in picture.iter() if one.tag.endswith("rect")]
    assert len(bars) == 1 + 3


def test_what_is_kept_has_every_value() -> None:
    """So that another can judge the spread."""
    assert SLOW.portable() == {"name": "suite", "unit": "exchanges/s", "median": 450.0, "values": [400.0, 500.0, 450.0]}
