"""A run on the operations that a target documents: what is sent by default, what is told, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.contract.rules import load_contract
from conformance.http.message import SAFE_METHODS
from conformance.mock import world
from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.routes import SEARCH
from conformance.mock.serve import HOST, Application, Event, Receive, Send, answering_for, application
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance
from conformance.selftest.gateway import gateway_to

OF_OPERATIONS = [rule.id for rule in load_contract().rules if rule.section.key == "operations"]
RULES = [word for rule in ("documented-request", *OF_OPERATIONS) for word in ("--rule", rule)]
PRODUCTS, PRODUCT = "/api/v1/pim/products", "/api/v1/pim/products/{product_id}"
BULK = "POST /api/v1/pim/bulk"
Profile = dict[str, Any]


@dataclass(slots=True)
class Counting:
    """An embedded Synq on a port, and what it was asked for by method and path."""

    synq: Synq
    profile: Profile = field(default_factory=dict)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def writes(self) -> set[tuple[str, str]]:
        """What it was asked for that may change something; sessions are no part of it."""
        return {(method, path) for method, path in self.asked if method not in SAFE_METHODS and "/auth/" not in path}


@contextmanager
def counting(*faults: str) -> Iterator[Counting]:
    """Counts every request before it is answered."""
    seen = Counting(synq := create())
    for name in faults:
        apply_fault(synq, name)
    behind = application(synq)

    async def counted(scope: Event, receive: Receive, send: Send) -> None:
        seen.asked[scope["method"], scope["raw_path"].decode("latin-1")] += 1
        await behind(scope, receive, send)

    front: Application = counted
    with answering_for(front) as port:
        seen.profile = describe(synq, f"http://{HOST}:{port}")
        yield seen


def judged(profile: Profile, folder: Path, *more: str, rules: list[str] = RULES) -> tuple[Ended, dict[str, Any]]:
    """What the run of a profile said, and its report."""
    (folder / "synq.toml").write_text(tomli_w.dumps(profile), "utf-8")
    ended = synq_conformance("server", "--profile", "synq.toml", *rules, *more, folder=folder)
    return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8"))


def test_nothing_is_written_unless_the_profile_allows_it(tmp_path: Path) -> None:
    """Reads, and what is safe although it is a POST, are asked; of the rest it is said why not."""
    with counting() as synq:
        del synq.profile["probe"]["writes"], synq.profile["probe"]["write"]
        ended, report = judged(synq.profile, tmp_path)
    assert synq.writes == {("POST", SEARCH)}
    assert synq.asked["GET", "/api/v1/pim/export"] > 10
    assert ended.code == 0, ended.err
    (bulk,) = [one for one in report["operations"] if one["name"] == BULK]
    assert set(bulk["outcomes"].values()) == {"not-assessed"}
    assert bulk["reasons"]["operation-without-token"].startswith("set probe.writes = true in the profile")
    outcomes = {rule["id"]: rule["outcome"] for rule in report["rules"]}
    assert outcomes["operation-without-token"] == "partly-assessed"
    assert outcomes["object-viewer"] == outcomes["operation-no-effect"] == "not-assessed"


def test_without_a_description_nothing_is_passed(tmp_path: Path) -> None:
    """What is not known cannot hold: it is said what to supply."""
    with counting() as synq:
        del synq.profile["openapi"]
        _, report = judged(synq.profile, tmp_path)
    found = {rule["id"]: rule for rule in report["rules"] if rule["id"] in OF_OPERATIONS}
    assert {rule["outcome"] for rule in found.values()} == {"not-assessed"}
    assert found["operation-without-token"]["reason"] == "supply [openapi] or [[operation]] in the profile"
    assert report["operations"] == []


def test_a_table_is_enough(tmp_path: Path) -> None:
    """Operations of the profile alone are asked, and nothing else."""
    with counting() as synq:
        del synq.profile["openapi"]
        synq.profile["operation"] = [
            {"path": PRODUCTS},
            {"path": PRODUCT},
            {"method": "POST", "path": PRODUCTS, "role": "editor", "body": {"name": "Tent"}},
            {"method": "DELETE", "path": PRODUCT, "role": "editor"},
            {"path": "/openapi.yaml", "open": True},
        ]
        ended, report = judged(synq.profile, tmp_path)
    assert ended.code == 0, ended.out
    assert {rule["outcome"] for rule in report["rules"]} == {"passed"}
    assert f"PUT {PRODUCT}" in {one["name"] for one in report["operations"]}, "objects are asked by every method"
    assert ("POST", "/api/v1/pim/bulk") not in synq.asked


def test_the_operations_lie_under_the_base_url(tmp_path: Path) -> None:
    """A gateway's prefix goes before the paths of the description, and two processes find the same."""
    synq = create()
    with gateway_to(synq, "/gateway/synq") as gateway:
        ended, report = judged(describe(synq, gateway.base_url), tmp_path, "-n", "2")
    assert (ended.code, gateway.outside) == (0, []), ended.out
    assert f"GET /gateway/synq{PRODUCTS}" in {one["name"] for one in report["operations"]}
    assert {rule["outcome"] for rule in report["rules"]} == {"passed"}


def test_what_the_profile_s_own_write_created_is_deleted_as_it_is_documented(tmp_path: Path) -> None:
    """The description says how, so the profile need not."""
    with counting() as seen:
        _, report = judged(seen.profile, tmp_path, rules=["--rule", "role-no-effect", "--rule", "operation-no-effect"])
    assert {rule["outcome"] for rule in report["rules"]} == {"passed"}
    assert seen.asked["POST", PRODUCTS] > 5
    assert seen.synq.products == world.products()
    assert report["run"]["notes"] == []


