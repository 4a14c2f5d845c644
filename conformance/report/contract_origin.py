"""Whence a change between two reports comes: the contract, the target, or what the runs were asked to judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.contract.rules import Level
from conformance.contract.versions import RuleDifference, contract_differences, contract_of_version
from conformance.report.text import one_line
from conformance.results.data import RuleResult


class Origin(StrEnum):
    """What a change comes from."""

    CONTRACT = "the contract"
    TARGET = "the target"
    EITHER = "the contract or the target"
    RUN = "the choice of rules"
    """One of the two runs left the rule out, although its contract has it."""


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

    def origin(self, rule_id: str, *, in_both: bool = True) -> Origin:
        """What a change of this rule comes from; `in_both` says that both reports have it."""
        if self.same:
            return Origin.TARGET if in_both else Origin.RUN
        if self.changed is None:
            return Origin.EITHER
        found = self.changed.get(rule_id)
        if found is None or not (in_both or found.old is None or found.new is None):
            return Origin.TARGET if in_both else Origin.RUN
        return Origin.EITHER if found.old and found.new else Origin.CONTRACT

    def level(self, rule: RuleResult) -> Level:
        """The level of a rule of the older report by the newer contract."""
        found = (self.changed or {}).get(rule.id)
        return found.new.level if found and found.new else rule.level

    def said(self, rule_id: str, *, in_both: bool = True) -> str:
        """The origin in words, with what the contract changed of the rule."""
        found = (self.changed or {}).get(rule_id)
        origin = self.origin(rule_id, in_both=in_both)
        return f"{origin}: {found.said} in {_short(self.new)}" if found and origin is not Origin.RUN else str(origin)

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
