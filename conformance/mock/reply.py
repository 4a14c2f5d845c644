"""One request, one response: all of the embedded Synq behind one function."""

from __future__ import annotations

from conformance.http.message import Request, Response
from conformance.mock.call import Call, Synq


def reply(synq: Synq, request: Request, connection: str = "") -> Response:
    """What this Synq answers. No I/O; the state may change. `connection` tells connections apart."""
    return synq.steps.answer(Call(synq, request, connection))
