"""What was measured, and how it is shown: every figure with its spread, never alone."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

BAR, ROW, LABEL = 420, 26, 330
"""Pixels of the longest bar, of a line, and of its label."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, measured several times in turn with the others."""

    name: str
    unit: str
    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        return median(self.values)

    @property
    def spread(self) -> str:
        return f"{short(min(self.values))} to {short(max(self.values))}"

    def portable(self) -> dict[str, object]:
        """As bench.json has it."""
        values = list(self.values)
        return {"name": self.name, "unit": self.unit, "median": self.middle, "values": values}


@dataclass(frozen=True, slots=True)
class Ratio:
    """How two figures of one run stand to each other."""

    name: str
    of: Measure
    to: Measure
    wanted: str
    """What it should be, such as "≥ 1.0"."""

    @property
    def value(self) -> float:
        return self.of.middle / self.to.middle

    def portable(self) -> dict[str, object]:
        """As bench.json has it."""
        return {"name": self.name, "value": round(self.value, 3), "wanted": self.wanted}


def svg(measures: Sequence[Measure]) -> str:
    """The figures of each unit as bars, the spread as a line over them."""
    rows: list[str] = []
    place = 0
    for unit in dict.fromkeys(one.unit for one in measures):
        group = [one for one in measures if one.unit == unit]
        most = max(max(one.values) for one in group) or 1.0
        place += ROW
        rows.append(f'<text x="0" y="{place}" font-weight="bold">{html.escape(unit)}</text>')
        for one in group:
            place += ROW
            rows += _bar(one, place, BAR / most)
        place += ROW // 2
    width, height = LABEL + BAR + 90, place + ROW
    style = "font-family:system-ui,sans-serif;font-size:13px"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" style="{style}">'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, ground, *rows, "</svg>"]) + "\n"


def _bar(one: Measure, place: int, scale: float) -> list[str]:
    middle, low, high = (LABEL + scale * value for value in (one.middle, min(one.values), max(one.values)))
    line = place - 5
    return [
        f'<text x="0" y="{place}">{html.escape(one.name)}</text>',
        f'<rect x="{LABEL}" y="{place - 14}" width="{middle - LABEL:.1f}" height="18" fill="#3b6ea8"/>',
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{line}" y2="{line}" stroke="black"/>',
        f'<text x="{high + 6:.1f}" y="{place}">{short(one.middle)}</text>',
    ]


def short(value: float) -> str:
    """Three digits, or all of a number that has more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
