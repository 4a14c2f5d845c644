"""Signing in with what is nearly right, and with more than is asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from conformance.contract.inputs import NearPassword
from conformance.evidence.judge import Inapplicable, NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Field, Request, with_query
from conformance.server.harness.cases import UNKNOWN_ID
from conformance.server.harness.credentials import no_token, sign_in_request, token_in
from conformance.server.harness.documented import ORG, TENANT
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import decode

BCRYPT_OCTETS = 72
"""What bcrypt looks at."""


def nearly(synq: TargetApi, near: NearPassword) -> Any:  # noqa: ANN401 - any JSON
    """The value to send for the password.

    Raises Inapplicable if it comes out as the right password itself, needs a longer one, or has no place in a form.
    """
    account = synq.credentials.account
    password = account.password
    value = _filled(near.template, _parts(password))
    if value == password or (isinstance(value, str) and "{start}" in value):
        raise Inapplicable(f"{near.name} does not exist for this password")
    if account.request == "form" and not isinstance(value, str):
        raise Inapplicable("a form has texts only")
    return value


def _parts(password: str) -> dict[str, str]:
    octets = password.encode()
    parts = {
        "password": password,
        "cut": password[:-1],
        "tail": password[1:],
        "first": password[:1],
        "upper": password.upper(),
        "lower": password.lower(),
        "swapped": password.swapcase(),
        "again": password * 2,
        "wide": "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in password),
        "encoded": "".join(f"%{octet:02X}" for octet in octets) if octets.isascii() else quote(password, safe=""),
    }
    if len(octets) > BCRYPT_OCTETS:
        parts["start"] = octets[:BCRYPT_OCTETS].decode("utf-8", "ignore")
    return parts


def _filled(template: Any, parts: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    match template:
        case str():
            for name, part in parts.items():
                if f"{{{name}}}" in template:
                    template = template.replace(f"{{{name}}}", part)
            return template
        case list():
            return [_filled(one, parts) for one in template]
        case dict():
            return {name: _filled(one, parts) for name, one in template.items()}
    return template


WITHOUT_PASSWORD = ("left-out", "operator-in-a-form", "vouched-for", "vouched-for-with-a-wrong-password")
"""Sign-ins whose body holds no password that could be compared, by a name for reports."""
VOUCHED = {
    "type": "google", "provider": "google", "auth_provider": "google", "login_type": "google", "method": "oauth",
    "grant_type": "social", "social": True, "oauth": True, "sso": True, "isGoogle": True, "verified": True,
}  # fmt: skip
"""What says that another provider, which is not asked, signed the caller in."""


def signed_in_without(synq: TargetApi, what: str) -> ResponseAssertion:
    """Sign in with the right address and no password; raises NotAssessed if the right credentials bring no token."""
    account = synq.credentials.account
    synq.credentials.sent_wrong = True
    request = sign_in_request(account, {account.email_field: account.email})
    if what.startswith("vouched-for"):
        wrong = {account.password_field: "not the password"} if what.endswith("wrong-password") else {}
        request = sign_in_request(account, {**VOUCHED, account.email_field: account.email, **wrong})
    if what == "operator-in-a-form":
        fields = {account.email_field: account.email, f"{account.password_field}[$ne]": ""}
        request = sign_in_request(replace(account, request="form"), fields)
    return _sent(synq, request)


EXTRAS = ("role", "tenant", "claims", "lifetime", "scope-in-the-query", "scope-in-headers")
"""What is sent besides the credentials, by a name for reports."""


def signed_in_with(synq: TargetApi, extra: str) -> ResponseAssertion:
    """Sign in with the right credentials and more; raises NotAssessed if the right ones alone bring no token."""
    account, scope = synq.credentials.account, synq.target.scope
    tenant, org = scope.other_tenant_id or UNKNOWN_ID, scope.other_tenant_org_id or scope.other_org_id or UNKNOWN_ID
    pair = {"tenant_id": tenant, "org_id": org, "org_ids": [org]}
    members: dict[str, dict[str, Any]] = {
        "role": {"role": "admin", "roles": ["admin"], "is_admin": True, "admin": True},
        "tenant": {**pair, "tenantId": tenant, "orgId": org, "tenant": tenant, "organization": org},
        "claims": {"claims": {"role": "admin", **pair}, "user": {"role": "admin", **pair}, "sub": "admin"},
        "lifetime": {"expires_in": 31_536_000, "exp": 4_102_444_800, "remember_me": True, "lifetime": 31_536_000},
    }
    request = sign_in_request(
        account,
        {**members.get(extra, {}), account.email_field: account.email, account.password_field: account.password},
    )
    if extra == "scope-in-the-query":
        query = urlencode({**pair, "org_ids": org, "role": "admin"})
        request = replace(request, target=with_query(request.target, query))
    if extra == "scope-in-headers":
        fields: tuple[Field, ...] = ((TENANT, tenant), (ORG, org), ("X-Role", "admin"))
        request = request.having(*fields)
    return _sent(synq, request)


def _sent(synq: TargetApi, request: Request) -> ResponseAssertion:
    exchange = synq.step(request)
    token = token_in(exchange, synq.credentials.account)
    if token is not None:
        synq.recorder.secret(token, "[token from a sign-in with more]")
    control = synq.credentials.sign_in()
    if token_in(control, synq.credentials.account) is None:
        raise NotAssessed(no_token(synq.credentials, control))
    return ResponseAssertion(synq, exchange, control.request, controlled=control)


def claims_beyond_plain(synq: TargetApi, exchange: Exchange) -> list[str]:
    """The claims of this answer's token that no plain sign-in brings; none if it brought no token.

    Raises Inapplicable if tokens are opaque. Claims that differ from one plain sign-in to the next are left out.
    """
    token = token_in(exchange, synq.credentials.account)
    if token is None:
        return []
    plain = [_lasting(token_in(synq.credentials.sign_in(), synq.credentials.account)) for _ in range(2)]
    found = _lasting(token)
    steady = {name for name in {*plain[0], *plain[1]} if plain[0].get(name) == plain[1].get(name)}
    names = steady | (set(found) - set(plain[0]) - set(plain[1]))
    return sorted(name for name in names if found.get(name) != plain[0].get(name))


def _lasting(token: str | None) -> dict[str, str]:
    """The token's claims, each as JSON, and how long it lives in place of when that begins and ends."""
    parts = None if token is None else decode(token)
    if parts is None:
        raise Inapplicable("the token is opaque, so there are no claims to compare")
    claims = dict(parts.claims)
    issued, ends = claims.pop("iat", None), claims.pop("exp", None)
    claims.pop("nbf", None)
    if isinstance(issued, int | float) and isinstance(ends, int | float):
        claims["lifetime"] = round(ends - issued)
    return {name: json.dumps(value, sort_keys=True) for name, value in claims.items()}
