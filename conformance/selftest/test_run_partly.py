"""Judged means judged: what a profile leaves open is shown as open, and what other means showed is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance

Profile = dict[str, Any]


@pytest.fixture(scope="module")
def full() -> Iterator[Profile]:
    """The whole profile of a reference server on a port."""
    synq = create()
    with serve(synq) as running:
        yield describe(synq, running.base_url)


@pytest.fixture
def token_only(full: Profile) -> Profile:
    """What a platform engineer has in a pipeline."""
    scope = {name: full["scope"][name] for name in ("tenant_id", "org_id")}
    return {"target": full["target"], "scope": scope, "tokens": {"valid": full["tokens"]["valid"]}}


def run(profile: Profile, folder: Path, *rules: str, more: tuple[str, ...] = ()) -> tuple[Ended, dict[str, Any]]:
    """How the command ended, and the report."""
    (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
    chosen = [word for rule in rules for word in ("--rule", rule)]
    ended = synq_conformance("server", "--profile", "profile.toml", "--depth", "quick", *chosen, *more, folder=folder)
    return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8"))


def test_one_judged_case_of_many_turns_no_rule_green(token_only: Profile, tmp_path: Path) -> None:
    """A made-up tenant was refused, no real one was asked for, and no token was encrypted with the public key."""
    ended, report = run(token_only, tmp_path, "documented-request", "tenant-foreign", "token-other-form")
    outcomes = {rule["id"]: (rule["outcome"], rule["reason"]) for rule in report["rules"]}
    assert outcomes == {
        "documented-request": ("passed", None),
        "tenant-foreign": ("partly-assessed", "supply scope.other_tenant_id in the profile"),
        "token-other-form": ("partly-assessed", "supply keys.public in the profile"),
    }
    assert (ended.code, report["verdict"]) == (0, "conformant-as-assessed")
    assert report["judged"]["required"][0] == 1
    assert report["grades"]["required"]["partly_assessed"] == 2
    assert f"Conformant as far as assessed: 1 of {report['judged']['required'][1]} required rules judged" in ended.out
    assert "1 of 2 cases not judged" in ended.out


def test_rules_that_were_judged_in_part_alone_vouch_for_nothing(token_only: Profile, tmp_path: Path) -> None:
    """The exit code is 3: nothing was judged in full."""
    ended, report = run(token_only, tmp_path, "tenant-foreign")
    assert (ended.code, report["verdict"]) == (3, "not-assessed")
    assert "No required rule could be judged in full." in ended.out


def test_other_means_that_show_the_same_are_enough(full: Profile, tmp_path: Path) -> None:
    """A supplied token in place of a minted one and of a moved clock; the report says which it was."""
    profile = {name: table for name, table in full.items() if name != "keys"}
    _, report = run(profile, tmp_path, "token-expired", "token-revoked")
    others = "minted tokens or a moved clock or waiting for its end"
    assert {rule["id"]: (rule["outcome"], rule["reason"]) for rule in report["rules"]} == {
        "token-expired": ("passed", f"an expired token: judged by a supplied token, not by {others}"),
        "token-revoked": ("passed", None),
    }  # fmt: skip


def test_cases_that_cannot_exist_are_not_missed(full: Profile, tmp_path: Path) -> None:
    """An RSA key is no point on a curve, whatever is supplied."""
    _, report = run(full, tmp_path, "key-confusion")
    (rule,) = report["rules"]
    assert rule["outcome"] == "passed"
    assert "2 cases do not exist here: keys.public is no EC key" in rule["reason"]


def test_without_the_documented_request_nothing_is_believed(full: Profile, tmp_path: Path) -> None:
    """An option of pytest's left it out, and the exit code is 3."""
    rules = ("documented-request", "headers-missing")
    ended, report = run(full, tmp_path, *rules, more=("--", "-k", "lacks_headers"))
    assert [(rule["id"], rule["outcome"]) for rule in report["rules"]] == [
        ("documented-request", "not-assessed"), ("headers-missing", "passed"),
    ]  # fmt: skip
    assert (ended.code, report["verdict"]) == (3, "not-assessed")
    assert "was not judged itself, so no result can be believed" in " ".join(ended.out.split())


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_what_an_option_of_pytest_s_leaves_out_was_not_judged(
    full: Profile, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """Every case that was run passed, and the rule does not."""
    rules = ("documented-request", "headers-missing", "every-method")
    ended, report = run(full, tmp_path, *rules, more=(*workers, "--", "-k", "not generated"))
    (rule,) = (rule for rule in report["rules"] if rule["id"] == "every-method")
    assert (ended.code, rule["outcome"]) == (0, "partly-assessed")
    seen, planned = map(int, re.findall(r"\d+", rule["reason"]))
    assert (rule["reason"], seen) == (f"only {seen} of {planned} cases were run", planned - 1)
