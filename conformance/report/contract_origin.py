"""Whence a change between two reports comes: the contract, the target, or either."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.contract.versions import RuleDifference, contract_differences, contract_of_version
from conformance.report.text import one_line


class Origin(StrEnum):
    """What a change comes from."""

    CONTRACT = "the contract"
    TARGET = "the target"
    EITHER = "the contract or the target"


@dataclass(frozen=True, slots=True)
class ContractStep:
    """The way from one contract version to another."""

    old: str
    new: str
    changed: dict[str, RuleDifference] | None
    """Rule -> what changed; None if one of the two versions is not kept here."""

    @property
    def same(self) -> bool:
        """Whether both reports rest on one version."""
        return self.old == self.new

    def origin(self, rule_id: str) -> Origin:
        """What a change of this rule comes from."""
        if self.same:
            return Origin.TARGET
        if self.changed is None:
            return Origin.EITHER
        found = self.changed.get(rule_id)
        if found is None:
            return Origin.TARGET
        return Origin.EITHER if found.old and found.new else Origin.CONTRACT

    def said(self, rule_id: str) -> str:
        """The origin in words, with what the contract changed of the rule."""
        found = (self.changed or {}).get(rule_id)
        return f"{self.origin(rule_id)}: {found.said} in {_short(self.new)}" if found else str(self.origin(rule_id))

    @property
    def summary(self) -> str:
        """The way in one sentence; empty if it leads nowhere."""
        if self.same:
            return ""
        way = f"From contract {_short(self.old)} to {_short(self.new)}"
        if self.changed is None:
            return f"{way}: this suite does not know both, so a change may be of either."
        every = self.changed.values()
        new, gone = sum(one.old is None for one in every), sum(one.new is None for one in every)
        return f"{way}: of its rules {new} are new, {gone} gone, {len(every) - new - gone} stated otherwise."


def _short(version: str) -> str:
    return one_line(version, 40)


def contract_step(old: str, new: str) -> ContractStep:
    """Returns what the contract changed between the versions of two reports."""
    before, after = contract_of_version(old), contract_of_version(new)
    if before is None or after is None:
        return ContractStep(old, new, None)
    return ContractStep(old, new, {one.rule.id: one for one in contract_differences(before, after)})
