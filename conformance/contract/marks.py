"""How a check names the rule it judges."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def rule(rule_id: str) -> pytest.MarkDecorator:
    """Bind a check to the one rule of the contract that it judges."""
    return pytest.mark.synq_rule(rule_id)


def alternative(shows: str, *, by: str) -> pytest.MarkDecorator:
    """Declare that several checks of one rule show the same thing, each by other means; one of them is enough.

    `shows` names what they have in common, `by` the means: a supplied token, a minted one, a moved clock.
    """
    return pytest.mark.synq_alternative(shows, by=by)


def depth(least: str) -> pytest.MarkDecorator:
    """Run the case only from this depth on: standard or deep."""
    return pytest.mark.synq_depth(least)


def last(check: Callable[..., None]) -> Callable[..., None]:
    """Run the check when all others have been run: it waits for something, which they need not."""
    marked: Callable[..., None] = pytest.mark.synq_last(check)
    return marked


def signs_in_wrongly(check: Callable[..., None]) -> Callable[..., None]:
    """Run the check behind those that need the account, which may be locked after so many wrong passwords."""
    marked: Callable[..., None] = pytest.mark.synq_wrong_sign_in(check)
    return marked


def needs(*capabilities: str) -> pytest.MarkDecorator:
    """What a case needs beyond its rule's needs; "a | b" is satisfied by either."""
    return pytest.mark.synq_needs(*capabilities)


def operations(which: str) -> pytest.MarkDecorator:
    """Run the check once for each documented operation: all, writes or objects."""
    return pytest.mark.synq_operations(which)
