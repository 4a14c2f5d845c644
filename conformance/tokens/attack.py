"""What an attack on a token is, what a forger has to work with, and the register of all attacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from conformance.contract.durations import HOUR_S
from conformance.tokens.compact import Json, Parts, decode, issued_at

Wire = Literal["clean", "odd", "huge"]
"""What HTTP stacks make of the value by themselves: nothing; refuse its octets; refuse its size."""


class NotForgeable(ValueError):
    """The attack cannot be made of this material; the text says what is missing."""


class NothingToForge(NotForgeable):
    """The attack does not exist for this target, whatever is supplied: its tokens or keys are of another kind."""


@dataclass(frozen=True, slots=True)
class Material:
    """What the forger has."""

    valid: str = field(repr=False)
    """A genuine token that is accepted now."""
    spare: str | None = field(default=None, repr=False, compare=False)
    """Another genuine token. One is as good as the next: it makes no difference between two materials."""
    public: str | None = None
    """The keys by which tokens are verified: a JWK Set, or one public key or certificate in PEM."""
    signing: str | None = field(default=None, repr=False)
    """The private key that signs tokens, in PEM; test deployments only."""
    listener: str | None = None
    """Base URL of a listener of the suite, for attacks that would have the server fetch a key."""
    now: float = 0.0
    """The target's time in seconds since the epoch."""
    spoiled: bool = False
    """Whether forged claims are such as no server accepts: they ended long ago. What is accepted all the same was
    not accepted on account of them."""
    scope: tuple[str, str] | None = None
    """The tenant and the organization that the genuine token names."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What of this an attack may need."""
        given = {
            "tokens.valid": self.valid,
            "keys.public": self.public,
            "keys.signing": self.signing,
            "loopback": self.listener,
        }
        return frozenset(name for name, value in given.items() if value)

    @property
    def lately(self) -> float:
        """When a token for now was issued: `LATELY_S` ago, or with the genuine token if that is younger.

        Some targets end what is older than the account's last sign-in.
        """
        begun, ago = issued_at(self.valid), self.now - LATELY_S
        return ago if begun is None or begun > self.now else max(ago, begun)

    @property
    def genuine(self) -> Parts:
        """Returns the genuine token taken apart; raises NothingToForge if it is opaque."""
        parts = _taken_apart(self.valid)
        if parts is None:
            raise NothingToForge("the valid token is no JWT, so it has no parts that could be forged")
        return parts


@lru_cache(maxsize=8)
def _taken_apart(token: str) -> Parts | None:
    """A few hundred attacks on one token take it apart once. Its parts are never written to."""
    return decode(token)


Forge = Callable[[Material], str]


@dataclass(frozen=True, slots=True)
class Attack:
    """One way to make a token that must be refused."""

    name: str
    rule: str
    """Id of the rule that a target breaks by accepting it."""
    what: str
    """What was done, in one sentence."""
    why: str
    """Why accepting it is a hole, in one sentence."""
    forge: Forge = field(repr=False)
    """Raises NotForgeable if the material does not allow it."""
    needs: frozenset[str] = frozenset()
    """Capabilities beyond a valid token."""
    references: tuple[str, ...] = ()
    """RFC sections, and CVEs of libraries that fell for it."""
    wire: Wire = "clean"
    contrived: bool = False
    """Whether no client sends it by accident: a server error then gives nothing away, and no-server-error judges it."""
    takes: frozenset[str] = frozenset()
    """What of the material it takes beyond a genuine token and `needs`: "spare", "listener"."""

    @property
    def clause(self) -> str:
        """What was done, as part of a longer sentence: with neither capital nor full stop."""
        return self.what[0].lower() + self.what[1:].removesuffix(".")


_register: dict[str, Attack] = {}


def attack(
    name: str,
    *,
    rule: str,
    what: str,
    why: str,
    references: tuple[str, ...] = (),
    needs: Iterable[str] = (),
    wire: Wire = "clean",
    contrived: bool = False,
    takes: Iterable[str] = (),
) -> Callable[[Forge], Forge]:
    """Register a function as the attack of this name; raises ValueError if another has the name."""

    def register(forge: Forge) -> Forge:
        if name in _register:
            raise ValueError(f"two attacks are called {name}")
        _register[name] = Attack(
            name, rule, what, why, forge, frozenset(needs), references, wire, contrived, frozenset(takes)
        )
        return forge

    return register


def registered() -> tuple[Attack, ...]:
    """Every attack registered so far, in that order."""
    return tuple(_register.values())


def without(members: Json, names: Iterable[str]) -> Json:
    """The same object less these members."""
    dropped = set(names)
    return {name: value for name, value in members.items() if name not in dropped}


LATELY_S = 30
"""How long ago a token for now was issued. The target's clock may be behind, and a target without any leeway refuses
what it takes for a token of the next second, whatever else it says (glibc's time() alone lags by some milliseconds)."""


def dated(claims: Json, issued: float, lifetime_s: float = HOUR_S) -> Json:
    """The same claims, issued then and good for so long. No claim is added but `exp`."""
    start = int(issued)
    fresh = {"iat": start, "nbf": start, "exp": int(start + lifetime_s)}
    return claims | {name: value for name, value in fresh.items() if name in claims or name == "exp"}


def elevated(material: Material) -> Json:
    """The genuine claims with more to them: the hour started lately, and an editor or a viewer is an admin.

    Of spoiled material, the genuine claims a month ago.
    """
    genuine = material.genuine.claims
    if material.spoiled:
        return dated(genuine, material.now - 30 * 86_400)
    role = {"role": "admin"} if genuine.get("role") in {"viewer", "editor"} else {}
    claims = dated(genuine, material.lately) | role
    if claims != genuine:
        return claims
    return dated(genuine, material.lately - 1)  # not a second later: a life beyond the hour is refused for itself
