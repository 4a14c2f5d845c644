"""`doctor` finds what is wrong with a profile, names the key, and lets a right one pass."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.config.profile import Target, from_mapping
from conformance.http.message import Response
from conformance.mock import tokens, world
from conformance.mock.call import Call, Steps, Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import synq_conformance
from conformance.server.harness.credentials import SignInRefused
from conformance.setup.asking import asking
from conformance.setup.examination import examined
from conformance.setup.profile_text import profile_text
from conformance.setup.step import ProfileStep, State

WRONG, RIGHT, DOUBTFUL, BLOCKED, ABSENT = State.WRONG, State.RIGHT, State.DOUBTFUL, State.BLOCKED, State.ABSENT


@pytest.fixture(scope="module")
def synq() -> Iterator[tuple[Synq, dict[str, Any]]]:
    """A reference server, and the whole profile of it."""
    state = create()
    with serve(state) as served:
        yield state, describe(state, served.base_url)


def steps(target: Target) -> dict[str, ProfileStep]:
    """Every step of the examination by its name; of several the last."""
    with asking(target) as asked:
        return {step.name: step for step in examined(asked, "quick")}


def changed(profile: dict[str, Any], key: str, value: object) -> Target:
    """The target with this value at the dotted key; None takes the key out."""
    table, _, name = key.partition(".")
    if not name:
        return from_mapping({k: v for k, v in profile.items() if k != table}, "selftest")
    kept = {k: v for k, v in profile[table].items() if k != name}
    return from_mapping(profile | {table: kept if value is None else kept | {name: value}}, "selftest")


def test_a_right_profile_is_right_in_every_step(synq: tuple[Synq, dict[str, Any]]) -> None:
    """Each item that the embedded Synq has is what it claims to be, and nothing is left behind."""
    state, profile = synq
    before = {org: len(products) for org, products in state.products.items()}
    found = steps(from_mapping(profile, "selftest"))
    assert {name: step for name, step in found.items() if step.state is not RIGHT} == {}
    assert {f"tokens.{name}" for name in profile["tokens"]} <= set(found)
    assert before == {org: len(products) for org, products in state.products.items()}


def test_what_a_profile_lacks_is_named(synq: tuple[Synq, dict[str, Any]]) -> None:
    """A token alone is no fault; each item that is not there is told."""
    _, profile = synq
    kept = {name: profile[name] for name in ("target", "scope")}
    scope = {name: profile["scope"][name] for name in ("tenant_id", "org_id")}
    found = steps(from_mapping(kept | {"scope": scope, "tokens": {"valid": profile["tokens"]["valid"]}}, "selftest"))
    assert {step.state for step in found.values()} == {RIGHT, ABSENT}
    assert found["tokens.viewer"].state is ABSENT


def minted(state: Synq, email: str, **changes: object) -> str:
    """A token of this account with these claims changed."""
    claims = tokens.claims_of(state.accounts[email], state.clock.now(), state.lifetime_s)
    return tokens.sign({k: v for k, v in {**claims, **changes}.items() if v is not None}, state.keys)


SWAPPED = [
    ("tokens.viewer", lambda s: minted(s, world.EDITOR), WRONG, "its role may write"),
    ("tokens.viewer", lambda _: "not.a.token", WRONG, "supply a valid token"),
    ("tokens.expired", lambda s: minted(s, world.EDITOR), WRONG, "it is not over"),
    ("tokens.revoked", lambda s: minted(s, world.EDITOR, exp=1), WRONG, "its refusal proves nothing"),
    ("tokens.revoked", lambda s: minted(s, world.EDITOR), DOUBTFUL, "is it one?"),
    ("tokens.other_tenant", lambda s: minted(s, world.VIEWER), WRONG, "scope.other_tenant_id"),
    ("tokens.unprovisioned", lambda s: minted(s, world.VIEWER), WRONG, "name the tenant"),
    ("tokens.unprovisioned", lambda _: "not.a.token", WRONG, "refused as a token"),
    ("tokens.not_yet_valid", lambda s: minted(s, world.EDITOR), WRONG, "nbf does not lie ahead"),
    ("tokens.wrong_issuer", lambda s: minted(s, world.EDITOR), WRONG, "iss is that of tokens.valid"),
    ("tokens.wrong_audience", lambda s: minted(s, world.EDITOR), WRONG, "aud is that of tokens.valid"),
    ("tokens.no_expiry", lambda s: minted(s, world.EDITOR), WRONG, "it has an exp"),
    ("tokens.valid", lambda s: minted(s, world.EDITOR, exp=1), BLOCKED, "get a fresh one"),
    ("scope.other_tenant_id", lambda _: "tnt_nowhere", RIGHT, ""),
    ("scope.tenant_id", lambda _: "tnt_nowhere", BLOCKED, "SYNQ_TENANT_ID"),
    ("sign_in.password", lambda _: "wrong", WRONG, "sign_in.email and sign_in.password"),
    ("sign_in.path", lambda _: "/api/v1/nowhere", WRONG, "sign_in.path"),
    ("sign_in.email_field", lambda _: "login", WRONG, "sign_in.email"),
    ("sign_in.token_pointer", lambda _: "/jwt", WRONG, "sign_in.token_pointer"),
    ("sign_in.expires_in_pointer", lambda _: "/ttl", DOUBTFUL, "sign_in.expires_in_pointer"),
    ("revoke.path", lambda _: "/api/v1/nowhere", WRONG, "revoke.path"),
    ("probe.read", lambda _: "/api/v1/nowhere", BLOCKED, "probe.read"),
    ("probe.foreign_resource", lambda _: "/api/v1/pim/products", DOUBTFUL, "another organization"),
    ("keys.signing", lambda _: create().keys.private_pem(), WRONG, "the key that the target trusts"),
    ("limits.max_requests", lambda _: 900, DOUBTFUL, "limits.max_requests"),
    ("limits.max_requests", lambda _: 3, BLOCKED, "limits.max_requests: allow more"),
]
NAMES = {
    "tokens.valid": ("tokens.valid",),
    "scope.tenant_id": ("documented request",),
    "probe.read": ("documented request",),
    "limits.max_requests": ("extent", "limits"),
}


@pytest.mark.parametrize(("key", "value", "state", "said"), SWAPPED, ids=[f"{one[0]}-{one[3]}" for one in SWAPPED])
def test_an_item_that_is_something_else_is_found(
    synq: tuple[Synq, dict[str, Any]],
    key: str,
    value: Callable[[Synq], object],
    state: State,
    said: str,
) -> None:
    """The step of its key is not right, and says what to do about it; what is right otherwise stays so."""
    server, profile = synq
    if key == "tokens.valid":
        profile = {name: table for name, table in profile.items() if name not in ("sign_in", "revoke")}
    found = steps(changed(profile, key, value(server)))
    names = NAMES.get(key, (key, key.partition(".")[0]))
    step = next(found[name] for name in names if name in found)
    assert step.state is state, step
    assert said in (step.mend or "")


def test_without_a_token_a_sign_in_that_fails_blocks_the_way(synq: tuple[Synq, dict[str, Any]]) -> None:
    """Nothing is left to be sent."""
    _, profile = synq
    alone = {name: table for name, table in profile.items() if name not in ("tokens", "keys")}
    assert steps(changed(alone, "sign_in.password", "wrong"))["sign_in"].state is BLOCKED


def test_a_page_in_place_of_a_refused_sign_in_is_taken_for_a_firewall_s() -> None:
    """The API speaks JSON; address and password may well be right. The run says so as well."""

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            if not call.steps.path(call).endswith("/sign-in"):
                return steps.answer(call)
            return Response(403, (("Content-Type", "text/html"),), b"<html>Forbidden</html>")

        return replace(steps, answer=answer)

    state = create()
    state.steps = bend(state.steps)
    with serve(state) as served:
        target = from_mapping(describe(state, served.base_url), "selftest")
        step = steps(target)["sign_in"]
        with asking(target) as asked, pytest.raises(SignInRefused, match=r"a page in HTML: .* such as a web app"):
            asked.credentials.fresh()
    assert (step.state, "such as a web application firewall" in (step.mend or "")) == (WRONG, True)


def test_another_key_does_not_verify_the_token(synq: tuple[Synq, dict[str, Any]]) -> None:
    """keys.public is held against the token that is accepted."""
    _, profile = synq
    other = describe(create(), "http://127.0.0.1:1")["keys"]["public"]
    assert steps(changed(profile, "keys.public", other))["keys.public"].state is WRONG
    assert steps(changed(profile, "keys.public", json.dumps({"keys": [{"kty": "oct2"}]})))["keys.public"].state is WRONG


def test_a_path_that_is_not_protected_is_no_probe() -> None:
    """An API that answers without a token is told of by the key to look at."""
    state = create()
    apply_fault(state, "missing-authorization-accepted")
    with serve(state) as served:
        found = steps(from_mapping(describe(state, served.base_url), "selftest"))
    assert found["connection"].state is WRONG
    assert "probe.read" in (found["connection"].mend or "")


def test_what_does_not_answer_is_exit_code_3(tmp_path: Path) -> None:
    """With what to do; nothing further is asked."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        environ = {"SYNQ_BASE_URL": url, "SYNQ_TOKEN": "a.b.c", "SYNQ_TENANT_ID": "t", "SYNQ_ORG_ID": "o"}
        ended = synq_conformance("doctor", folder=tmp_path, environ=environ)
    assert ended.code == 3
    assert "is the target running?" in ended.out
    assert "documented request" not in ended.out


