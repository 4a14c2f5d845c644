"""Nothing is moved: tokens live for a quarter of a minute or a little more, and are waited for."""

from __future__ import annotations

import time

from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.refreshing import SETTLE_S, RefreshObservation, expired_token
from conformance.client.harness.session import Done, Session
from conformance.evidence.judge import NotAssessed

LIVES_S = (15, 30, 45, 75)
"""From the shortest on, the first that is longer than the client's lead shows when it refreshes."""
EVERY_S = 0.5
"""A client is asked so often, from the beginning of a token's life until a little after its end."""
AFTER_THE_END_S = 2.0
FORGIVEN_S = 20.0
"""How much longer than it should a server takes a token, to see whether its client goes by its end at all."""
LONGEST_S = 3 * sum(LIVES_S[-1:])
"""What the longest observation takes at most."""
BY_THE_HOUR = (
    "a token of {life_s} s was sent past its end, and not replaced by itself while the server went on to take it: the "
    "client never refreshes ahead, or it goes by the hour of the guide and not by expires_in. An hour is not waited "
    "for: let the adapter announce the capability `clock`"
)


def around_a_real_end(bench: ClientSessions) -> RefreshObservation:
    """What the client does as a token ends that lives just longer than its lead.

    A client whose lead is longer than any of these lives shows nothing: it signs in for each call. Raises NotAssessed
    if nothing tells whether a client that sends an expired token knows of its end: the guide speaks of an hour, and a
    sign-in after a 401 shows that the 401 was understood, no more.
    """
    for life_s in LIVES_S:
        seen = _seen(bench, life_s)
        if not seen.for_each:
            break
    if seen.expired is None or seen.ahead:
        return seen
    forgiven = _seen(bench, life_s, FORGIVEN_S)
    if not forgiven.replaced or forgiven.refused:
        raise NotAssessed(BY_THE_HOUR.format(life_s=life_s))
    return forgiven


def _seen(bench: ClientSessions, life_s: int, forgiven_s: float = 0.0) -> RefreshObservation:
    clock = f"tokens of {life_s} s in real time"
    with bench.configured(FakeApi(lifetime_s=life_s, forgiven_s=forgiven_s)) as session:
        before = len(session.warm_up().sign_ins)
        done = session.call()
        session.fake_api.quiet(SETTLE_S)
        if len(session.sign_ins) > before:
            return RefreshObservation(clock, done, None, False, True, for_each=True)
        return _until_it_ends(session, before, clock, forgiven_s or AFTER_THE_END_S)


def _until_it_ends(session: Session, before: int, clock: str, longer_s: float) -> RefreshObservation:
    fake_api = session.fake_api
    end = max(fake_api.issued.values()) + fake_api.lifetime_s
    expired: ReceivedRequest | None = None
    replaced = False
    while not replaced and session.now() <= end + longer_s - EVERY_S:
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
