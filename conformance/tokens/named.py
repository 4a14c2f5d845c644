"""Tokens by name: every attack, and the tokens that a deployment's own key mints, so that a line can ask for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from conformance.tokens.attack import Attack, Material, NotForgeable, registered
from conformance.tokens.minting import aged, expired, half_scoped, mint, without_scope


@dataclass(frozen=True, slots=True)
class Minted:
    """A kind of token that the deployment's own key signs."""

    pattern: str
    """Its name; N stands for a number of seconds."""
    rule: str
    what: str
    why: str
    mint: Callable[[int, Material], str]

    def called(self, name: str) -> Attack | None:
        """The token of this name; None if the name is of another kind."""
        found = re.fullmatch(self.pattern.replace("N", r"(\d{1,9})"), name)
        if found is None:
            return None
        seconds = int(found[1]) if found.groups() else 0
        what = self.what.replace("N ", f"{seconds} ")
        return Attack(name, self.rule, what, self.why, partial(self.mint, seconds), frozenset({"keys.signing"}))


def _unscoped(_: int, material: Material) -> str:
    if material.scope is None:
        raise NotForgeable("supply the tenant and the organization that the genuine token names")
    return without_scope(material, *material.scope)


def _half_scoped(_: int, material: Material, *, gone: int, emptied: bool = False) -> str:
    if material.scope is None:
        raise NotForgeable("supply the tenant and the organization that the genuine token names")
    return half_scoped(material, material.scope[gone], material.scope[1 - gone], emptied=emptied)


HALF_SCOPES: dict[str, tuple[str, Callable[[int, Material], str]]] = {
    "without-tenant": ("names an organization and no tenant", partial(_half_scoped, gone=0)),
    "without-organization": ("names a tenant and no organization", partial(_half_scoped, gone=1)),
    "with-empty-organization": (
        "names a tenant, and no organization in the claim for them",
        partial(_half_scoped, gone=1, emptied=True),
    ),
}
"""Tokens with half of a scope, by their names."""

SIGNED_ANEW = "signed-anew"
"""The token beside which each other one under the target's key is judged."""

MINTED = (
    Minted(
        SIGNED_ANEW,
        "token-accepted-until-hour",
        "Nothing is wrong with the token: it says what the genuine one says, and the signature is right.",
        "If it is refused, the target does not go by this key alone, and refusing others of its kind proves nothing.",
        lambda _, material: mint(material),
    ),
    Minted(
        "aged-N",
        "token-accepted-until-hour",
        "The token was issued N seconds ago, and the signature is right.",
        "A token lives one hour, no less and no more.",
        lambda age_s, material: aged(material, age_s),
    ),
    Minted(
        "expired-N",
        "token-expired",
        "The token expired N seconds ago, and the signature is right.",
        "A token that outlives its hour can be used by every finder of it.",
        lambda by_s, material: expired(material, by_s),
    ),
    Minted(
        "without-scope",
        "token-unprovisioned",
        "The token names neither tenant nor organization, and the signature is right.",
        "An account that was given no scope has no business in any.",
        _unscoped,
    ),
    *(
        Minted(
            name,
            "token-unprovisioned",
            f"The token {what}, and the signature is right.",
            "What is missing narrows nothing down, and a program that takes it for a wildcard gives out all there is.",
            mint,
        )
        for name, (what, mint) in HALF_SCOPES.items()
    ),
)
"""Every kind of token that is minted under a name."""


def named(name: str) -> Attack:
    """Returns the attack or the minted token of this name; raises KeyError if there is none."""
    for kind in MINTED:
        if (found := kind.called(name)) is not None:
            return found
    return {attack.name: attack for attack in registered()}[name]


def listed() -> dict[str, str]:
    """Every name with what is done under it, in one sentence."""
    return {one.name: one.what for one in registered()} | {one.pattern: one.what for one in MINTED}
