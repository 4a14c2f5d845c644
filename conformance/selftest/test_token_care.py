"""A run takes care of its token: it renews what can be renewed, refuses what cannot last, and keeps what it used."""

from __future__ import annotations

import json
import re
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.config.fingerprint import fingerprint_of
from conformance.config.handing_over import target_as_json, target_from_json
from conformance.config.profile import ProfileError, Target, from_mapping
from conformance.contract.durations import HOUR_S
from conformance.mock import tokens, world
from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance
from conformance.server.harness.token_vault import KEPT_S, MOST, keep_token, with_kept_token

RULES = ("--rule=documented-request", "--rule=headers-missing", "--rule=authorization-scheme")


@pytest.fixture(scope="module")
def synq() -> Iterator[tuple[Synq, dict[str, Any]]]:
    """A reference server, and what a profile has of it that has a token alone."""
    state = create()
    with serve(state) as served:
        described = describe(state, served.base_url)
        scope = {name: described["scope"][name] for name in ("tenant_id", "org_id")}
        yield state, {"target": described["target"], "scope": scope}


def minted(state: Synq, ends_in_s: float) -> str:
    """A token of the main account that ends in so many seconds, or ended so long ago."""
    claims = tokens.claims_of(state.accounts[world.EDITOR], state.clock.now() - HOUR_S + ends_in_s, HOUR_S)
    return tokens.sign(claims, state.keys)


def checked(profile: dict[str, Any], folder: Path, *options: str) -> Ended:
    (folder / "p.toml").write_text(tomli_w.dumps(profile), "utf-8")
    return synq_conformance("server", "--profile", "p.toml", *options, folder=folder)


def printing(folder: Path, *printed: str) -> str:
    """A command that prints these tokens one after the other, and the last again and again."""
    (folder / "left.json").write_text(json.dumps(printed), "utf-8")
    (folder / "next.py").write_text(
        "import json, pathlib\n"
        "file = pathlib.Path(__file__).with_name('left.json')\n"
        "first, *left = json.loads(file.read_text())\n"
        "file.write_text(json.dumps(left or [first]))\n"
        "print(first)\n",
        "utf-8",
    )
    return f"{sys.executable} next.py"


