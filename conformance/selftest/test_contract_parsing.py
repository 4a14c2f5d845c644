"""A contract file that cannot be judged by is refused with the entry that is wrong."""

from __future__ import annotations

import re

import pytest

from conformance.contract.rules import ContractError, Level
from conformance.contract.schema import parse_contract

GOOD = """
version = "1"
[section.headers]
role = "server"
title = "Headers"
[[rule]]
id = "a-rule"
role = "server"
level = "required"
basis = "documented"
section = "headers"
references = ["Guide: Required request headers"]
sentence = "It holds."
needs = ["sign_in", "clock | revoke"]
cases = 1
"""
SECOND = GOOD[GOOD.index("[[rule]]") :]


def test_a_need_may_be_met_in_several_ways() -> None:
    """A bar separates alternatives; each entry of the list must be met."""
    [rule] = parse_contract(GOOD).rules
    assert rule.unmet(frozenset()) == (frozenset({"sign_in"}), frozenset({"clock", "revoke"}))
    assert rule.unmet(frozenset({"sign_in", "revoke"})) == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(GOOD + SECOND, "rule[#2].id: a-rule is given to two rules", id="id-twice"),
        pytest.param(GOOD + 'fxi = "x"', 'rule[a-rule].fxi: unknown key; did you mean "fix"?', id="unknown-key"),
        pytest.param(GOOD.replace("cases = 1", "cases = 0"), "rule[a-rule].cases: must be at least 1", id="no-cases"),
        pytest.param(GOOD.replace('level = "required"', 'level = "high"'), "level: must be 'required', ", id="level"),
        pytest.param(
            GOOD.replace('section = "headers"', 'section = "x"'),
            "rule[a-rule].section: there is no [section.x]; there are headers",
            id="section",
        ),
        pytest.param(GOOD.replace('sentence = "It holds."', ""), "rule[a-rule].sentence: is missing", id="no-sentence"),
        pytest.param(GOOD.replace('id = "a-rule"\n', ""), "rule[#1].id: is missing", id="no-id"),
        pytest.param(
            GOOD.replace("[[rule]]", '[section.c]\nrole = "client"\ntitle = "C"\n[[rule]]').replace(
                'section = "headers"', 'section = "c"'
            ),
            "rule[a-rule].section: c is for client rules",
            id="other-role",
        ),
        pytest.param(
            GOOD.replace('["sign_in", "clock | revoke"]', '"clock"'), "rule[a-rule].needs: must be an array", id="needs"
        ),
    ],
)
def test_a_wrong_entry_is_named(text: str, complaint: str) -> None:
    """The message says which rule, and what of it."""
    with pytest.raises(ContractError, match=re.escape(complaint)):
        parse_contract(text)


@pytest.mark.parametrize(
    ("run", "included"),
    [
        (Level.REQUIRED, [Level.REQUIRED]),
        (Level.STANDARD, [Level.REQUIRED, Level.STANDARD]),
        (Level.HARDENING, [Level.REQUIRED, Level.STANDARD, Level.HARDENING]),
    ],
    ids=str,
)
def test_a_level_includes_the_heavier_ones(run: Level, included: list[Level]) -> None:
    """Who asks for good practice asks for the guide as well."""
    assert [level for level in Level if run.includes(level)] == included
