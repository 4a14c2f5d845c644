"""Tokens and keys of a profile that are not what their names say: no false alarm, and no pass that proves nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import tomli_w

from conformance.config.profile import Scope
from conformance.mock import tokens, world
from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.keys import generate
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import synq_conformance
from conformance.server.harness.supplied import issue_of

HOURS_AGO_S = 5 * 3_600


def stale(synq: Synq, **claims: Any) -> str:  # noqa: ANN401 - any claim
    """A token of five hours ago, with other claims."""
    account = synq.accounts[world.EDITOR]
    issued = tokens.claims_of(account, synq.clock.now() - HOURS_AGO_S, synq.lifetime_s)
    return tokens.sign({name: value for name, value in (issued | claims).items() if value is not None}, synq.keys)


def profile_of(synq: Synq, base_url: str) -> dict[str, Any]:
    """A profile whose tokens were made some time ago, with no other means."""
    profile, in_an_hour = describe(synq, base_url), int(synq.clock.now()) + 3_600
    profile["tokens"] |= {
        "expired": stale(synq, exp=in_an_hour),
        "unprovisioned": stale(synq, tenant_id=None, org_ids=None),
        "wrong_issuer": stale(synq, iss="https://id.elsewhere.example"),
        "not_yet_valid": stale(synq, exp=in_an_hour),
    }
    profile["keys"] = {"public": json.dumps(generate("RS256").jwks())}
    return {name: table for name, table in profile.items() if name != "openapi"}


SAID = {
    "token-expired": ("expired", "by its own claims it is not over"),
    "token-unprovisioned": ("unprovisioned", "it was over 4 h ago"),
    "issuer-wrong": ("wrong_issuer", "it was over 4 h ago"),
    "not-yet-valid": ("not_yet_valid", "its nbf does not lie ahead"),
}
"""Of each rule, the token that it takes and what is wrong with that."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run with these tokens says."""
    folder = tmp_path_factory.mktemp("supplied")
    synq = create()
    with serve(synq) as running:
        (folder / "profile.toml").write_text(tomli_w.dumps(profile_of(synq, running.base_url)), "utf-8")
        rules = [word for rule in (*SAID, "key-confusion") for word in ("--rule", rule)]
        ended = synq_conformance("server", "--profile", "profile.toml", "--level", "hardening", *rules, folder=folder)
    assert ended.code in (0, 3), ended.out + ended.err
    told: dict[str, Any] = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return told


@pytest.mark.parametrize("rule", SAID)
def test_what_a_stale_token_would_show_is_not_assessed(rule: str, report: dict[str, Any]) -> None:
    """Its refusal, or its acceptance, says nothing of the rule."""
    outcomes = {one["id"]: (one["outcome"], one["reason"]) for one in report["rules"]}
    outcome, reason = outcomes[rule]
    assert outcome == "not-assessed", reason
    assert f"tokens.{SAID[rule][0]}" in reason


@pytest.mark.parametrize("rule", SAID)
def test_the_report_says_why_a_token_was_not_used(rule: str, report: dict[str, Any]) -> None:
    """Who supplied it may not know that it is over by now."""
    name, why = SAID[rule]
    assert [note for note in report["run"]["notes"] if note.startswith(f"tokens.{name} was not used: {why}")]


def test_a_public_key_that_verifies_nothing_is_looked_for(report: dict[str, Any]) -> None:
    """What is made of another key is refused by every target."""
    outcomes = {one["id"]: (one["outcome"], one["reason"]) for one in report["rules"]}
    outcome, reason = outcomes["key-confusion"]
    assert outcome == "passed"
    assert "judged by a key that was found, not by a key of the profile" in reason
    assert [note for note in report["run"]["notes"] if note.startswith("keys.public was not used")]


NOT_FOREIGN = {
    "org-foreign": ("scope.other_org_id", "the valid token names it"),
    "role-forbidden": ("tokens.viewer", "its role is that of tokens.valid"),
    "token-unprovisioned": ("tokens.unprovisioned", "its claims name the tenant and the organization"),
    "answers-not-crossed": ("tokens.other_tenant", "its claims name scope.tenant_id as well"),
}
"""Of each rule, what it takes of the profile, and why that is not what its name says."""


@pytest.fixture(scope="module", params=["token", "sign-in"])
def own_report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run says whose account may do all that the profile calls foreign."""
    folder, synq = tmp_path_factory.mktemp("own"), create()
    editor = synq.accounts[world.EDITOR]
    synq.accounts[world.EDITOR] = replace(editor, org_ids=(world.ORG, world.OTHER_ORG))
    synq.accounts[world.OTHER_TENANT_EDITOR] = replace(editor, org_ids=(world.ORG, world.OTHER_TENANT_ORG))
    with serve(synq) as running:
        profile = describe(synq, running.base_url)
        more = {"viewer": profile["tokens"]["revoked"], "unprovisioned": profile["tokens"]["revoked"]}
        of_both = tokens.claims_of(editor, synq.clock.now(), synq.lifetime_s) | {
            "tenant_id": [world.TENANT, world.OTHER_TENANT], "org_ids": [world.OTHER_TENANT_ORG, world.ORG],
        }  # fmt: skip
        synq.revoked.clear()
        profile["tokens"] |= more | {"other_tenant": tokens.sign(of_both, synq.keys)}
        profile = {name: table for name, table in profile.items() if name not in ("openapi", "keys")}
        if request.param == "sign-in":
            del profile["tokens"]["valid"]
        (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        rules = [word for rule in NOT_FOREIGN for word in ("--rule", rule)]
        ended = synq_conformance("server", "--profile", "profile.toml", *rules, folder=folder)
    assert ended.code in (0, 3), ended.out + ended.err
    told: dict[str, Any] = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return told


@pytest.mark.parametrize("rule", NOT_FOREIGN)
def test_what_is_one_s_own_is_not_taken_for_foreign(rule: str, own_report: dict[str, Any]) -> None:
    """The target lets it in rightly: who mixed up the profile is told so, and no target is called broken for it."""
    outcomes = {one["id"]: one["outcome"] for one in own_report["rules"]}
    name, why = NOT_FOREIGN[rule]
    assert outcomes[rule] in ("not-assessed", "partly-assessed")
    assert [note for note in own_report["run"]["notes"] if note.startswith(f"{name} was not used: {why}")]


@pytest.mark.parametrize(
    ("over_s", "issue"),
    [(120, "it was over 2 min ago, and a leeway"), (3_600, None)],
    ids=["within-any-leeway", "beyond-it"],
)
def test_an_expired_token_is_over_for_longer_than_any_leeway(over_s: int, issue: str | None) -> None:
    """A target that still takes one of a moment ago breaks no required rule, and would be called broken."""
    synq = create()
    found = issue_of("expired", stale(synq, exp=int(synq.clock.now()) - over_s), "", Scope(world.TENANT, world.ORG))
    assert (found is None) if issue is None else (found or "").startswith(issue)
