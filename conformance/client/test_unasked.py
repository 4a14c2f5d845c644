"""What a client does when nothing is asked of it."""

from __future__ import annotations

from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.idle import Idling
from conformance.contract.marks import last, rule


@last
@rule("quiet-when-idle")
def test_an_idle_client_sends_nothing(bench: ClientSessions, idling: Idling) -> None:
    """With a token that is good for most of an hour, nothing is sent that no call caused."""
    bench.must_work()
    idling.must_be_quiet()
