"""Nothing is moved: tokens live for a quarter of a minute or a little more, and are waited for."""

from __future__ import annotations

import time

from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.refreshing import SETTLE_S, RefreshObservation, expired_token
from conformance.client.harness.session import Done, Session

LIVES_S = (15, 30, 45, 75)
"""From the shortest on, the first that is longer than the client's lead shows when it refreshes."""
EVERY_S = 0.5
"""A client is asked so often, from the beginning of a token's life until a little after its end."""
AFTER_THE_END_S = 2.0
LONGEST_S = 2 * sum(LIVES_S[-1:])
"""What the longest observation takes at most."""


def around_a_real_end(bench: ClientSessions, later_s: int = 0) -> RefreshObservation:
    """What the client does as a token ends that lives just longer than its lead, by so much more if asked to.

    A client whose lead is longer than any of these lives shows nothing: it signs in for each call.
    """
    for life_s in (one + later_s for one in LIVES_S):
        with bench.configured(FakeApi(lifetime_s=life_s)) as session:
            before = len(session.warm_up().sign_ins)
            done = session.call()
            session.fake_api.quiet(SETTLE_S)
            if len(session.sign_ins) == before:
                return _until_it_ends(session, before, f"tokens of {life_s} s in real time")
    return RefreshObservation(f"tokens of up to {life_s} s in real time", done, None, False, True, for_each=True)


def _until_it_ends(session: Session, before: int, clock: str) -> RefreshObservation:
    fake_api = session.fake_api
    end = max(fake_api.issued.values()) + fake_api.lifetime_s
    expired: ReceivedRequest | None = None
    replaced = False
    while not replaced and session.now() <= end + AFTER_THE_END_S:
        time.sleep(EVERY_S)
        at = session.now()
        done = session.call()
        expired = expired or expired_token(done, fake_api, at)
        fake_api.quiet(SETTLE_S)
        replaced = len(session.sign_ins) > before
    refused = any(received.status == 401 for received in session.attempts)
    return RefreshObservation(clock, done, expired, refused, replaced, for_each=False)


def after_a_real_pause(bench: ClientSessions) -> Done:
    """A call after the client was left alone for longer than its token lived."""
    with bench.configured(FakeApi(lifetime_s=LIVES_S[0])) as session:
        session.warm_up()
        time.sleep(LIVES_S[0] + AFTER_THE_END_S)
        return session.call()
