"""How long an answer is waited for: until its client has been silent for a while, not merely slow."""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait

from conformance.client.adapters.driver import Answer
from conformance.client.fake_api.service import FakeApi

MOST_WAITS = 3
"""How many times longer a client is waited for that is heard of all the while, as one is that backs off."""


def first_answered(
    pending: Collection[Future[Answer]], fake_api: FakeApi, silent_s: float, left_s: float
) -> set[Future[Answer]]:
    """Returns those that are answered as soon as there are any; none if the server heard nothing for so long.

    Popular retry libraries pause for 1, 2, 4 and 8 seconds between their tries: a caller waits for all of them.
    """
    give_up = time.monotonic() + min(left_s, MOST_WAITS * silent_s)
    lacking_s = silent_s
    while lacking_s > 0:
        answered, _ = wait(pending, min(lacking_s, max(give_up - time.monotonic(), 0.0)), FIRST_COMPLETED)
        if answered or time.monotonic() >= give_up:
            return answered
        lacking_s = silent_s - fake_api.silent_for_s
    return set()
