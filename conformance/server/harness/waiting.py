"""A token that is held until it has ended by itself: the hour proved in real time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.durations import BEYOND_LEEWAY_S, MINUTE_S
from conformance.evidence.judge import NotAssessed
from conformance.server.harness.credentials import Credentials
from conformance.tokens import expires_at
from conformance.tokens.life import span_in_words

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """A token of the main account that was accepted when the run began."""

    token: str
    tell: Tell
    credentials: Credentials

    def once_over(self) -> str:
        """Returns the token once it has been over for longer than any leeway.

        Raises NotAssessed if it has no end, or if something else ended it.
        """
        if self.credentials.ends_together:
            raise NotAssessed(
                "a sign-in or a revocation of the run ended the token that was held, so that its age shows nothing"
            )
        expiry = expires_at(self.token)
        if expiry is None:
            raise NotAssessed("the token does not say when it ends, so its end cannot be waited for")
        while (left_s := expiry + BEYOND_LEEWAY_S - self.credentials.clock.now()) > 0:
            self.tell(f"waiting until the run's first token has ended: {span_in_words(left_s)} left")
            time.sleep(min(left_s, MINUTE_S))
        return self.token


def held_from_now(credentials: Credentials, tell: Tell) -> WaitedFor:
    """A token that is held from now on: a new one if the account signs in, else the one that is accepted now."""
    token = credentials.valid() if credentials.target.sign_in is None else credentials.fresh()
    return WaitedFor(token, tell, credentials)
