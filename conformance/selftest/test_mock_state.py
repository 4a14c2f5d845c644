"""Each embedded Synq is a world of its own: what happens in one leaves all others in the same process as they were."""

from __future__ import annotations

from dataclasses import replace

from conformance.mock import world
from conformance.mock.state import create


def test_another_synq_has_accounts_of_its_own() -> None:
    """A right that one account is given is given in no other Synq."""
    one = create()
    editor = one.accounts[world.EDITOR]
    one.accounts[world.EDITOR] = replace(editor, org_ids=(world.ORG, world.OTHER_ORG))
    assert create().accounts[world.EDITOR] == editor


def test_another_synq_has_products_of_its_own() -> None:
    """What is deleted here is still there."""
    one = create()
    one.products[world.ORG].clear()
    assert create().products == world.products()
    assert create().products[world.ORG]
