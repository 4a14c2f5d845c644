"""What a run sends is counted exactly, bears its marks, and writes nothing that the profile does not allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.http.message import Request
from conformance.mock.call import Synq
from conformance.mock.world import Product
from conformance.selftest.commands import Ended, synq_conformance
from conformance.selftest.noting import served_noting
from conformance.server.harness.gate import could_write

WORKERS = [pytest.param((), id="1-process"), pytest.param(("-n", "2"), id="2-workers")]
ORDERLY = ["headers-missing", "sign-in-refused", "answers-not-crossed", "verified-every-request", "role-forbidden"]
"""Rules whose requests all get through an HTTP parser, so that the server can count them."""


class Watched:
    """A reference server on a port, and what arrived there."""

    def __init__(self, synq: Synq, profile: dict[str, Any], arrived: list[Request]) -> None:
        self.synq, self.profile, self.arrived = synq, profile, arrived

    @property
    def products(self) -> list[Product]:
        """What the server holds."""
        return [one for shelf in self.synq.products.values() for one in shelf.values()]

    def check(self, folder: Path, *words: str) -> tuple[Ended, dict[str, Any]]:
        """How the command ended, and its report."""
        (folder / "profile.toml").write_text(tomli_w.dumps(self.profile), "utf-8")
        ended = synq_conformance("server", "--profile", "profile.toml", *words, folder=folder)
        return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8"))


@pytest.fixture(params=[()])
def watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """The parameter is the faults of the server."""
    arrived: list[Request] = []
    with served_noting(arrived.append, request.param) as (synq, profile):
        yield Watched(synq, profile, arrived)


def _only(*rules: str) -> list[str]:
    return [word for rule in rules for word in ("--rule", rule)]


@pytest.mark.parametrize("workers", WORKERS)
def test_the_report_counts_what_the_server_saw(watched: Watched, workers: tuple[str, ...], tmp_path: Path) -> None:
    """Preflight, controls, requests in flight together and all workers included."""
    ended, report = watched.check(tmp_path, *_only(*ORDERLY), *workers)
    assert ended.code == 0, ended.err
    assert report["run"]["exchanges"] == len(watched.arrived)


@pytest.mark.parametrize("workers", WORKERS)
def test_no_more_is_sent_than_was_allowed(watched: Watched, workers: tuple[str, ...], tmp_path: Path) -> None:
    """The preflight and all workers share one allowance, to the last request."""
    watched.profile["limits"] = {"max_requests": 100}
    _, report = watched.check(tmp_path, *_only(*ORDERLY), *workers)
    assert len(watched.arrived) == report["run"]["exchanges"] == 100
    reasons = [rule["reason"] for rule in report["rules"] if rule["outcome"] != "passed"]
    assert [reason for reason in reasons if "limits.max_requests = 100 is used up" not in reason] == []


@pytest.mark.parametrize("workers", WORKERS)
def test_every_request_says_whose_it_is(watched: Watched, workers: tuple[str, ...], tmp_path: Path) -> None:
    """User-Agent names suite, version and run; X-Request-ID is another for each request, and the report has it."""
    _, report = watched.check(tmp_path, *_only("headers-missing", "sign-in-refused"), *workers)
    run_id = report["run"]["id"]
    assert re.fullmatch(r"[0-9a-f]{8}", run_id)
    agents = {request.values("User-Agent") for request in watched.arrived}
    assert agents == {(f"synq-conformance/{report['run']['suite_version']} (run {run_id})",)}
    ids = [request.values("X-Request-ID")[0] for request in watched.arrived]
    assert len(set(ids)) == len(ids)
    assert any(one.startswith(f"{run_id}.headers-missing.") for one in ids)
    exchanges = (tmp_path / "reports" / "exchanges.jsonl").read_text("utf-8")
    assert not [one for one in ids if one not in exchanges]


@pytest.mark.parametrize("watched", [("request-without-any-header-served",)], indirect=True)
def test_a_finding_names_its_request(watched: Watched, tmp_path: Path) -> None:
    """The owner of the target finds the very line in the gateway's log."""
    ended, report = watched.check(tmp_path, *_only("headers-missing"))
    (rule,) = report["rules"][-1:]
    headers = dict(rule["findings"][0]["exchange"]["request"]["headers"])
    assert headers["X-Request-ID"] in ended.out.replace("\n", "").replace(" ", "")
    assert headers["X-Request-ID"] in {request.values("X-Request-ID")[0] for request in watched.arrived}


def test_marks_can_be_switched_off(watched: Watched, tmp_path: Path) -> None:
    """Some gateways refuse what they do not know."""
    watched.profile["limits"] = {"identify": False}
    _, report = watched.check(tmp_path, *_only("headers-missing"))
    assert report["run"]["id"] is None
    assert {request.values("User-Agent") for request in watched.arrived} == {("synq-conformance",)}
    assert not [request for request in watched.arrived if request.values("X-Request-ID")]


@pytest.mark.parametrize("watched", [("delete-needs-no-token",)], indirect=True)
def test_without_permission_nothing_is_sent_that_could_write(watched: Watched, tmp_path: Path) -> None:
    """On no path but those to sign in and to revoke; what would need it is not assessed and says so."""
    del watched.profile["probe"]["write"], watched.profile["probe"]["writes"], watched.profile["openapi"]
    _, report = watched.check(tmp_path, "--level", "hardening")
    elsewhere = {watched.profile[table].get("path", path) for table, path in DOCUMENTED.items()}
    wrote = [one for one in watched.arrived if could_write(one) and one.target.partition("?")[0] not in elsewhere]
    assert [(one.method, one.target) for one in wrote] == []
    every_method = next(rule for rule in report["rules"] if rule["id"] == "every-method")
    assert (every_method["outcome"], every_method["reason"]) == (
        "partly-assessed",
        "supply probe.write in the profile",
    )


