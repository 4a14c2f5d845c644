"""What a profile supplies: whether each token and id is what its name says, by the tokens' own, unverified claims."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from typing import Any

from conformance.config.profile import Scope, Target, Tokens
from conformance.contract.durations import BEYOND_LEEWAY_S
from conformance.tokens import decode
from conformance.tokens.life import span_in_words, time_left_s
from conformance.tokens.reading import names, names_as, rights_in

FOREIGN = {"other_tenant_id": "tenant_id", "other_org_id": "org_id", "other_tenant_org_id": "org_id"}
"""Of each id in the profile's scope that the token has no claim to, the id of its own kind that it has."""


def set_aside(target: Target, valid: str) -> tuple[Target, tuple[str, ...]]:
    """The target without what is supplied and cannot show what its name says, and what to note of each.

    A token of another issuer that is over is refused for that, and one that is not over is no expired one; an
    organization that the valid token names is no foreign one.
    """
    tokens, scope = target.tokens, target.scope
    supplied = {one.name: getattr(tokens, one.name) for one in fields(Tokens) if one.name != "valid"}
    found = {name: issue_of(name, token, valid, scope) for name, token in supplied.items() if token is not None}
    unusable = {name: issue for name, issue in found.items() if issue is not None}
    foreign = {name: getattr(scope, name) for name in FOREIGN}
    own = [name for name, value in foreign.items() if value and names_as(valid, value, getattr(scope, FOREIGN[name]))]
    notes = (
        *(f"tokens.{name} was not used: {issue}" for name, issue in unusable.items()),
        *(f"scope.{name} was not used: the valid token names it; give one that it does not" for name in own),
    )
    used: dict[str, Any] = dict.fromkeys(own)
    return replace(target, tokens=replace(tokens, **dict.fromkeys(unusable)), scope=replace(scope, **used)), notes


def issue_of(name: str, token: str, valid: str, scope: Scope) -> str | None:
    """Why this token is not what its name in the profile says, by its own claims; None if they agree with it."""
    if decode(token) is None:
        return None
    left = time_left_s(token)
    if name == "expired":
        if left is None or left > 0:
            return "by its own claims it is not over: supply one that is"
        leeway = f"it was over {span_in_words(-left)} ago, and a leeway of a quarter of an hour breaks no required rule"
        return None if left < -BEYOND_LEEWAY_S else f"{leeway}: supply one that has been over for longer"
    if left is not None and left <= 0:
        return f"it was over {span_in_words(-left)} ago, so that its refusal proves nothing: supply one that is not"
    return _other_issue_of(name, token, valid) or _issue_of_holder(name, token, valid, scope)


def _other_issue_of(name: str, token: str, valid: str) -> str | None:
    not_before = _claim(token, "nbf")
    match name:
        case "not_yet_valid" if not (isinstance(not_before, int | float) and not_before > time.time()):
            return "its nbf does not lie ahead: supply one whose does"
        case "wrong_issuer" if _claim(token, "iss") == _claim(valid, "iss"):
            return "its iss is that of tokens.valid: supply one of another issuer"
        case "wrong_audience" if _claim(token, "aud") == _claim(valid, "aud"):
            return "its aud is that of tokens.valid: supply one for another audience"
        case "no_expiry" if time_left_s(token) is not None:
            return "it has an exp: supply one that has none"
    return None


def _issue_of_holder(name: str, token: str, valid: str, scope: Scope) -> str | None:
    """Whether its claims say more of whom it is good for than its name allows."""
    match name:
        case "unprovisioned" if names(token, scope.tenant_id) and names(token, scope.org_id):
            return "its claims name the tenant and the organization: supply one of a bare account"
        case "other_tenant" if names_as(token, scope.tenant_id, scope.other_tenant_id or ""):
            return "its claims name scope.tenant_id as well: supply one that is good for the other tenant alone"
        case "viewer" if (rights := rights_in(token)) and rights == rights_in(valid):
            return "its role is that of tokens.valid: supply one whose role may not write"
    return None


def _claim(token: str, name: str) -> object:
    """The claim of this name; None if there is none, or the token cannot be read."""
    parts = decode(token)
    return None if parts is None else parts.claims.get(name)
