"""Traceability from the guide's side: no demand without rules or a reason, no rule of the guide without a demand."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files

import pytest

from conformance.contract.requirements import SOURCE, Actor, load_requirements, parse_requirements
from conformance.contract.rules import Contract, ContractError, Force, Level, load_contract
from conformance.selftest.offenders import listed

HERE = "in conformance/contract/data/requirements.toml"
GUIDE = "Guide: "
REQUIREMENTS = load_requirements()


def orphan_rules(contract: Contract) -> list[str]:
    """The rules that name a section of the guide of which no demand names them."""
    sections: dict[str, set[str]] = {}
    for one in REQUIREMENTS:
        for rule_id in one.rules:
            sections.setdefault(rule_id, set()).add(one.section)
    return [
        f"{rule.id}: {reference}"
        for rule in contract.rules
        for reference in rule.references
        if reference.startswith(GUIDE) and reference.removeprefix(GUIDE) not in sections.get(rule.id, set())
    ]


def test_the_file_is_as_it_must_be() -> None:
    """Its keys and types; and each demand has either rules or a reason, and not both."""
    text = files("conformance.contract").joinpath("data", SOURCE).read_text("utf-8")
    assert parse_requirements(text) == REQUIREMENTS


def test_every_rule_that_rests_on_the_guide_is_traced_to_it() -> None:
    """Each section of the guide that a rule names has a demand there which names the rule."""
    offenders = orphan_rules(load_contract())
    assert not offenders, listed(offenders, f"name each rule under a requirement of that section {HERE}")


def test_a_rule_that_no_demand_names_is_found() -> None:
    """The test before can fail."""
    contract = load_contract()
    added = replace(contract.rules[0], id="made-up", references=("Guide: Required request headers", "RFC 9110 §5.1"))
    elsewhere = replace(contract.rule("late-401"), references=("Guide: Getting your API token",))
    assert orphan_rules(replace(contract, rules=(added, elsewhere))) == [
        "made-up: Guide: Required request headers",
        "late-401: Guide: Getting your API token",
    ]


def test_every_required_rule_has_its_demand() -> None:
    """Required is what the guide says: a rule that no demand names is none."""
    named = {rule_id for one in REQUIREMENTS for rule_id in one.rules}
    offenders = [one.id for one in load_contract().rules if one.level is Level.REQUIRED and one.id not in named]
    assert not offenders, listed(offenders, f"name each rule under a requirement {HERE}, or lower its level")


def test_every_rule_that_is_named_judges_what_the_guide_says_of_the_same_actor() -> None:
    """It is there, it rests on the guide, and a server's demand is not met by a client's rule."""
    rules = {rule.id: rule for rule in load_contract().rules}
    offenders = [
        f"{one.id}: {rule_id}"
        for one in REQUIREMENTS
        for rule_id in one.rules
        if rule_id not in rules
        or not any(reference.startswith(GUIDE) for reference in rules[rule_id].references)
        or rules[rule_id].role.value != one.actor.value
    ]
    assert not offenders, listed(offenders, f"name rules of the actor that rest on the guide {HERE}")


def test_what_the_guide_demands_is_required() -> None:
    """A demand that is more than advice is judged by one required rule at least."""
    required = {rule.id for rule in load_contract().rules if rule.level is Level.REQUIRED}
    offenders = [
        one.id for one in REQUIREMENTS if one.rules and one.force is not Force.SHOULD and not required & {*one.rules}
    ]
    assert not offenders, listed(offenders, f"name a required rule, or say SHOULD {HERE}")


def test_no_advice_is_judged_as_a_demand() -> None:
    """A rule that rests on a SHOULD of the guide alone is none of level required."""
    by_force: dict[str, set[Force]] = {}
    for one in REQUIREMENTS:
        for rule_id in one.rules:
            by_force.setdefault(rule_id, set()).add(one.force)
    advised = {rule_id for rule_id, forces in by_force.items() if forces == {Force.SHOULD}}
    assert advised
    assert [rule.id for rule in load_contract().rules if rule.id in advised and rule.level is Level.REQUIRED] == []


def test_a_demand_is_said_in_one_sentence() -> None:
    """With its place, so that a reader finds it in the guide; an id in kebab-case."""
    place = r"paragraph \d, sentences? \d( and \d)?|table, row \d(, sentence \d)?|example"
    offenders = [
        one.id
        for one in REQUIREMENTS
        if not re.fullmatch(place, one.place)
        or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.id)
        or not one.sentence.endswith(".")
        or ". " in one.sentence
        or len(one.sentence) > 130
    ]
    assert not offenders, listed(offenders, f"say place, id and sentence as the others do {HERE}")


def test_an_id_is_no_rule_s() -> None:
    """Both stand on one page."""
    assert {one.id for one in REQUIREMENTS} & {rule.id for rule in load_contract().rules} == set()


def test_each_actor_is_spoken_to() -> None:
    """And only what a person does is left untested."""
    assert {one.actor for one in REQUIREMENTS} == set(Actor)
    assert {one.actor for one in REQUIREMENTS if one.untestable} == {Actor.PERSON}


ENTRY = """
[[requirement]]
id = "{id}"
section = "Required request headers"
place = "paragraph 1, sentence 1"
actor = "{actor}"
force = "MUST"
sentence = "All three."
{tied}
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(ENTRY.format(id="a", actor="server", tied=""), "needs either the rules", id="an orphan"),
        pytest.param(
            ENTRY.format(id="a", actor="server", tied='rules = ["r"]\nuntestable = "x"'), "needs either", id="both"
        ),
        pytest.param(ENTRY.format(id="a", actor="person", tied='rules = ["r"]'), "never a person", id="a person"),
        pytest.param(ENTRY.format(id="a", actor="server", tied='rules = ["r", "r"]'), "twice", id="a rule twice"),
        pytest.param(
            ENTRY.format(id="a", actor="server", tied='rules = ["r"]') * 2, "two requirements", id="an id twice"
        ),
        pytest.param(ENTRY.format(id="a", actor="moon", tied='rules = ["r"]'), "actor: must be", id="an unknown actor"),
        pytest.param(ENTRY.format(id="a", actor="server", tied='rule = "r"'), "did you mean", id="an unknown key"),
    ],
)
def test_a_wrong_requirement_is_refused(text: str, problem: str) -> None:
    """With the file, the key and what is wrong."""
    with pytest.raises(ContractError, match=problem):
        parse_requirements(text)
