"""Whether callers of one account can have a token each: some targets end the others by a sign-in."""

from __future__ import annotations

from dataclasses import replace

from conformance.config.profile import Target
from conformance.evidence.recorder import Recorder
from conformance.http.transport import SocketTransport
from conformance.server.harness.credentials import Credentials, SignInRefused
from conformance.server.harness.traffic import new_traffic

MOST_SIGN_INS = 20
"""Beforehand; a target that ends tokens takes as few of an account as a person has devices."""


def shared_token(target: Target, users: int) -> str | None:
    """The token that all callers have to share, since a sign-in ends the others; None if each can have its own."""
    if target.sign_in is None:
        return None
    recorder = Recorder(None)
    transport = SocketTransport(new_traffic().route(target, recorder))
    try:
        signing_in = replace(target, tokens=replace(target.tokens, valid=None))
        credentials = Credentials(signing_in, transport, recorder, clock=None)
        credentials.valid()
        for _ in range(min(users, MOST_SIGN_INS)):
            credentials.fresh()
            if credentials.ends_together:
                return credentials.valid()
    except SignInRefused:  # which the callers will come upon themselves
        return None
    finally:
        transport.close()
    return None
