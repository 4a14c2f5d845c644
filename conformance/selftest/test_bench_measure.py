"""The figures of the bench: shown with their spread, and ratios from one run."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.selftest.bench.measure import Measure, Ratio, svg
from conformance.selftest.bench.page import bench_page, bench_summary

FAST = Measure("bare & plain", "exchanges/s", (1000.0, 1200.0, 900.0))
SLOW = Measure("suite", "exchanges/s", (400.0, 500.0, 450.0))
SHORT = Measure("synq-conformance list", "s", (0.125,))


def test_a_ratio_is_that_of_the_medians() -> None:
    """One outlier changes nothing."""
    assert Ratio("suite / bare", SLOW, FAST, "≥ 1.0").value == pytest.approx(0.45)

STAGES = {
    "date": "2026-01-03",
    "stages": [
        {"name": "lint", "setup_s": 2.0, "run_s": 1.0},
        {"name": "selftest", "setup_s": 20.0, "run_s": 400.0},
    ],
}


def measured(**more: object) -> dict[str, Any]:
    """What bench.json has, with two figures of the run and one of its profile."""
    shares = Measure("share: waiting", "%", (40.0,)), Measure("share of calibration: tokens", "%", (30.0,))
    figures = [one.portable() for one in (FAST, SHORT, *shares)]
    ratios = [Ratio("suite / bare", SLOW, FAST, "≥ 1.0").portable()]
    machine = {"cores": 2, "python": "3.11.7"}
    return {"date": "2026-01-02", "machine": machine, "measures": figures, "ratios": ratios, "failures": [], **more}


def test_the_table_shows_the_spread() -> None:
    """No figure stands alone."""
    shown = bench_page(measured(), STAGES)
    assert "| bare & plain | 1,000 exchanges/s | 900 to 1,200 |" in shown
    assert "| synq-conformance list | 0.125 s | 0.125 to 0.125 |" in shown
    assert "| suite / bare | 0.45 | ≥ 1.0 |" in shown


def test_the_page_says_where_the_time_goes() -> None:
    """A share of the profile is no figure among the others."""
    shown = bench_page(measured(), STAGES)
    assert "| waiting | 40 % |" in shown.partition("of a calibration goes")[0]
    assert "| tokens | 30 % |" in shown.partition("of a calibration goes")[2]
    assert "share: " not in shown
    assert "share of calibration: " not in shown


def test_the_page_says_why_a_run_is_slower_than_the_bare_client() -> None:
    """By what the client does as well, and by what it does not do."""
    shares = {
        "sending and reading": 14.0, "waiting for answers": 12.0, "pytest and pluggy": 17.0,
        "record, without secrets": 13.0, "drawing inputs (Hypothesis)": 11.0,
    }  # fmt: skip
    figures = [Measure(f"share: {name}", "%", (share,)).portable() for name, share in shares.items()]
    ratio = Ratio("deep, server in a process of its own / bare", SLOW, FAST, "≥ 1.0").portable()
    shown = " ".join(bench_page(measured(measures=figures, ratios=[ratio]), STAGES).split())
    assert "(it sends, waits and reads) is 26 % of the time of a run" in shown
    assert "would have to be done in 45 % of its time" in shown
    assert "pytest and pluggy (17 %), record, without secrets (13 %), drawing inputs (Hypothesis) (11 %)" in shown
    assert "This is why" not in bench_page(measured(), STAGES)


def test_the_page_names_the_slowest_faults_and_those_not_seen() -> None:
    """A fault that a run did not see is counted and comes first."""
    failures = [
        {"fault": f"fault-{seconds}", "said": "a-rule", "seconds": float(seconds), "requests": 10 * seconds}
        for seconds in range(1, 31)
    ]
    unseen = {"fault": "hidden", "said": None, "seconds": 9.0, "requests": 5000}
    shown = bench_page(measured(failures=[*failures, unseen]), STAGES)
    assert "Of 31 servers 30 were seen to be wrong; half of these within 15.5 s and 155" in shown
    assert "nine of ten within 28 s" in shown
    rows = [row for row in shown.splitlines() if row.startswith("| `")]
    assert rows[:2] == ["| `hidden` | nothing |  | 5,000 |", "| `fault-30` | `a-rule` | 30.0 | 300 |"]


def test_the_page_has_the_stages_of_the_proof() -> None:
    """With what they took in all."""
    shown = bench_page(measured(), STAGES)
    assert "took on 2026-01-03, 423 s in all" in shown
    assert "| `selftest` | 20 | 400 |" in shown


def test_the_summary_has_what_was_wanted() -> None:
    """The ratios, and a figure that stands alone if it has a limit."""
    shown = bench_summary(measured())
    assert "| suite / bare | 0.45 | ≥ 1.0 |" in shown
    assert "| synq-conformance list | 0.125 s | < 0.4 s |" in shown
    assert "bare & plain |" not in shown


def test_the_picture_is_svg() -> None:
    """With a bar for each figure."""
    picture = ET.fromstring(svg([FAST, SLOW, SHORT]))  # noqa: S314 - our own
    bars = [one for one in picture.iter() if one.tag.endswith("rect")]
    assert len(bars) == 1 + 3


def test_what_is_kept_has_every_value() -> None:
    """So that another can judge the spread."""
    assert SLOW.portable() == {"name": "suite", "unit": "exchanges/s", "median": 450.0, "values": [400.0, 500.0, 450.0]}
