"""Who is calling: the bearer token, read from its one right place and verified on every request."""

from __future__ import annotations

import re

from conformance.mock import claims as claim_rules
from conformance.mock import tokens
from conformance.mock.call import Call, Claims
from conformance.mock.problems import unauthorized

_CREDENTIALS = re.compile(r"(?ai:bearer) ([A-Za-z0-9._~+/-]+=*)")
_SOME_TOKEN = re.compile(r"(?i:bearer)[ \t]+\S", re.ASCII)


def values(call: Call, name: str) -> tuple[str, ...]:
    """Every value of this field; blanks around a value are not part of it (RFC 9110 §5.5)."""
    return tuple([value.strip(" \t") for key, value in call.request.headers if key.lower() == name])


def authenticate(call: Call) -> Claims:
    """The claims of the request's token."""
    steps = call.steps
    claims = steps.verify(call, steps.bearer(call))
    steps.check_claims(call, claims)
    steps.check_revoked(call, claims)
    return claims


def bearer_token(call: Call) -> str:
    """The token (RFC 6750 §2.1), from one Authorization field with one space."""
    sent = call.steps.values(call, "authorization")
    if not sent:
        raise unauthorized("The request carries no bearer token.", token_sent=False)
    credentials = _CREDENTIALS.fullmatch(sent[0])
    if len(sent) > 1 or credentials is None:
        token_sent = any(_SOME_TOKEN.match(value) for value in sent)
        raise unauthorized("Authorization is not Bearer, one space and one token.", token_sent=token_sent)
    return credentials[1]


def verify_call(call: Call, token: str) -> Claims:
    """The claims of a token that is signed with the current key."""
    try:
        return tokens.verify(token, call.synq.keys)
    except tokens.BadToken as error:
        raise invalid() from error


def check_claims(call: Call, claims: Claims) -> None:
    """Issuer, audience and times."""
    try:
        claim_rules.check(claims, call.synq.clock.now(), call.steps.lifetime(call))
    except tokens.BadToken as error:
        raise invalid() from error


def check_revoked(call: Call, claims: Claims) -> None:
    """Revocation is looked up by the token's id."""
    if claims["jti"] in call.synq.revoked:
        raise invalid()


def invalid() -> Exception:
    """One answer to every bad token, so that none tells how near it came."""
    return unauthorized("The token is expired, malformed, revoked or not Synq's.", token_sent=True)
