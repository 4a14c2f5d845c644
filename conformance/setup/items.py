"""Each item of a profile, asked whether it is what it claims to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.server.harness.credentials import SignInRefused
from conformance.server.harness.supplied import FOREIGN, issue_of
from conformance.setup.asking import AskedTarget
from conformance.setup.step import ProfileStep, absent, in_doubt, right, wrong
from conformance.tokens import Material, NotForgeable, mint
from conformance.tokens.life import time_left_s
from conformance.tokens.public import is_signed_by
from conformance.tokens.reading import names, names_as

LET_IN = ("valid", "viewer", "other_tenant", "unprovisioned")
"""Tokens that are genuine and current; the others are wrong in the one way that their name says."""
RIGHT_403 = ", and 403 is right"
ELSE = "{}? Then the target breaks the rule, and a run will say so"
"""If what was said of an item may be right, and the target wrong."""


def items(asked: AskedTarget) -> Iterator[ProfileStep]:
    """Every item that the profile has, and by name those that it lacks."""
    yield _viewer(asked)
    yield from (_refused(asked, each.name) for each in fields(asked.target.tokens) if each.name not in LET_IN)
    yield _other_tenant(asked)
    yield _unprovisioned(asked)
    yield _foreign_scope(asked, "other_tenant_id")
    yield _foreign_scope(asked, "other_org_id")
    yield _foreign_resource(asked)
    yield _revoke(asked)
    yield _public(asked)
    yield _signing(asked)


def _token(asked: AskedTarget, name: str) -> str | None:
    found: str | None = getattr(asked.target.tokens, name)
    return found


def _came(request: Request, by: str, exchange: Exchange) -> str:
    return f"{request.method} {request.target} with {by} was answered {exchange.outcome}"


def _viewer(asked: AskedTarget) -> ProfileStep:
    key, token, write = "tokens.viewer", _token(asked, "viewer"), asked.target.probe.write
    if token is None:
        return absent(key)
    reading = asked.documented.request(token=token)
    read = asked.send(reading)
    if not read.accepted:
        return wrong(key, _came(reading, "it", read), f"{key}: supply a valid token of an account that may read")
    if write is None:
        came = f"{_came(reading, 'it', read)}; no write is sent"
        return in_doubt(key, came, "probe.write: name the write that it may not make")
    writing = asked.documented.request(write.method, write.path, token=token, json_body=write.json)
    wrote = asked.send(writing)
    came = f"{_came(reading, 'it', read)}, {_came(writing, 'it', wrote)}"
    if wrote.accepted:
        return wrong(key, came, f"{key}: its role may write; supply one whose role may not, or another probe.write")
    return right(key, came) if wrote.status == 403 else in_doubt(key, f"{came}{RIGHT_403}", "probe.write: is it right?")


def _refused(asked: AskedTarget, name: str) -> ProfileStep:
    """A token that is refused because of what its name says, and of nothing else."""
    key, token = f"tokens.{name}", _token(asked, name)
    if token is None:
        return absent(key)
    request = asked.documented.request(token=token)
    exchange = asked.send(request)
    came = _came(request, "it", exchange)
    if (issue := issue_of(name, token, asked.credentials.valid(), asked.target.scope)) is not None:
        return wrong(key, came, f"{key}: {issue}")
    if exchange.accepted:
        return in_doubt(key, f"{came}, and 401 is right", f"{key}: {ELSE.format('is it one')}")
    return right(key, came)


def _other_tenant(asked: AskedTarget) -> ProfileStep:
    key, token, scope = "tokens.other_tenant", _token(asked, "other_tenant"), asked.target.scope
    if token is None:
        return absent(key)
    if scope.other_tenant_id is None:
        return wrong(key, "its tenant is not named", "scope.other_tenant_id: name the tenant of that token")
    org = scope.other_tenant_org_id or scope.other_org_id
    request = asked.documented.request(token=token, tenant=scope.other_tenant_id, org=org)
    exchange = asked.send(request)
    came = _came(request, "it in its own tenant", exchange)
    if exchange.accepted:
        return right(key, f"{came}, so scope.other_tenant_id and its organization exist")
    over = (time_left_s(token) or 1) <= 0
    belong = "do scope.other_tenant_id and scope.other_tenant_org_id belong to it?"
    which = "it is over; supply a fresh one" if over else belong
    return wrong(key, came, f"{key}: {which}")


def _unprovisioned(asked: AskedTarget) -> ProfileStep:
    key, token = "tokens.unprovisioned", _token(asked, "unprovisioned")
    if token is None:
        return absent(key)
    request = asked.documented.request(token=token)
    exchange = asked.send(request)
    came, scope = _came(request, "it", exchange), asked.target.scope
    if names(token, scope.tenant_id) or names(token, scope.org_id):
        return wrong(key, came, f"{key}: its claims name the tenant or the organization; supply one of a bare account")
    if exchange.status == 401:
        return wrong(key, f"{came}{RIGHT_403}", f"{key}: it is refused as a token; supply a genuine, current one")
    if exchange.accepted:
        return in_doubt(key, f"{came}{RIGHT_403}", f"{key}: {ELSE.format('is it one')}")
    return right(key, came)


def _foreign_scope(asked: AskedTarget, name: str) -> ProfileStep:
    key, value = f"scope.{name}", getattr(asked.target.scope, name)
    if value is None:
        return absent(key)
    request = asked.documented.request(**{"tenant" if name == "other_tenant_id" else "org": value})
    exchange = asked.send(request)
    came = f"{request.method} {request.target} for {value} with tokens.valid was answered {exchange.outcome}"
    if names_as(asked.credentials.valid(), value, getattr(asked.target.scope, FOREIGN[name])):
        return wrong(key, came, f"{key}: tokens.valid names it; give one that the token has no claim to")
    if exchange.accepted:
        return in_doubt(key, f"{came}{RIGHT_403}", f"{key}: {ELSE.format('has the account no claim to it')}")
    known = name == "other_tenant_id" and asked.target.tokens.other_tenant is not None
    return right(key, came if known else f"{came}; that it exists is not shown by that")


def _foreign_resource(asked: AskedTarget) -> ProfileStep:
    key, path = "probe.foreign_resource", asked.target.probe.foreign_resource
    if path is None:
        return absent(key)
    request = asked.documented.request("GET", path)
    exchange = asked.send(request)
    came = _came(request, "tokens.valid", exchange)
    if exchange.accepted:
        return in_doubt(key, f"{came}{RIGHT_403}", f"{key}: {ELSE.format('is it of another organization')}")
    return right(key, f"{came}; that it exists is not shown by that")


def _revoke(asked: AskedTarget) -> ProfileStep:
    key = "revoke"
    if asked.target.revoke is None:
        return absent(key)
    if asked.target.sign_in is None:
        return absent(key, "not asked: only a token that signing in brought is revoked, and there is no [sign_in]")
    try:
        token = asked.credentials.fresh()
        exchange = asked.credentials.revoke(token)
    except (SignInRefused, NotAssessed) as error:
        return wrong(key, str(error), "revoke.path: name the POST by which a token is revoked")
    after = asked.send(asked.documented.request(token=token))
    revoking = f"POST {asked.target.revoke.path} was answered {exchange.outcome}"
    came = f"{revoking}, the documented request then {after.outcome}"
    return in_doubt(key, came, "revoke.path: is it the one that revokes?") if after.accepted else right(key, came)


def _public(asked: AskedTarget) -> ProfileStep:
    key = "keys.public"
    if asked.target.keys.public is None:
        return absent(key)
    try:
        verified = is_signed_by(Material(asked.credentials.valid(), public=asked.target.keys.public))
    except NotForgeable as error:
        return wrong(key, str(error), f"{key}: supply the target's JWKS or PEM")
    if verified:
        return right(key, "the signature of tokens.valid is verified by it")
    return wrong(key, "the signature of tokens.valid is not verified by it", f"{key}: supply the target's own key")


def _signing(asked: AskedTarget) -> ProfileStep:
    key = "keys.signing"
    if asked.target.keys.signing is None:
        return absent(key)
    try:
        minted = mint(asked.documented.forger.material())
    except NotForgeable as error:
        return wrong(key, str(error), f"{key}: supply the key that signs the target's tokens, in PEM")
    request = asked.documented.request(token=minted)
    exchange = asked.send(request)
    came = _came(request, "a token that it signed", exchange)
    advice = f"{key}: supply the key that the target trusts; if it takes only what it issued itself, leave it out"
    return right(key, came) if exchange.accepted else wrong(key, came, advice)