def test_a_name_that_does_not_resolve_is_told(tmp_path: Path) -> None:
    """RFC 6761 keeps .invalid for that."""
    environ = {"SYNQ_BASE_URL": "https://api.invalid", "SYNQ_TOKEN": "a.b.c", "SYNQ_TENANT_ID": "t", "SYNQ_ORG_ID": "o"}
    clean = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), "")
    ended = synq_conformance("doctor", folder=tmp_path, environ=environ | clean)
    assert ended.code == 3
    assert "target.base_url: is the name right" in ended.out


def test_a_profile_that_does_not_load_is_exit_code_2(tmp_path: Path) -> None:
    """Every problem is a line with its key, as in a run."""
    (tmp_path / "p.toml").write_text('[target]\nbase_url = "x"\n[scope]\ntenant_id = "t"\n', "utf-8")
    ended = synq_conformance("doctor", "--profile", "p.toml", folder=tmp_path)
    assert ended.code == 2
    assert any("target.base_url" in line for line in ended.lines)
    assert any("scope.org_id" in line for line in ended.lines)


def test_a_profile_from_the_mock_is_found_right(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """As its user does it: `init --from-mock` for the address where one is served, then `doctor`."""
    _, profile = synq
    written = synq_conformance("init", "--from-mock", "--url", profile["target"]["base_url"], folder=tmp_path)
    assert written.code == 0, written.err
    ended = synq_conformance("doctor", "--profile", "synq-conformance.toml", folder=tmp_path)
    assert ended.code == 0, ended.out
    assert "✗" not in ended.out
    assert "Tier: accounts." in ended.out


def test_an_item_that_is_wrong_is_exit_code_2(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """No secret is printed with it."""
    _, profile = synq
    tokens_of = profile["tokens"] | {"viewer": profile["tokens"]["expired"]}
    (tmp_path / "p.toml").write_text(profile_text(profile | {"tokens": tokens_of}), "utf-8")
    ended = synq_conformance("doctor", "--profile", "p.toml", folder=tmp_path)
    assert ended.code == 2
    assert "→ tokens.viewer: supply a valid token" in ended.out
    assert not [name for name, token in tokens_of.items() if token in ended.out]


def test_a_target_of_a_gateway_keeps_its_path(synq: tuple[Synq, dict[str, Any]]) -> None:
    """What is asked stands under the base URL's path, as in a run."""
    _, profile = synq
    found = steps(replace(from_mapping(profile, "selftest"), operations=()))
    assert "/api/v1/pim/products" in found["documented request"].came
