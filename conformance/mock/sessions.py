"""Signing in, revoking, and the public keys by which tokens are verified."""

from __future__ import annotations

import json

from conformance.http.message import Response
from conformance.mock import passwords, tokens
from conformance.mock.call import Call, Claims, Refused
from conformance.mock.problems import unauthorized
from conformance.mock.resources import as_json, json_body
from conformance.mock.world import Account

_NOBODY = Account("", "", "", b"salt of nobody", bytes(32))
"""Stands in for an unknown account, so that its refusal costs the same work."""


def sign_in(call: Call) -> Response:
    """A fresh token for the e-mail address and password in the JSON body."""
    sent = json_body(call)
    email, password = (sent.get("email"), sent.get("password")) if isinstance(sent, dict) else (None, None)
    if not isinstance(email, str) or not isinstance(password, str):
        raise Refused(422, "Signing in takes the strings email and password.")
    account = call.synq.accounts.get(email, _NOBODY)
    if not passwords.matches(password, account.salt, account.digest):
        raise unauthorized("The e-mail address or the password is wrong.", token_sent=False)
    token = call.steps.issue(call, account)
    return as_json(200, {"token": token, "expires_in": call.steps.lifetime(call)})


def issue(call: Call, account: Account) -> str:
    """A token of its own id, signed now."""
    claims = tokens.claims_of(account, call.synq.clock.now(), call.steps.lifetime(call))
    return tokens.sign(claims, call.synq.keys)


def lifetime(call: Call) -> int:
    return call.synq.lifetime_s


def revoke(call: Call, claims: Claims) -> Response:
    """From now on the token is refused."""
    call.synq.revoked.add(claims["jti"])
    return Response(204)


def jwks(call: Call) -> Response:
    """The public keys (RFC 7517 §5); they are for all callers, and may be cached."""
    headers = (("Content-Type", "application/jwk-set+json"), ("Cache-Control", "public, max-age=300"))
    return Response(200, headers, json.dumps(call.synq.keys.jwks()).encode())
