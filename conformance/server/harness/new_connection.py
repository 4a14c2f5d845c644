"""A good request that is refused for what its connection brought before."""

from __future__ import annotations

from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request

REMEMBERED = (
    "a good request was refused on a connection that had brought a bad one, and accepted over a new one: what stands "
    "there mixes up requests of one connection (Jetty keeps header fields, and takes one for another that differs in "
    "upper and lower case alone)"
)


def sent_over_a_new_one_if_refused(
    transport: Transport, request: Request, recorder: Recorder, *, may: bool = True
) -> Exchange:
    """Send it; if it is refused, and if it may be, once more over a new connection, whose answer counts."""
    exchange = transport.send(request)
    if not may or exchange.status not in (401, 403):
        return exchange
    transport.close()
    again = transport.send(request)
    if again.accepted:
        recorder.exchange(exchange, "control")
        if REMEMBERED not in recorder.notes:
            recorder.notes.append(REMEMBERED)
    return again
