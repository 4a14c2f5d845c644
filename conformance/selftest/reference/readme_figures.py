"""The figures of the README, each between two marks: what is checked, what calibration showed, others, and speed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.contract.rules import Level, Role, load_contract
from conformance.report.markup import table
from conformance.selftest.bench.measure import svg
from conformance.selftest.bench.page import bench_page, bench_summary, measures_of
from conformance.selftest.peers.page import every_fault_section, peers_page, peers_summary
from conformance.selftest.reference.honest_page import honest_page, honest_targets

ROOT = Path(__file__).parents[3]
MEASURED = ROOT / "fixtures" / "measured"
README = ROOT / "README.md"
PEERS_PAGE = MEASURED / "PEERS.md"
HONEST_PAGE = MEASURED / "HONEST.md"
BENCH_PAGE = MEASURED / "BENCH.md"
BENCH_PICTURE = MEASURED / "bench.svg"
ROLES: Mapping[Role, str] = {Role.SERVER: "server", Role.CLIENT: "client"}


def measured(name: str) -> Any:  # noqa: ANN401 - JSON
    """What was measured and is kept."""
    return json.loads((MEASURED / f"{name}.json").read_text("utf-8"))


def figure_pages() -> dict[Path, str]:
    """The pages with figures, and a picture of them, as they should be."""
    bench = measured("bench")
    every_fault = every_fault_section(measured("every-fault"))
    return {
        README: with_figures(README.read_text("utf-8")),
        PEERS_PAGE: "\n".join((peers_page(measured("peers")), every_fault, "")),
        HONEST_PAGE: honest_page(measured("honest"), honest_targets()),
        BENCH_PAGE: bench_page(bench, measured("stages")),
        BENCH_PICTURE: svg(measures_of(bench)),
    }


def with_figures(page: str) -> str:
    """The page with what stands between each pair of marks made anew; raises ValueError if a pair is missing."""
    for name, figures in FIGURES.items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not (begin and end):
            raise ValueError(f"README.md has no <!-- {name} --> with its end")
        page = f"{before}{begin}\n{figures()}\n\n{end}{after}"
    return page


def _checked() -> str:
    counts: dict[tuple[str, str], Counter[Level]] = {}
    for rule in load_contract().rules:
        counts.setdefault((ROLES[rule.role], rule.section.title), Counter())[rule.level] += 1
    rows = [(role, title, *(str(levels[one] or "") for one in Level)) for (role, title), levels in counts.items()]
    total = Counter(rule.level for rule in load_contract().rules)
    rows.append(("", "**all**", *(f"**{total[one]}**" for one in Level)))
    return table(("of a", "about", *(one.value for one in Level)), rows)


def _calibration() -> str:
    parts = {role: measured("calibration")[role] for role in ROLES.values()}
    rows = [
        ("faults, each caught by its rule", *(f"{one['caught']} of {one['faults']}" for one in parts.values())),
        ("rules that a fault breaks", *(f"{one['broken']} of {one['rules']}" for one in parts.values())),
        ("right ones on which nothing fails", *(str(one["references"]) for one in parts.values())),
        ("degenerate ones that pass no required rule", *(str(one["degenerate"]) for one in parts.values())),
        ("exchanges of a rule until it saw its fault, median", *(str(one["in_rule"]) for one in parts.values())),
        ("exchanges in all", *(f"{one['exchanges']:,}" for one in parts.values())),
        ("on", *(one["date"] for one in parts.values())),
    ]
    return table(("", "servers", "clients"), rows)


def _peers() -> str:
    return peers_summary(measured("peers"))


def _bench() -> str:
    return bench_summary(measured("bench"))


FIGURES: Mapping[str, Callable[[], str]] = {
    "checked": _checked,
    "calibration": _calibration,
    "peers": _peers,
    "bench": _bench,
}
