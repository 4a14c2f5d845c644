"""How much of the contract can be judged with what a target's owner gives: a token alone, accounts, keys.

No rule is listed here: what a rule needs says in which tier it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.contract.capabilities import ELSEWHERE
from conformance.contract.rules import Contract, Role, Rule


class Tier(StrEnum):
    """What is given, the easiest first; each includes the ones before it."""

    TOKEN = "token only"  # noqa: S105 - a name, not a token
    ACCOUNTS = "accounts"
    KEYS = "keys"

    @property
    def means(self) -> str:
        """By what a run of this tier judges, for the end of a sentence."""
        return _MEANS[self]


_MEANS: Mapping[Tier, str] = {
    Tier.TOKEN: "with a token alone",
    Tier.ACCOUNTS: "with accounts",
    Tier.KEYS: "with keys",
}
GIVES: Mapping[Tier, frozenset[str]] = {
    Tier.TOKEN: frozenset({"tokens.valid", "scope.tenant_id", "scope.org_id", "probe.read"}),
    Tier.ACCOUNTS: frozenset({"tokens", "scope", "sign_in", "revoke", "probe", "openapi", "operation"}),
    Tier.KEYS: frozenset({"keys"}),
}
"""What each tier adds: keys of a profile, or whole tables of it."""


@dataclass(frozen=True, slots=True)
class TierShare:
    """The rules of one tier, and those of them that can be judged."""

    tier: Tier
    opened: tuple[Rule, ...]
    rules: tuple[Rule, ...]


def tier_of(rule: Rule) -> Tier:
    """The tier from which on the rule can be judged; what no profile gives is left out of account."""
    known: frozenset[str] = frozenset()
    for tier in Tier:
        known |= GIVES[tier]
        if all(_is_met(need, known) for need in rule.needs):
            return tier
    raise ValueError(f"{rule.id}: no tier gives what it needs")


def _is_met(need: frozenset[str], known: frozenset[str]) -> bool:
    of_profile = need - set(ELSEWHERE)
    return not of_profile or any(one in known or one.partition(".")[0] in known for one in of_profile)


def tier_shares(contract: Contract, capabilities: frozenset[str]) -> tuple[TierShare, ...]:
    """The server rules of each tier, with those that these capabilities open."""
    of_tier: dict[Tier, list[Rule]] = {tier: [] for tier in Tier}
    for rule in contract.of(Role.SERVER):
        of_tier[tier_of(rule)].append(rule)
    return tuple(
        TierShare(tier, tuple(rule for rule in rules if not rule.unmet(capabilities)), tuple(rules))
        for tier, rules in of_tier.items()
    )


def tier_reached(rules: Iterable[Rule]) -> Tier | None:
    """The highest tier of these server rules, which were judged or can be; None if there is none of them."""
    order = tuple(Tier)
    return max((tier_of(rule) for rule in rules if rule.role is Role.SERVER), key=order.index, default=None)
