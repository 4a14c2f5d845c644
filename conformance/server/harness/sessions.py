"""Targets that refuse what the suite signs: they go by no key alone, or end tokens by a sign-in or a revocation."""

from __future__ import annotations

from conformance.evidence.judge import Unmet
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import SIGNED_ANEW, issued_at

BEFORE_S = 5
"""How long before the account last signed in."""


def goes_by_the_key(synq: TargetApi) -> bool:
    """Whether a token counts that the suite signs, if nothing else is wrong in it."""
    if synq.target.keys.signing is None:
        return False
    return synq.step(synq.request(token=synq.forger.forged(SIGNED_ANEW))).accepted


def must_take_what_is_older_than_the_session(synq: TargetApi) -> None:
    """Raises Unmet if a token is refused that is hardly older than one that counts: then it is not for its age.

    First the account revokes a token and signs in anew, if it can, so that a life that is too short by far is still
    longer than what is asked for.
    """
    credentials, target = synq.credentials, synq.target
    if target.sign_in is not None and target.revoke is not None:
        credentials.revoke(credentials.fresh())
    begun = issued_at(credentials.valid() if target.sign_in is None else credentials.fresh())
    if begun is None:
        return
    age_s = max(0, int(credentials.clock.now() - begun)) + BEFORE_S
    if not synq.step(synq.request(token=synq.forger.forged(f"aged-{age_s}"))).accepted:
        raise Unmet(
            "supply a clock that can be moved: this target refuses what was issued before the account last signed in "
            f"or revoked a token, be it {BEFORE_S} s, so that a token of minute 59 cannot be minted"
        )
