"""What a reader is asked to supply so that more can be judged."""

from __future__ import annotations

import pytest

from conformance.contract.capabilities import supply
from conformance.contract.rules import Role, Rule, load_contract
from conformance.selftest.offenders import listed


def _needs(*needs: str) -> list[frozenset[str]]:
    return [frozenset(need.split(" | ")) for need in needs]


@pytest.mark.parametrize(
    ("needs", "asked"),
    [
        pytest.param(["tokens.viewer"], "supply tokens.viewer in the profile", id="one-key"),
        pytest.param(["sign_in"], "supply [sign_in] in the profile", id="a-table"),
        pytest.param(
            ["keys.signing | tokens.expired | clock"],
            "supply tokens.expired or keys.signing in the profile",
            id="what-an-owner-can-give-comes-first-and-a-clock-not-at-all",
        ),
        pytest.param(["clock"], "supply a clock that can be moved (the embedded Synq)", id="nothing-else-will-do"),
        pytest.param(
            ["tokens.viewer", "probe.write"],
            "supply tokens.viewer in the profile and probe.write in the profile",
            id="two-needs",
        ),
        pytest.param(["sign_in | clock", "sign_in"], "supply [sign_in] in the profile", id="one-implies-the-other"),
    ],
)
def test_a_need_that_is_not_met_is_asked_for(needs: list[str], asked: str) -> None:
    """In the words of the profile."""
    assert supply(_needs(*needs), frozenset()) == asked


def test_what_is_there_is_not_asked_for() -> None:
    """One of several is enough, and a need that is met is passed over."""
    needs = _needs("tokens.expired | keys.signing", "sign_in")
    assert supply(needs, frozenset({"tokens.expired", "sign_in"})) is None
    assert supply(needs, frozenset({"tokens.expired"})) == "supply [sign_in] in the profile"


def _amiss(rule: Rule) -> str | None:
    """What is wrong with the words that ask for this rule's needs; None if nothing is."""
    try:
        asked = supply(rule.needs, frozenset())
    except (KeyError, ValueError) as error:  # what a register says of a name that it does not have
        return repr(error)
    return None if (asked is None) is (not rule.needs) else f"needs {[*map(sorted, rule.needs)]}, asks for {asked}"


def test_every_need_of_the_contract_can_be_asked_for() -> None:
    """No rule needs something that there are no words for."""
    offenders = [f"{rule.id}: {wrong}" for rule in load_contract().of(Role.SERVER) if (wrong := _amiss(rule))]
    assert not offenders, listed(offenders, f"let {supply.__module__} have words for what these rules need")