def test_a_token_of_a_command_is_asked_for_again(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """Of a token that is about to end, the run makes a new one by the same command, and judges everything."""
    state, profile = synq
    command = printing(tmp_path, minted(state, 2), minted(state, HOUR_S))
    ended = checked(profile | {"tokens": {"valid": {"command": command}}}, tmp_path, *RULES)
    assert ended.code == 0, ended.out + ended.err
    assert len(json.loads((tmp_path / "left.json").read_text("utf-8"))) == 1
    assert "token ran out" not in ended.out


def test_a_command_that_prints_the_same_again_ends_the_run(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """With the cause, and no rule is passed by a token that is over."""
    state, profile = synq
    command = printing(tmp_path, minted(state, -30))
    ended = checked(profile | {"tokens": {"valid": {"command": command}}}, tmp_path, *RULES)
    assert ended.code == 3
    assert "printed a token that is over, or the same again" in ended.err


def test_a_new_token_is_as_secret_as_the_first(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """It stands in no file of the report."""
    state, profile = synq
    fresh = minted(state, HOUR_S)
    command = printing(tmp_path, minted(state, 2), fresh)
    checked(profile | {"tokens": {"valid": {"command": command}}}, tmp_path, *RULES)
    files = [file for file in (tmp_path / "reports").rglob("*") if file.is_file()]
    assert files
    assert [file.name for file in files if fresh in file.read_text("utf-8", errors="replace")] == []


def test_a_token_that_cannot_last_is_refused_at_the_start(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """With how long it has left, how long the run takes, and what to do. A part of the run, or a deadline, may fit."""
    state, profile = synq
    slow = {"limits": {"requests_per_second": 20}}
    profile = profile | {"tokens": {"valid": minted(state, 20)}} | slow
    ended = checked(profile, tmp_path)
    assert ended.code == 3
    assert re.search(r"the token has (20|1\d) s left, and this run takes \d\d s at least", ended.err), ended.err
    assert "{command = …} as tokens.valid" in ended.err
    assert checked(profile, tmp_path, RULES[0]).code == 0


def test_a_command_reaches_the_workers_and_is_no_part_of_what_a_target_is(
    synq: tuple[Synq, dict[str, Any]], tmp_path: Path
) -> None:
    """Another command for the token does not make another target of it."""
    _, profile = synq
    with_command = from_mapping(
        profile | {"tokens": {"valid": {"command": "echo a.b.c"}}},
        "selftest",
        folder=tmp_path,
        environ={"PATH": "/bin"},
    )
    assert with_command.renewal is not None
    assert target_from_json(target_as_json(with_command)).renewal == with_command.renewal
    plain = from_mapping(profile | {"tokens": {"valid": "a.b.c"}}, "selftest")
    assert plain.renewal is None
    assert fingerprint_of(plain) == fingerprint_of(with_command)


# ---------------------------------------------------------------------- the hour in real time

HASTY = """
import conformance.server.harness.waiting as waiting
waiting.BEYOND_LEEWAY_S = 1
from conformance.cli import main
main()
"""
"""The command, in which a quarter of an hour is a second."""


@pytest.mark.parametrize("broken", [False, True], ids=["honest", "broken"])
def test_the_end_of_a_token_is_waited_for(tmp_path: Path, broken: bool) -> None:
    """Last of all, with a countdown; a server that goes on taking it breaks the rule."""
    state = create(lifetime_s=20)
    if broken:
        state.steps = replace(state.steps, check_claims=lambda _call, _claims: None)
    with serve(state) as served:
        described = describe(state, served.base_url)
        scope = {name: described["scope"][name] for name in ("tenant_id", "org_id")}
        profile = {"target": described["target"], "scope": scope, "sign_in": described["sign_in"]}
        (tmp_path / "p.toml").write_text(tomli_w.dumps(profile), "utf-8")
        arguments = ("server", "--profile=p.toml", *RULES, "--rule=token-expired", "--wait-for-expiry")
        ended = synq_conformance(*arguments, folder=tmp_path, main=HASTY)
    assert ended.code == (1 if broken else 0), ended.out + ended.err
    assert "waiting until the run's first token has ended:" in ended.err
    assert _outcome(tmp_path, "token-expired") == ("failed" if broken else "passed")


def test_waiting_needs_a_token_that_can_be_renewed(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """The control would have none; exit code 2, with what to add."""
    profile = synq[1] | {"tokens": {"valid": minted(synq[0], HOUR_S)}}
    ended = checked(profile, tmp_path, "--wait-for-expiry")
    assert ended.code == 2
    assert "--wait-for-expiry: the run itself would be without a token then: add [sign_in]" in ended.err


# ---------------------------------------------------------------------- the vault


def a_target(synq: tuple[Synq, dict[str, Any]], **changes: Any) -> Target:  # noqa: ANN401 - tables of a profile
    return from_mapping(synq[1] | {"tokens": {"valid": minted(synq[0], HOUR_S)}} | changes, "selftest")


def test_a_run_keeps_its_token_for_a_later_one(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """A first run cannot judge an expired token; a run after it has ended can, without a key or a clock."""
    state, profile = synq
    rules = ("--rule=documented-request", "--rule=token-expired", "--vault=v")
    first = checked(profile | {"tokens": {"valid": minted(state, HOUR_S)}}, tmp_path, *rules)
    assert first.code == 0, first.err
    assert stat.S_IMODE((tmp_path / "v").stat().st_mode) == 0o600
    assert _outcome(tmp_path, "token-expired") == "not-assessed"

    kept = json.loads((tmp_path / "v").read_text("utf-8"))
    kept["tokens"][0] |= {"token": (over := minted(state, -HOUR_S)), "expires": time.time() - HOUR_S}
    (tmp_path / "v").write_text(json.dumps(kept), "utf-8")
    second = checked(profile | {"tokens": {"valid": minted(state, HOUR_S)}}, tmp_path, *rules)
    assert second.code == 0, second.err
    assert _outcome(tmp_path, "token-expired") != "not-assessed"
    assert over not in (tmp_path / "reports" / "report.json").read_text("utf-8")


def _outcome(folder: Path, rule: str) -> str:
    report = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return next(str(one["outcome"]) for one in report["rules"] if one["id"] == rule)


def test_a_token_that_has_just_ended_is_left_to_the_next_run(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """A server may grant some leeway: only a token that is over beyond any is used."""
    target, vault = a_target(synq), tmp_path / "v"
    keep_token(vault, target, minted(synq[0], -60))
    assert with_kept_token(target, vault).tokens.expired is None
    keep_token(vault, target, (over := minted(synq[0], -HOUR_S)))
    assert with_kept_token(target, vault).tokens.expired == over


def test_a_token_of_another_target_or_tenant_is_not_used(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """Its refusal would prove nothing."""
    vault = tmp_path / "v"
    keep_token(vault, a_target(synq), minted(synq[0], -HOUR_S))
    other = a_target(synq, scope={"tenant_id": "tenant-9", "org_id": "org-9"})
    assert with_kept_token(other, vault).tokens.expired is None


def test_the_profile_goes_before_the_vault(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """What its owner supplied is what is asked."""
    target = a_target(synq, tokens={"valid": minted(synq[0], HOUR_S), "expired": "its.own.one"})
    keep_token(tmp_path / "v", target, minted(synq[0], -HOUR_S))
    assert with_kept_token(target, tmp_path / "v").tokens.expired == "its.own.one"


def test_a_vault_does_not_grow(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """The last few of each target; what is long over goes first, and what says no end is not kept."""
    target, vault = a_target(synq), tmp_path / "v"
    keep_token(vault, target, minted(synq[0], -KEPT_S - 10))
    for number in range(MOST + 3):
        keep_token(vault, target, minted(synq[0], -HOUR_S + number))
    keep_token(vault, target, "opaque")
    kept = json.loads(vault.read_text("utf-8"))["tokens"]
    assert len(kept) == MOST
    assert min(one["expires"] for one in kept) > time.time() - 2 * HOUR_S


def test_a_vault_that_cannot_be_written_costs_no_run(synq: tuple[Synq, dict[str, Any]], tmp_path: Path) -> None:
    """The report says that the token is not kept."""
    profile = synq[1] | {"tokens": {"valid": minted(synq[0], HOUR_S)}}
    ended = checked(profile, tmp_path, RULES[0], "--vault", "nowhere/v")
    assert ended.code == 0, ended.err
    assert "Note: --vault nowhere/v: No such file or directory" in ended.out


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("{}", 0o644, "others may read it .mode 644.: chmod 600"),
        ("not json", 0o600, "is no vault of this suite"),
        ('{"tokens": [{"token": 1}]}', 0o600, "is no vault of this suite"),
    ],
    ids=["open to others", "no JSON", "another file"],
)
def test_a_vault_that_cannot_be_used_is_refused(
    synq: tuple[Synq, dict[str, Any]], tmp_path: Path, text: str, mode: int, said: str
) -> None:
    """Before anything is sent, with what to do; and nothing is written over it."""
    vault = tmp_path / "v"
    vault.write_text(text, "utf-8")
    vault.chmod(mode)
    with pytest.raises(ProfileError, match=said):
        with_kept_token(a_target(synq), vault)
    with pytest.raises(ProfileError, match=said):
        keep_token(vault, a_target(synq), minted(synq[0], HOUR_S))
    assert vault.read_text("utf-8") == text
