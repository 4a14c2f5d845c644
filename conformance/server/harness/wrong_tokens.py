"""Tokens that are wrong in one way, supplied or made: one of each kind is enough for every operation."""

from __future__ import annotations

from conformance.contract.durations import HOUR_S, MINUTE_S
from conformance.evidence.judge import Unmet
from conformance.server.harness.sessions import goes_by_the_key
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import expires_at


class Ended:
    """A properly signed token that ended an hour ago, or the supplied one if the target does not go by the key."""

    def __init__(self, synq: TargetApi) -> None:
        self._synq = synq
        self._minted: bool | None = None

    def token(self) -> str:
        """Returns the token; raises Unmet if there is none."""
        target = self._synq.target
        if target.keys.signing is None and target.tokens.expired is None:
            raise Unmet("supply tokens.expired or keys.signing in the profile")
        if self._minted is None:
            self._minted = target.tokens.expired is None or goes_by_the_key(self._synq)
        if self._minted or target.tokens.expired is None:
            return self._synq.forger.forged(f"expired-{HOUR_S}")
        return target.tokens.expired


class Revoked:
    """A token that was revoked within its hour: one for all operations, made anew once it is too old to tell."""

    def __init__(self, synq: TargetApi) -> None:
        self._synq = synq
        self._made: str | None = None

    def token(self) -> str:
        """Returns the token, or the supplied one; raises Unmet if there is neither."""
        target, credentials = self._synq.target, self._synq.credentials
        if target.sign_in is not None and target.revoke is not None:
            if self._made is None or not self._lives(self._made):
                token = credentials.fresh()
                self._synq.precondition(self._synq.request(token=token), why="the token is fresh")
                credentials.revoke(token)
                self._synq.step(self._synq.request(token=token))  # its first use is the list's matter
                self._made = token
            return self._made
        supplied = target.tokens.revoked
        if supplied is None:
            raise Unmet("supply tokens.revoked, or [sign_in] and [revoke], in the profile")
        if not self._lives(supplied):
            raise Unmet("supply a tokens.revoked whose hour is not over: this one would be refused for its age")
        return supplied

    def _lives(self, token: str) -> bool:
        ends = expires_at(token)
        return ends is None or ends > self._synq.credentials.clock.now() + MINUTE_S
