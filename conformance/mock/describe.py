"""Everything a test may need to know of an embedded Synq, in the shape of a target profile."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from conformance.mock import tokens, world
from conformance.mock.call import Synq
from conformance.mock.catalogue import DESCRIPTION
from conformance.mock.keys import withdrawn
from conformance.mock.routes import PRODUCTS, REVOKE, SIGN_IN


def describe(synq: Synq, base_url: str) -> dict[str, Any]:
    """A profile with every key filled in; its tokens are minted at the clock's present time."""
    return {
        "target": {"name": "embedded Synq", "base_url": base_url},
        "scope": {
            "tenant_id": world.TENANT,
            "org_id": world.ORG,
            "other_tenant_id": world.OTHER_TENANT,
            "other_org_id": world.OTHER_ORG,
            "other_tenant_org_id": world.OTHER_TENANT_ORG,
        },
        "tokens": _tokens(synq),
        "keys": {"public": json.dumps(synq.keys.jwks()), "signing": synq.keys.private_pem()},
        "sign_in": {
            "email": world.EDITOR,
            "password": world.PASSWORDS[world.EDITOR],
            "path": SIGN_IN,
            "request": "json",
            "email_field": "email",
            "password_field": "password",
            "token_pointer": "/token",
            "expires_in_pointer": "/expires_in",
        },
        "revoke": {"path": REVOKE},
        "probe": {
            "read": PRODUCTS,
            "write": {"method": "POST", "path": PRODUCTS, "json": {"name": "probe {run_id}"}},
            "delete": {"path": f"{PRODUCTS}/{{id}}"},
            "writes": True,
            "foreign_resource": f"{PRODUCTS}/{next(iter(world.products()[world.OTHER_ORG]))}",
        },
        "openapi": {"file": str(files("conformance.mock").joinpath(DESCRIPTION))},
        "limits": {
            "concurrency": 16,
            "timeout_s": 10,
        },
    }


def _tokens(synq: Synq) -> dict[str, str]:
    now = synq.clock.now()
    claims = {email: tokens.claims_of(account, now, synq.lifetime_s) for email, account in synq.accounts.items()}
    editor = claims[world.EDITOR]

    def editor_with(**changes: object) -> dict[str, Any]:
        own_id = {"jti": tokens.claims_of(synq.accounts[world.EDITOR], now, 0)["jti"]}
        return {name: value for name, value in {**editor, **own_id, **changes}.items() if value is not None}

    past, hence = -2 * synq.lifetime_s, synq.lifetime_s
    dated = {name: editor[name] for name in ("iat", "nbf", "exp")}
    minted = {
        "valid": editor,
        "viewer": claims[world.VIEWER],
        "expired": editor_with(**{name: value + past for name, value in dated.items()}),
        "revoked": editor_with(),
        "other_tenant": claims[world.OTHER_TENANT_EDITOR],
        "unprovisioned": claims[world.UNPROVISIONED],
        "not_yet_valid": editor_with(nbf=editor["nbf"] + hence // 2),
        "wrong_issuer": editor_with(iss="https://id.elsewhere.example"),
        "wrong_audience": editor_with(aud="https://api.elsewhere.example"),
        "no_expiry": editor_with(exp=None),
    }
    synq.revoked.add(minted["revoked"]["jti"])
    signed = {name: tokens.sign(token_claims, synq.keys) for name, token_claims in minted.items()}
    return signed | {"retired_key": tokens.sign(editor_with(), withdrawn())}
