"""`conformance/contract/CHANGES.md`: what changed from each contract version to the next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from conformance.contract.rules import Contract, load_contract
from conformance.contract.versions import RuleDifference, contract_differences, frozen_contract, frozen_versions
from conformance.report.markup import inline, table

HEAD = """\
# What changed in the contract

From version to version, made by `python -m conformance.selftest.generated` from the versions themselves: those that
are [kept as they were](versions/frozen.toml), and the current one, [contract.toml](contract.toml). A run judges by
the current version. In a report of an older one, a rule whose sentence or level is another now is shown as it was,
and `synq-conformance report compare` says of each change whether it comes from the contract or from the target."""
LONG = 1000


def contract_changes_page() -> str:
    """The whole page, the newest version first."""
    current = load_contract()
    kept = [frozen_contract(one) for one in frozen_versions() if one != current.version]
    steps = list(pairwise([*kept, current]))
    parts = [HEAD, *(part for old, new in reversed(steps) for part in _step(old, new))]
    return "\n\n".join(parts) + "\n"


def _step(old: Contract, new: Contract) -> Iterator[str]:
    found = contract_differences(old, new)
    yield f"## {old.version} to {new.version}"
    yield f"{len(old.rules)} rules became {len(new.rules)}."
    if added := [one for one in found if one.old is None]:
        yield "### New rules"
        yield table(("Rule", "Of a", "Level", "Sentence"), map(_row, added))
    if gone := [one for one in found if one.new is None]:
        yield "### Rules that are gone"
        yield table(("Rule", "Of a", "Level", "Sentence"), map(_row, gone))
    if other := [one for one in found if one.old and one.new]:
        yield "### Rules that are stated otherwise"
        yield table(("Rule", "Change"), ((_link(one), inline(one.said, LONG)) for one in other))
    if reworded := [one for one in other if one.reworded]:
        yield "### In which words"
        yield table(("Rule", "Said before", "Says now"), (row for one in reworded for row in _texts(one)))


def _link(one: RuleDifference) -> str:
    return f"`{one.rule.id}`" if one.new is None else f"[`{one.rule.id}`](../RULES.md#{one.rule.id})"


def _row(one: RuleDifference) -> tuple[str, ...]:
    return (_link(one), one.rule.role, one.rule.level, inline(one.rule.sentence, LONG))


def _texts(one: RuleDifference) -> Iterator[tuple[str, ...]]:
    for what in one.reworded:
        yield (_link(one), inline(getattr(one.old, what), LONG), inline(getattr(one.new, what), LONG))
