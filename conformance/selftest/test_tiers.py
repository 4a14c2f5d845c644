"""The tiers of the contract: what a token alone, accounts and keys let a run judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract.rules import Role, Rule, load_contract
from conformance.contract.tiers import Tier, tier_of, tier_reached, tier_shares
from conformance.report import view
from conformance.results import data as results
from conformance.results.data import ContractRef, Outcome, Report, RuleResult, Run, Subject

RULES = {rule.id: rule for rule in load_contract().rules}
SERVER = load_contract().of(Role.SERVER)


@pytest.mark.parametrize(
    ("rule", "tier"),
    [
        pytest.param("documented-request", Tier.TOKEN, id="nothing is needed"),
        pytest.param("role-forbidden", Tier.ACCOUNTS, id="a token of another account"),
        pytest.param("token-accepted-until-hour", Tier.KEYS, id="a key, or what no profile gives"),
        pytest.param("key-url-fetched", Tier.TOKEN, id="only what no profile gives"),
    ],
)
def test_a_rule_is_in_the_tier_that_its_needs_say(rule: str, tier: Tier) -> None:
    """There is no list of rules by tiers that could disagree with the contract."""
    assert tier_of(RULES[rule]) is tier


def test_every_rule_is_in_one_tier() -> None:
    """What a rule needs is given in some tier, and the tiers together are the contract."""
    shares = tier_shares(load_contract(), frozenset())
    assert sorted(rule.id for share in shares for rule in share.rules) == sorted(rule.id for rule in SERVER)
    assert all(share.rules for share in shares)


def test_a_need_that_no_tier_gives_is_noticed() -> None:
    """A new table of a profile has to be given its tier."""
    with pytest.raises(ValueError, match="no tier gives"):
        tier_of(replace(SERVER[0], needs=(frozenset({"oracle.ball"}),)))


def test_what_is_supplied_opens_rules() -> None:
    """A token alone opens the first tier but for what needs this machine; a viewer opens more."""
    token = frozenset({"socket", "direct", "loopback", "tls", "tokens.valid"})
    alone, accounts, keys = tier_shares(load_contract(), token)
    assert alone.opened == alone.rules
    assert (accounts.opened, keys.opened) == ((), ())
    more = tier_shares(load_contract(), token | {"tokens.viewer", "probe.write"})[1].opened
    assert "role-forbidden" in {rule.id for rule in more}


def test_no_rule_reaches_no_tier() -> None:
    """A client has no profile, and so no tier."""
    assert tier_reached(()) is None
    assert tier_reached(load_contract().of(Role.CLIENT)) is None


def a_report(*rules: Rule, role: Role = Role.SERVER) -> Report:
    run = Run("2026-06-15T00:00:00+00:00", 1.0, 0, "1.0.0", 2, "standard")
    found = tuple(
        RuleResult(one.id, one.role, one.level, one.sentence, one.section.title, Outcome.PASSED) for one in rules
    )
    return Report(Subject(role, "staging", None), ContractRef("1.1", 118), run, found)


def test_a_verdict_says_by_what_it_was_come_to() -> None:
    """ "Conformant" from 35 rules is not taken for one from all."""
    alone = a_report(RULES["documented-request"])
    assert view.judged_words(alone) == "1 of 1 required rule judged, with a token alone"
    accounts = a_report(RULES["documented-request"], RULES["role-forbidden"])
    assert view.judged_words(accounts).endswith("judged, with accounts")
    assert '"tier": "accounts"' in results.dumps(accounts)
    assert results.loads(results.dumps(accounts)) == accounts


def test_a_client_is_judged_by_no_tier() -> None:
    """Its verdict says how many rules were judged, and nothing of tokens."""
    client = a_report(RULES["three-headers"], role=Role.CLIENT)
    assert view.judged_words(client) == "1 of 1 required rule judged"
    assert client.tier is None
