"""Contract versions: those that are kept as they were, and what changed from one to another."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from conformance.contract import rules
from conformance.contract.rules import Contract, Level, Rule, contract_of

FROZEN = "frozen.toml"
_WORDS = {"sentence": "its sentence", "sent": "what is sent", "right": "what is right"}
"""What says the same or something else in other words."""


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """A rule that two contract versions do not state alike; None on the side that lacks it."""

    old: Rule | None
    new: Rule | None

    @property
    def rule(self) -> Rule:
        """As the newer version has it, or else the older."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a difference is of a rule")
        return found

    @property
    def reworded(self) -> tuple[str, ...]:
        """What of it is said otherwise: sentence, sent, right."""
        if self.old is None or self.new is None:
            return ()
        return tuple(one for one in _WORDS if getattr(self.old, one) != getattr(self.new, one))

    @property
    def said(self) -> str:
        """What changed, in words."""
        return ", ".join(self._changes())

    def _changes(self) -> Iterator[str]:
        old, new = self.old, self.new
        if old is None or new is None:
            yield "new" if old is None else "gone"
            return
        if old.level is not new.level:
            yield f"{new.level} in place of {old.level}"
        if set(old.needs) != set(new.needs):
            yield f"needs {_needs(new)} in place of {_needs(old)}"
        if old.cases != new.cases:
            yield f"passes from {new.cases} cases on in place of {old.cases}"
        if old.moment != new.moment:
            yield f"a breach that is not seen again {'counts' if new.moment else 'is flaky'}"
        if self.reworded:
            yield f"other words for {' and '.join(_WORDS[one] for one in self.reworded)}"


def _needs(rule: Rule) -> str:
    return " and ".join(" or ".join(sorted(need)) for need in rule.needs) or "nothing"


@cache
def frozen_versions() -> tuple[str, ...]:
    """The versions that are kept, the oldest first."""
    return tuple(frozen_digests())


def frozen_digests() -> dict[str, str]:
    """The SHA-256 of each kept file, by version."""
    kept = tomllib.loads(files("conformance.contract").joinpath("versions", FROZEN).read_text("utf-8"))
    return {version: entry["sha256"] for version, entry in kept.items()}


@cache
def frozen_contract(version: str) -> Contract:
    """Returns a version that is kept; raises KeyError if there is no such version."""
    if version not in frozen_versions():
        raise KeyError(version)
    text = files("conformance.contract").joinpath("versions", f"{version}.toml").read_text("utf-8")
    return contract_of(tomllib.loads(text))


def contract_of_version(version: str) -> Contract | None:
    """Returns the contract of this version, be it the current one or one that is kept; None of any other."""
    current = rules.load_contract()
    if version == current.version:
        return current
    return frozen_contract(version) if version in frozen_versions() else None


def stated(rule_id: str, sentence: str, level: Level) -> Rule | None:
    """Returns the rule of this id as the newest version has it that states it by this sentence and at this level.

    If none does, as the newest version has it that has the id; None if no version has it.
    """
    every = (rules.load_contract(), *map(frozen_contract, reversed(frozen_versions())))
    found = [rule for one in every for rule in one.rules if rule.id == rule_id]
    return next((one for one in found if (one.sentence, one.level) == (sentence, level)), found[0] if found else None)


def contract_differences(old: Contract, new: Contract) -> tuple[RuleDifference, ...]:
    """The rules that the two do not state alike, in the newer one's order, those that are gone at the end."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    pairs = (RuleDifference(before.get(one), after.get(one)) for one in dict.fromkeys((*after, *before)))
    return tuple(one for one in pairs if one.said)
