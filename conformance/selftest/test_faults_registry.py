"""The faults themselves: named once, on real rules, one at least for every server rule, and none without effect."""

from __future__ import annotations

import re

import pytest

from conformance.contract.rules import Role, load_contract
from conformance.mock.call import Steps
from conformance.mock.faults import FAULTS, fault, fault_listing
from conformance.mock.faults.registry import FAULTS as REGISTER
from conformance.mock.reference import REFERENCE
from conformance.selftest.offenders import listed

SERVER_RULES = tuple(rule.id for rule in load_contract().of(Role.SERVER))
LEAST = 80


def test_every_server_rule_has_a_fault() -> None:
    """A rule that no fault breaks is a rule that was never seen to fail."""
    broken = {one.rule for one in FAULTS.values()}
    offenders = [rule for rule in SERVER_RULES if rule not in broken]
    assert not offenders, listed(
        offenders, "add a function with @fault(RULE) that breaks the rule to a module of conformance/mock/faults"
    )


def test_a_fault_names_rules_of_the_contract() -> None:
    """What a fault breaks, and what follows from it, are server rules, each named once."""
    offenders = [
        f"{one.name}: {', '.join(wrong)}"
        for one in FAULTS.values()
        for named in [(one.rule, *one.also_breaks)]
        if (wrong := [each for each in named if each not in SERVER_RULES or named.count(each) > 1])
    ]
    assert not offenders, listed(offenders, "let @fault and its also_breaks name server rules, each of them once")


def test_there_are_faults_enough() -> None:
    """Eighty at least, and every one under a name of its own."""
    assert len(FAULTS) >= LEAST


def test_a_fault_says_in_a_sentence_what_it_does() -> None:
    """Its docstring ends like a sentence, and is what the matrix shows."""
    offenders = [f"{one.name}: {one.doc}" for one in FAULTS.values() if not one.doc.endswith(".")]
    assert not offenders, listed(offenders, "end the docstring of each with a full stop")


def test_a_fault_replaces_a_step() -> None:
    """From the reference server's steps it makes others."""
    offenders = [one.name for one in FAULTS.values() if one.mutate(REFERENCE) == REFERENCE]
    assert not offenders, listed(offenders, "return steps of which one at least is replaced")


def _nothing(steps: Steps) -> Steps:
    """Change nothing."""
    return steps


def test_a_name_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second fault of the same name is refused when it is registered."""
    monkeypatch.setitem(REGISTER, "-nothing", FAULTS["alg-none-accepted"])
    with pytest.raises(ValueError, match="two faults have this name"):
        fault("alg-none")(_nothing)


def test_a_fault_without_a_docstring_is_refused() -> None:
    """A fault says what it does."""
    with pytest.raises(ValueError, match="says in its docstring"):
        fault("alg-none")(lambda steps: steps)


def test_the_listing_reads_well() -> None:
    """A line for each fault: its name first, then the rule and the sentence."""
    lines = list(fault_listing())
    assert len(lines) == len(FAULTS)
    for line in lines:
        name, rule, doc = re.split(r" {2,}", line, maxsplit=2)
        assert (FAULTS[name].rule, FAULTS[name].doc) == (rule, doc)
