"""The faults themselves: named once, on real rules, one at least for every server rule, and none without effect."""

from __future__ import annotations

import re

import pytest

from conformance.contract.rules import Role, load_contract
from conformance.mock.call import Steps
from conformance.mock.faults import FAULTS, Fault, fault, fault_listing
from conformance.mock.faults.registry import FAULTS as REGISTER
from conformance.mock.reference import REFERENCE

SERVER_RULES = tuple(rule.id for rule in load_contract().of(Role.SERVER))
LEAST = 80


@pytest.mark.parametrize("rule", SERVER_RULES)
def test_every_server_rule_has_a_fault(rule: str) -> None:
    """A rule that no fault breaks is a rule that nobody has seen fail."""
    assert any(one.rule == rule for one in FAULTS.values()), (
        f"no fault breaks {rule}: add a function with @fault({rule!r}) to a module of conformance/mock/faults"
    )


@pytest.mark.parametrize("one", FAULTS.values(), ids=lambda one: one.name)
def test_a_fault_names_rules_of_the_contract(one: Fault) -> None:
    """What a fault breaks, and what follows from it, are server rules, each named once."""
    named = (one.rule, *one.also_breaks)
    assert set(named) <= set(SERVER_RULES)
    assert len(set(named)) == len(named)


def test_there_are_faults_enough() -> None:
    """Eighty at least, and every one under a name of its own."""
    assert len(FAULTS) >= LEAST


@pytest.mark.parametrize("one", FAULTS.values(), ids=lambda one: one.name)
def test_a_fault_says_in_a_sentence_what_it_does(one: Fault) -> None:
    """Its docstring ends like a sentence, and is what the matrix shows."""
    assert one.doc.endswith(".")


@pytest.mark.parametrize("one", FAULTS.values(), ids=lambda one: one.name)
def test_a_fault_replaces_a_step(one: Fault) -> None:
    """From the honest steps it makes others."""
    assert one.mutate(REFERENCE) != REFERENCE


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
