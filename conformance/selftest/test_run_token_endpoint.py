"""A target whose tokens come from an OAuth 2.0 token endpoint: forms that name the client and its secret as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import tomli_w

from conformance.http.message import Response
from conformance.mock.call import Call, Claims, Refused, Steps
from conformance.mock.describe import describe
from conformance.mock.routes import REVOKE, SIGN_IN
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance
from conformance.selftest.grams import must_stand_nowhere

TOKEN, REVOCATION = "/realms/synq/token", "/realms/synq/revoke"
CLIENT_SECRET = "test-data-of-the-token-endpoint-7f3a9c51"
CLIENT = {"client_id": "synq-ci", "subscription_key": CLIENT_SECRET}
OF_ACCOUNTS = (
    "sign-in-token-works",
    "sign-in-fresh-token",
    "sign-in-refused",
    "sign-in-claims-kept",
    "password-exact",
    "refresh-recovers",
    "token-revoked",
)
CLIENT_OF_PROFILE = CLIENT | {"subscription_key": {"env": "OAUTH_SECRET"}}
PATHS = {TOKEN: SIGN_IN, REVOCATION: REVOKE}


def with_a_token_endpoint(steps: Steps) -> Steps:
    """Tokens by the password grant (RFC 6749 §4.3), and their revocation (RFC 7009 §2.1)."""

    def form(call: Call) -> dict[str, str]:
        sent = {name: one for name, [one] in parse_qs(call.request.body.decode("utf-8", "replace")).items()}
        if {name: sent.get(name) for name in CLIENT} != CLIENT:
            raise Refused(400, "The client is not known.")
        return sent

    def sign_in(call: Call) -> Response:
        sent = form(call)
        if sent.get("grant_type") != "password" or sent.get("offline") != "true":
            raise Refused(400, "The grant is not supported.")
        plain = json.dumps({"email": sent.get("username"), "password": sent.get("password")}).encode()
        as_json = replace(call.request, headers=(("Content-Type", "application/json"),), body=plain)
        answered = steps.sign_in(replace(call, request=as_json))
        told = json.loads(answered.body)
        body = {"access_token": told["token"], "token_type": "Bearer", "expires_in": told["expires_in"]}
        return replace(answered, body=json.dumps(body).encode())

    def revoke(call: Call, claims: Claims) -> Response:
        if form(call).get("token") != call.steps.bearer(call):
            raise Refused(400, "The form names no token.")
        steps.revoke(call, claims)
        return Response(200)

    def path(call: Call) -> str:
        asked = steps.path(call)
        return PATHS.get(asked, "/nothing" if asked in PATHS.values() else asked)

    return replace(steps, sign_in=sign_in, revoke=revoke, path=path)


def profile_of(described: dict[str, Any]) -> dict[str, Any]:
    """The profile of such a target, which has no tokens of its own but the viewer's."""
    account = described["sign_in"] | {
        "path": TOKEN,
        "request": "form",
        "email_field": "username",
        "token_pointer": "/access_token",
        "fields": {"grant_type": "password", "offline": True, **CLIENT_OF_PROFILE},
    }
    revoke = {"path": REVOCATION, "token_field": "token", "fields": CLIENT_OF_PROFILE}
    return described | {"sign_in": account, "revoke": revoke}


@dataclass(frozen=True, slots=True)
class Checked:
    """A run of the suite, and the folder that it wrote to."""

    ended: Ended
    folder: Path

    @property
    def outcomes(self) -> dict[str, str]:
        """Of each rule, by its id."""
        told = json.loads((self.folder / "reports" / "report.json").read_text("utf-8"))
        return {one["id"]: one["outcome"] for one in told["rules"]}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """What a run says of it."""
    folder, state = tmp_path_factory.mktemp("token-endpoint"), create()
    state.steps = with_a_token_endpoint(state.steps)
    with serve(state) as running:
        profile = profile_of(describe(state, running.base_url))
        (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        rules = [word for rule in OF_ACCOUNTS for word in ("--rule", rule)]
        given = ("--profile", "profile.toml", "--depth", "quick", "--format", "junit", "--format", "har", *rules)
        environ = {"OAUTH_SECRET": CLIENT_SECRET}
        yield Checked(synq_conformance("server", *given, folder=folder, environ=environ), folder)


def test_a_right_token_endpoint_is_judged_in_full(checked: Checked) -> None:
    """Each rule of signing in and of revoking, with what the profile says besides in every form."""
    assert checked.ended.code == 0, checked.ended.out + checked.ended.err
    assert {rule: checked.outcomes[rule] for rule in OF_ACCOUNTS} == dict.fromkeys(OF_ACCOUNTS, "passed")


def test_the_client_s_secret_stands_in_no_output(checked: Checked) -> None:
    """Nor any twelve characters of it."""
    must_stand_nowhere(CLIENT_SECRET, checked.folder / "reports", checked.ended)
