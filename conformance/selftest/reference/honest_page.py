"""Which runs on right servers of others' making are kept, as Markdown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from conformance.report.markup import code, inline, table

TARGETS = Path(__file__).parents[3] / "fixtures" / "targets"

HEAD = """\
# Right servers that were checked

Made by `python fixtures/targets/grid.py`: servers as their users write them, in other languages and with other
libraries, each checked at two depths, on three seeds, with its keys and without. A run is right if no required rule
fails, and nothing fails that the server's `target.toml` does not declare with the sentence of the guide or RFC that
makes it so; with keys each required rule must be judged as well. Without keys, {recovery} runs had the extra
`recovery`, which computes the server's key from its signatures; the others were as a plain installation is.
`python -m conformance.selftest.generated` makes this page of [honest.json](honest.json).

{right} of {possible} runs are kept as right, {wrong} as wrong, from {first} to {last}, up to {at_once} at once on two
cores. They sent {exchanges:,} requests. A number is the seed of a run that was right; a dash is a run that was not
made yet."""
WRONG = """\
## What was wrong

Each of these is a false alarm of the suite, a finding that is not declared, or a server that did not start or ended by
itself; the manual of the [targets](../targets/README.md) says which."""
KINDS = tuple(product(("standard", "deep"), (True, False)))
SEEDS = (0, 1, 2)
NOT_MADE = "-"


def honest_targets() -> dict[str, str]:
    """Every right server of others' making, and its language."""
    files = [tomllib.loads(path.read_text("utf-8")) for path in sorted(TARGETS.glob("*/target.toml"))]
    return {
        target["name"]: file["language"]
        for file in files
        for target in file["target"]
        if target.get("expect") == "conformant"
    }


def honest_page(data: Mapping[str, Any], targets: Mapping[str, str]) -> str:
    """The page; `targets` are all that can be checked, each with its language."""
    runs = [run for run in data["runs"] if run["target"] in targets]
    head = ("server", "language", *(f"{depth}, {'with keys' if keys else 'without'}" for depth, keys in KINDS))
    wrong = [run for run in runs if run["wrong"]]
    text = HEAD.format(
        right=len(runs) - len(wrong), possible=len(targets) * len(KINDS) * len(SEEDS), wrong=len(wrong),
        first=min(_day(run) for run in runs), last=max(_day(run) for run in runs),
        at_once=max(run["at_once"] for run in runs), recovery=sum(run["recovery"] and not run["keys"] for run in runs),
        exchanges=sum(run["exchanges"] or 0 for run in runs),
    )  # fmt: skip
    rows = [(code(name), inline(language), *_cells(name, runs)) for name, language in targets.items()]
    parts = [text, table(head, rows)]
    if wrong:
        parts += [WRONG, table(("run", "what"), [(_name(run), inline("; ".join(run["wrong"]))) for run in wrong])]
    return "\n\n".join(parts) + "\n"


def _day(run: Mapping[str, Any]) -> str:
    day: str = run["started"][:10]
    return day


def _cells(name: str, runs: Sequence[Mapping[str, Any]]) -> list[str]:
    found = {(run["depth"], run["keys"], run["seed"]): run["wrong"] for run in runs if run["target"] == name}
    return [" ".join(_cell(found.get((*kind, seed)), seed) for seed in SEEDS) for kind in KINDS]


def _cell(wrong: Sequence[str] | None, seed: int) -> str:
    if wrong is None:
        return NOT_MADE
    return f"**{seed} wrong**" if wrong else str(seed)


def _name(run: Mapping[str, Any]) -> str:
    return f"{code(run['target'])}, {run['depth']}, seed {run['seed']}, {'with' if run['keys'] else 'without'} keys"
