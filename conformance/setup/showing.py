"""An examination as its reader sees it, on a terminal of any width or in a log."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.contract.capabilities import supply
from conformance.contract.rules import Level, Rule, load_contract
from conformance.contract.tiers import TierShare, tier_reached, tier_shares
from conformance.report.text import one_line, plain
from conformance.setup.step import ProfileStep, State

MARKS = {
    State.RIGHT: ("✓", "green"),
    State.WRONG: ("✗", "bold red"),
    State.BLOCKED: ("✗", "bold red"),
    State.DOUBTFUL: ("?", "yellow"),
    State.ABSENT: ("·", "dim"),
}
LOG_WIDTH = 200


def console() -> Console:
    """Standard output: coloured and folded on a terminal, lines as they are in a log."""
    return Console(width=None if sys.stdout.isatty() else LOG_WIDTH, highlight=False, markup=False, emoji=False)


def show_step(out: Console, step: ProfileStep) -> None:
    """One step, as soon as it is taken."""
    mark, style = MARKS[step.state]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    name, came = Text(step.name, "bold"), Text(f"  {plain(one_line(step.came, 500))}", "dim")
    grid.add_row(Text(mark, style), name + came)
    if step.mend is not None:
        grid.add_row(Text(""), Text(f"→ {plain(one_line(step.mend, 500))}", style))
    out.print(grid)


def show_tiers(out: Console, capabilities: frozenset[str]) -> None:
    """What these capabilities open, tier by tier, and what to supply for the rest."""
    shares = tier_shares(load_contract(), capabilities)
    opened = [rule for share in shares for rule in share.opened]
    every = [rule for share in shares for rule in share.rules]
    out.print()
    show_reached(out, capabilities)
    for share in shares:
        out.print(Text(f"  {share.tier:<11}", "dim") + Text(_share(share)))
    for wanted, rules in _wanted([rule for rule in every if rule not in opened], capabilities):
        out.print()
        out.print(Text(wanted[0].upper() + wanted[1:]))
        out.print(Padding.indent(Text(", ".join(rule.id for rule in rules), "dim"), 2))


def show_reached(out: Console, capabilities: frozenset[str]) -> None:
    """The tier that these capabilities reach, and how much that is."""
    shares = tier_shares(load_contract(), capabilities)
    opened = [rule for share in shares for rule in share.opened]
    every = [rule for share in shares for rule in share.rules]
    reached = tier_reached(opened)
    out.print(Text(f"Tier: {reached or 'none'}", "bold") + Text(f". {_of(opened, every)} can be judged."))


def _of(opened: Sequence[Rule], every: Sequence[Rule]) -> str:
    return f"{_required(opened)} of {_required(every)} required rules, {len(opened)} of {len(every)} in all,"


def _share(share: TierShare) -> str:
    of_level = f"{_required(share.opened)} of {_required(share.rules)} required"
    return f"{of_level}, {len(share.opened)} of {len(share.rules)} in all"


def _required(rules: Sequence[Rule]) -> int:
    return sum(rule.level is Level.REQUIRED for rule in rules)


def _wanted(closed: Sequence[Rule], capabilities: frozenset[str]) -> list[tuple[str, list[Rule]]]:
    """The rules that are closed by what to supply for them; what opens most comes first."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in closed:
        if (wanted := supply(rule.needs, capabilities)) is not None:
            found[wanted].append(rule)
    return sorted(found.items(), key=lambda item: -len(item[1]))