def test_what_a_run_creates_bears_its_id_and_is_deleted(watched: Watched, tmp_path: Path) -> None:
    """The run's id in what it wrote, and nothing of it there afterwards."""
    ended, report = watched.check(tmp_path, *_only("role-forbidden", "role-no-effect", "override-headers"))
    assert ended.code == 0, ended.err
    bodies = [json.loads(one.body) for one in watched.arrived if one.method == "POST" and b"probe" in one.body]
    wrote = [(body[0] if isinstance(body, list) else body)["name"] for body in bodies]
    assert {name[: len("probe 01234567")] for name in wrote} == {f"probe {report['run']['id']}"}
    assert len(set(wrote)) == len(wrote)
    assert [one for one in watched.arrived if one.method == "DELETE"]
    assert "probe" not in json.dumps([product.name for product in watched.products])
    assert report["run"]["notes"] == []


def test_what_another_caller_created_is_deleted_as_that_caller(watched: Watched, tmp_path: Path) -> None:
    """The run's own token opens nothing of the other tenant, in which a case wrote."""
    _, report = watched.check(tmp_path, *_only("idempotency-not-crossed"))
    others = [one for one in watched.arrived if one.method == "POST" and _of_other_tenant(watched, one)]
    assert others
    assert "probe" not in json.dumps([product.name for product in watched.products])
    assert report["run"]["notes"] == []


def _of_other_tenant(watched: Watched, request: Request) -> bool:
    return request.values("X-Tenant-ID") == (watched.profile["scope"]["other_tenant_id"],)


@pytest.mark.parametrize("mock", [(), ("--mock",)], ids=["over-http", "in-process"])
def test_the_run_marks_its_writes_on_the_embedded_synq_too(mock: tuple[str, ...], tmp_path: Path) -> None:
    """No reader of a report meets the placeholder."""
    words = ("--fault", "role-unchecked", *_only("role-forbidden"), *mock)
    synq_conformance("server", *words, folder=tmp_path)
    report = json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))
    written = report["rules"][0]["findings"][0]["exchange"]["request"]["body"]
    assert json.loads(written)["name"].startswith(f"probe {report['run']['id']}")


@pytest.mark.parametrize(
    ("delete", "note"),
    [
        pytest.param(None, "3 resources are left that the run created; say how to delete them", id="unknown"),
        pytest.param(
            {"path": "/api/v1/pim/nowhere/{id}", "method": "PATCH"},
            "3 resources are left that the run created: deleting was answered 404",
            id="refused",
        ),
    ],
)
def test_what_is_left_behind_is_told(
    watched: Watched, delete: dict[str, str] | None, note: str, tmp_path: Path
) -> None:
    """In the report and on the console."""
    del watched.profile["probe"]["delete"], watched.profile["probe"]["writes"], watched.profile["openapi"]
    watched.profile["probe"] |= {} if delete is None else {"delete": delete}
    ended, report = watched.check(tmp_path, *_only("role-no-effect"))
    assert note in " ".join(report["run"]["notes"])
    assert note in " ".join(ended.out.split())


DOCUMENTED = {"sign_in": "/api/v1/auth/sign-in", "revoke": "/api/v1/auth/revoke"}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(Request("GET", "/x"), False, id="get"),
        pytest.param(Request("BREW", "/x"), False, id="unknown"),
        pytest.param(Request("DELETE", "/x"), True, id="delete"),
        pytest.param(Request("post", "/x"), True, id="lower-case"),
        pytest.param(Request("GET", "/x", (("X-HTTP-Method-Override", "DELETE"),)), True, id="overridden"),
        pytest.param(Request("GET", "/x", (("x-method-override", " put "),)), True, id="overridden-loosely"),
        pytest.param(Request("GET", "/x?a=1&_method=PATCH"), True, id="overridden-in-query"),
        pytest.param(Request("GET", "/x", (("X-HTTP-Method-Override", "HEAD"),)), False, id="overridden-by-safe"),
    ],
)
def test_what_could_write(request_: Request, expected: bool) -> None:
    """By its method, or by one that some servers take instead of it."""
    assert could_write(request_) is expected


@pytest.mark.parametrize(
    ("url", "option", "message"),
    [
        pytest.param("https://api.synq.io", "--allow-production", "is Synq's production API", id="production"),
        pytest.param("http://synq.invalid", "--allow-cleartext", "is plain HTTP", id="cleartext"),
    ],
)
def test_what_needs_permission(url: str, option: str, message: str, tmp_path: Path) -> None:
    """Without the option nothing is sent; with it the run begins."""
    variables = {"SYNQ_TOKEN": "t", "SYNQ_TENANT_ID": "a", "SYNQ_ORG_ID": "b", "HTTPS_PROXY": "http://127.0.0.1:9"}
    refused = synq_conformance("server", "--url", url, folder=tmp_path, environ=variables)
    assert refused.code == 2
    assert message in refused.err
    assert option in refused.err
    allowed = synq_conformance("server", "--url", url, option, folder=tmp_path, environ=variables)
    assert allowed.code == 3, allowed.err
