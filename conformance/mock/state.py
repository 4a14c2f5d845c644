"""How an embedded Synq comes into being, and how its keys are rotated."""

from __future__ import annotations

from conformance.contract.durations import HOUR_S
from conformance.mock.call import Synq
from conformance.mock.clock import Clock
from conformance.mock.keys import KeyPair, generate
from conformance.mock.reference import REFERENCE
from conformance.mock.world import accounts, products

__all__ = ["Clock", "Synq", "create", "rotate"]


def create(
    *,
    clock: Clock | None = None,
    algorithm: str = "RS256",
    lifetime_s: int = HOUR_S,
    keys: KeyPair | None = None,
) -> Synq:
    """A reference server in its first state.

    `lifetime_s` is the life of a token in seconds. Without `keys` a new pair is made for `algorithm` (RS256
    or ES256); that takes up to 100 ms, so a caller who creates many hands the same keys to all.
    """
    return Synq(
        clock=clock or Clock(),
        keys=keys or generate(algorithm),
        steps=REFERENCE,
        lifetime_s=lifetime_s,
        accounts=accounts(),
        products=products(),
    )


def rotate(synq: Synq) -> None:
    """Sign with a new key from now on; what the old one signed is refused."""
    synq.keys = generate(synq.keys.algorithm)