UNNAMED = [
    {"path": PRODUCTS},
    {"path": PRODUCT},
    {"method": "POST", "path": PRODUCTS, "body": {"name": "Tent"}},
    {"method": "POST", "path": SEARCH, "body": {"text": "o"}},
    {"method": "POST", "path": "/api/v1/pim/bulk", "body": {"items": [{"name": "Tent"}]}},
]
"""A table that names no roles, and does not say that the search is safe."""


@pytest.mark.parametrize("fault", [None, "bulk-for-viewers"])
def test_a_viewer_who_is_let_in_is_a_violation_only_if_something_changed(tmp_path: Path, fault: str | None) -> None:
    """A search by POST is for viewers, too; that nothing says so makes it no hole."""
    with counting(*(() if fault is None else (fault,))) as synq:
        del synq.profile["openapi"]
        synq.profile["operation"] = UNNAMED
        _, report = judged(synq.profile, tmp_path, rules=["--rule", "operation-role"])
    outcomes = {one["name"]: one["outcomes"].get("operation-role") for one in report["operations"]}
    bulk = "passed" if fault is None else "failed"
    assert (outcomes[BULK], outcomes[f"POST {SEARCH}"]) == (bulk, "not-assessed")
    (search,) = [one for one in report["operations"] if one["name"] == f"POST {SEARCH}"]
    assert search["reasons"]["operation-role"].endswith("no role is named: give it one in an [[operation]]")


def test_operations_are_judged_although_the_probe_may_not_write(tmp_path: Path) -> None:
    """Only what is documented is written; that the list may not be asked in the same way excuses nothing."""
    with counting("writes-know-no-revocation") as synq:
        del synq.profile["probe"]["write"]
        rules = ["--rule", "operation-token-revoked", "--rule", "every-method"]
        _, report = judged(synq.profile, tmp_path, rules=rules)
    outcomes = {rule["id"]: rule["outcome"] for rule in report["rules"]}
    assert outcomes["operation-token-revoked"] == "failed"
    documented = (PRODUCTS, SEARCH, "/api/v1/pim/bulk")
    assert all(path in documented or path.startswith(f"{PRODUCTS}/") for _, path in synq.writes)
    assert not {("DELETE", PRODUCTS), ("PUT", PRODUCTS)} & synq.writes


def test_what_was_filled_in_and_not_taken_is_asked_for(tmp_path: Path) -> None:
    """A value that names nothing, and a body that the operation does not take."""
    with counting() as synq:
        synq.profile["probe"]["parameters"] = {"product_id": "prd_none"}
        synq.profile["operation"] = [{"method": "POST", "path": "/api/v1/pim/bulk", "body": {"items": []}}]
        _, report = judged(synq.profile, tmp_path, rules=["--rule", "operation-without-token"])
    reasons = {one["name"]: one["reasons"].get("operation-without-token", "") for one in report["operations"]}
    assert reasons[f"GET {PRODUCT}"].endswith("got 404; supply probe.parameters.product_id in the profile")
    assert reasons[BULK].endswith(f"got 422; give {BULK} a body that it takes in an [[operation]]")


SWAGGER = "swagger: '2.0'\npaths: {}\n"


@pytest.mark.parametrize(
    ("text", "table", "arguments", "said"),
    [
        pytest.param(SWAGGER, {"file": "api.yaml"}, (), "synq.toml: openapi: ", id="in-the-profile"),
        pytest.param(SWAGGER, None, ("--openapi", "api.yaml"), "--openapi: api.yaml: swagger: is", id="as-an-option"),
        pytest.param("a: [", None, ("--openapi", "api.yaml"), "--openapi: api.yaml:2:1: is not YAML", id="no-yaml"),
        pytest.param("", None, ("--openapi", "none.yaml"), "none.yaml: cannot be read: No such file", id="no-file"),
        pytest.param(
            "", None, ("--openapi", "http://127.0.0.1:9/a"), "http://127.0.0.1:9/a: cannot be fetched", id="no-server"
        ),
        pytest.param("", {}, (), "synq.toml: openapi: must name a file or a url, and not both", id="neither"),
        pytest.param("", {"url": "http://a", "file": "b"}, (), "must name a file or a url, and not both", id="both"),
        pytest.param("", {"path": "a"}, (), "openapi.path: unknown key; known here: file, url", id="unknown-key"),
    ],
)
def test_a_bad_description_is_wrong_usage(
    tmp_path: Path, text: str, table: dict[str, str] | None, arguments: tuple[str, ...], said: str
) -> None:
    """Exit 2 and one line that names the file and the place."""
    (tmp_path / "api.yaml").write_text(text, "utf-8")
    profile: Profile = {
        "target": {"base_url": "http://127.0.0.1:9"},
        "scope": {"tenant_id": "t", "org_id": "o"},
        "tokens": {"valid": "x"},
    }
    (tmp_path / "synq.toml").write_text(tomli_w.dumps(profile | ({} if table is None else {"openapi": table})), "utf-8")
    ended = synq_conformance("server", "--profile", "synq.toml", *arguments, folder=tmp_path)
    assert (ended.code, len(ended.lines)) == (2, 1), ended.err
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_description_of_another_target_is_not_for_the_embedded_synq(tmp_path: Path) -> None:
    """It has its own."""
    ended = synq_conformance("server", "--embedded", "--openapi", "api.yaml", folder=tmp_path)
    assert ended.code == 2
    assert "--openapi describes another target, and --embedded names the embedded Synq" in ended.err
