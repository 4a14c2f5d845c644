"""`list`: every rule at a glance."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from conformance.contract.explain import listing_json, rule_listing, selected
from conformance.contract.rules import Contract, Level, Role, load_contract


def printed(width: int, role: Role | None = None, level: Level | None = None) -> list[str]:
    """The listing's lines as a pipe would get them."""
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(rule_listing(role, level))
    return capture.get().splitlines()


def test_each_rule_is_a_line_with_id_level_and_sentence() -> None:
    """On a wide terminal, or in a pipe to grep, a rule is found by any of the three."""
    lines = [" ".join(line.split()) for line in printed(200)]
    assert [r.id for r in load_contract().rules if f"{r.id} {r.level} {r.sentence}" not in lines] == []


def test_rules_stand_under_their_section() -> None:
    """Headings come in the contract's order, each before its first rule."""
    lines = printed(200)
    places = [
        lines.index(next(line for line in lines if line.startswith(f"{s.title} ("))) for s in load_contract().sections
    ]
    firsts = [next(r.id for r in load_contract().rules if r.section is s) for s in load_contract().sections]
    assert places == sorted(places)
    assert [lines[place + 1].split()[0] for place in places] == firsts


@pytest.mark.parametrize("width", [44, 80])
def test_a_narrow_terminal_is_enough(width: int) -> None:
    """Sentences wrap, ids and levels do not."""
    lines = printed(width)
    assert max(map(len, lines)) <= width
    starts = {tuple(line.split()[:2]) for line in lines if line.strip()}
    assert {(rule.id, str(rule.level)) for rule in load_contract().rules} <= starts


@pytest.mark.parametrize("role", Role)
def test_one_role_alone(role: Role) -> None:
    """A client engineer sees client rules only."""
    assert selected(role) == load_contract().of(role)


@pytest.mark.parametrize(
    ("level", "left_out"),
    [
        (Level.REQUIRED, {Level.STANDARD, Level.HARDENING}),
        (Level.STANDARD, {Level.HARDENING}),
        (Level.HARDENING, set()),
    ],
    ids=["required", "standard", "hardening"],
)
def test_a_level_lists_what_a_run_at_it_answers_for(level: Level, left_out: set[Level]) -> None:
    """The same meaning as --level of a run."""
    shown = {rule.level for rule in selected(level=level)}
    assert shown == set(Level) - left_out


def test_the_last_line_counts() -> None:
    """How many rules of each level were listed."""
    rules = selected(Role.CLIENT, Level.STANDARD)
    required = sum(rule.level is Level.REQUIRED for rule in rules)
    expected = f"{len(rules)} rules: {required} required, {len(rules) - required} standard"
    assert printed(80, Role.CLIENT, Level.STANDARD)[-1] == expected


def test_nothing_selected_says_so() -> None:
    """A contract without rules is listed as such."""
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        console.print(rule_listing(contract=Contract("1", (), ())))
    assert capture.get() == "No rule is selected.\n"


def test_json_has_every_field_of_every_rule() -> None:
    """For scripts: the file's own names and values."""
    entries = {entry["id"]: entry for entry in json.loads(listing_json())}
    expired = entries["token-expired"]
    assert list(entries) == [rule.id for rule in load_contract().rules]
    assert (expired["role"], expired["level"], expired["section"]) == ("server", "required", "expiry")
    assert expired["needs"] == ["clock | keys.signing | patience | tokens.expired"]
    assert expired["fix"] == load_contract().rule("token-expired").fix
