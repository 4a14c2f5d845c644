"""`explain RULE`: everything that is needed to make the rule hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from conformance.contract.explain import UnknownRuleError, explanation, find, needs_in_words
from conformance.contract.rules import Rule, load_contract
from conformance.selftest.offenders import listed

RULES = load_contract().rules


def printed(renderable: RenderableType, width: int = 80) -> str:
    """The renderable as a pipe would get it."""
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def words(text: str) -> str:
    return " ".join(text.split())


def lost(rule: Rule) -> list[str]:
    """What the contract says of this rule and its explanation does not."""
    text = words(printed(explanation(rule), width=1000))
    said = (rule.id, rule.level, rule.sentence, rule.sent, rule.right, rule.why, rule.causes, rule.fix)
    return [each for each in (*said, *rule.references) if each not in text]


def test_nothing_that_the_contract_says_is_lost() -> None:
    """Every text comes out whole, whatever brackets and quotes it has."""
    offenders = [f"{rule.id}: {text}" for rule in RULES for text in lost(rule)]
    assert not offenders, listed(offenders, f"let {explanation.__module__} print these texts as they stand")


def test_brackets_are_text_and_not_markup() -> None:
    """A cause may quote code such as a list, which the console must not take for a style."""
    rule = replace(find("token-expired"), causes="algorithms=[none]", sentence="Not [bold].")
    text = printed(explanation(rule))
    assert "algorithms=[none]" in text
    assert "Not [bold]." in text


def test_an_explanation_fits_into_eighty_columns() -> None:
    """No line runs over, and no escape sequence gets into a pipe."""
    offenders = [
        f"{rule.id}: {line!r}"
        for rule in RULES
        for line in printed(explanation(rule)).splitlines()
        if len(line) > 80 or "\x1b" in line
    ]
    assert not offenders, listed(offenders, f"let {explanation.__module__} wrap these lines and leave out escapes")


def test_the_parts_come_in_the_order_of_work() -> None:
    """What, why, then how: as someone reads who has just seen the rule fail."""
    text = printed(explanation(find("token-expired")))
    headings = (
        "What is sent",
        "What is right",
        "Why it matters",
        "What typically breaks it",
        "How to fix it",
    )
    places = [text.index(heading) for heading in (*headings, "Rests on", "Needs", "Counts as passed from")]
    assert places == sorted(places)


def test_needs_name_the_profile_keys_that_enable_the_rule() -> None:
    """Alternatives stand on one line, and each key says what it is."""
    first, second = needs_in_words(find("refresh-recovers")).splitlines()
    assert first.startswith("sign_in (the credentials")
    assert second.count(" or ") >= 3
    assert "tokens.expired (a properly signed token past its hour)" in second


def test_a_rule_without_needs_says_so() -> None:
    """Nothing to supply is an answer too."""
    assert needs_in_words(find("documented-request")) == "Nothing beyond a target and its credentials."


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        pytest.param("token-exired", "did you mean token-expired", id="misspelt"),
        pytest.param("TOKEN_EXPIRED", "synq-conformance list", id="nothing-near"),
        pytest.param("", "synq-conformance list", id="empty"),
    ],
)
def test_an_unknown_rule_is_told_what_comes_close(wanted: str, hint: str) -> None:
    """One line, with the id that was probably meant."""
    with pytest.raises(UnknownRuleError) as caught:
        find(wanted)
    assert f'no rule "{wanted}"' in str(caught.value)
    assert hint in str(caught.value)
