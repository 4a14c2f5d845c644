"""The path of the base URL stands before every path, whichever way a request goes out and wherever it is shown."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import tomli_w

from conformance.config import types as values
from conformance.config.profile import Target, from_environment, from_mapping
from conformance.evidence.regression_cases import filled, from_request
from conformance.http.message import Request
from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import NAMED, Ended, synq_conformance
from conformance.selftest.dull_servers import always
from conformance.selftest.gateway import gateway_to

PREFIX = "/gw/synq"
API = "/api/v1/pim/products"
RAW = "(raw octets"


def _faulty(*names: str) -> Synq:
    synq = create()
    for name in names:
        apply_fault(synq, name)
    return synq


def _run(synq: Synq, base_url: str, folder: Path, *arguments: str) -> Ended:
    folder.mkdir(exist_ok=True)
    (folder / "profile.toml").write_text(tomli_w.dumps(describe(synq, base_url)), "utf-8")
    every = ("--profile", "profile.toml", "--depth", "quick", *arguments)
    return synq_conformance("server", *every, folder=folder)


def _report(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return report


def _asked(folder: Path) -> Iterator[str]:
    """The targets of all requests that the run kept."""
    with (folder / "reports" / "exchanges.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            target = json.loads(line)["request"]["target"]
            if not target.startswith(RAW):
                yield target


def _failed_cases(folder: Path) -> set[str]:
    checks = [check for rule in _report(folder)["rules"] for check in rule["checks"]]
    return {f"{check['id']}[{case}]" for check in checks for case, one in check["case_outcomes"].items()}


def test_a_whole_run_stays_under_the_path_of_the_base_url(tmp_path: Path) -> None:
    """Behind a gateway that knows nothing else, the reference server is as conformant as it is without it."""
    synq = create()
    with gateway_to(synq, PREFIX) as gateway:
        ended = _run(synq, gateway.base_url + "/", tmp_path, "--level", "hardening")
    report = _report(tmp_path)
    assert ended.code == 0, ended.out + ended.err
    reasons = {rule["reason"] for rule in report["rules"] if rule["outcome"] != "passed"}
    assert [reason for reason in reasons if "clock" not in reason and "https" not in reason] == []
    assert set(gateway.outside) <= {"*"}
    assert gateway.inside > 500
    paths = [target for target in _asked(tmp_path) if target.startswith("/")]  # raw requests have other forms, too
    assert [path for path in paths if not path.startswith(PREFIX + "/")] == []
    assert report["subject"]["base_url"] == gateway.base_url


def test_odd_paths_reach_the_api_behind_a_gateway(tmp_path: Path) -> None:
    """What is open by the spelling of a path, or by a header that names one, is found as it is without the gateway."""
    synq = _faulty("doubled-slash-open", "dot-segments-open", "upper-case-path-open", "original-url-honoured")
    rules = ("--rule", "every-path-form", "--rule", "override-headers", "--", "-k", "not generated")
    with serve(synq) as served:
        _run(synq, served.base_url, tmp_path / "plain", *rules)
    with gateway_to(synq, PREFIX) as gateway:
        _run(synq, gateway.base_url, tmp_path / "behind", *rules)
    found, behind = _failed_cases(tmp_path / "plain"), _failed_cases(tmp_path / "behind")
    assert len(found) > 5
    assert {case for case in found - behind if "path-as-sent" not in case} == set()


def test_what_repeats_a_finding_goes_to_the_same_place(tmp_path: Path) -> None:
    """The curl line, the line for a socket, the archive, and the resource that is named in the evidence."""
    with always(200) as url:
        rules = ("--rule=org-missing", "--rule=wire-refused", "--format=har")
        ended = synq_conformance("server", "--url", url + PREFIX, *rules, folder=tmp_path, environ=NAMED)
    assert ended.code == 1, ended.err
    org, wire = (rule["findings"] for rule in _report(tmp_path)["rules"])
    assert [one["curl"] for one in org if f" {url}{PREFIX}{API} " not in one["curl"]] == []
    assert {one["exchange"]["request"]["target"] for one in org} == {PREFIX + API}
    lines = {one["case"]: one["curl"] for one in wire}
    send = f"synq-conformance send --max-time 3 {url}{PREFIX}"
    assert lines["nul-in-token"].startswith(f'{send} "GET {PREFIX}{API} HTTP/1.1')
    assert lines["absolute-form"].startswith(f'{send} "GET {url}{PREFIX}{API} HTTP/1.1')
    archive = json.loads((tmp_path / "reports" / "exchanges.har").read_text("utf-8"))
    asked = {entry["request"]["url"] for entry in archive["log"]["entries"]}
    assert url + PREFIX + API in asked


def test_a_saved_case_knows_nothing_of_the_path_of_the_base_url(tmp_path: Path) -> None:
    """What was found behind a gateway is found again without it, and the other way round."""
    synq = _faulty("debug-query-open")
    case = {"name": "debug", "rule": "every-path-form", "method": "GET", "target": f"{API}?debug=1"}
    (tmp_path / "cases.toml").write_text(tomli_w.dumps({"case": [case]}), "utf-8")
    arguments = ("--rule", "every-path-form", "--cases", str(tmp_path / "cases.toml"), "--", "-k", "saved")
    with gateway_to(synq, PREFIX) as gateway:
        ended = _run(synq, gateway.base_url, tmp_path, *arguments)
    assert ended.code in (1, 3), ended.out + ended.err
    (finding,) = _report(tmp_path)["rules"][0]["findings"]
    assert finding["exchange"]["request"]["target"] == f"{PREFIX}{API}?debug=1"


def test_what_a_run_finds_is_kept_without_the_path_of_the_base_url(tmp_path: Path) -> None:
    """found.toml can be sent to any target."""
    synq = _faulty("signature-never-verified")
    with gateway_to(synq, PREFIX) as gateway:
        _run(synq, gateway.base_url, tmp_path, "--rule", "signature-altered", "--", "-k", "generated")
    found = tomllib.loads((tmp_path / "reports" / "found.toml").read_text("utf-8"))
    assert [case["target"] for case in found["case"]] == [API]


def test_a_request_is_kept_and_filled_with_the_path_of_each_target() -> None:
    """A case of one target, sent to another under another path."""
    sent = Request("GET", f"/one{API}//x?y=/one")
    values = {"{token}": "a-token"}
    case = from_request("every-path-form", sent, values, "/one")
    assert case.request.target == f"{API}//x?y=/one"
    assert filled(case, values, "/other").target == f"/other{API}//x?y=/one"
    assert from_request("every-path-form", filled(case, values, ""), values, "") == case


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_every_path_of_a_profile_is_under_the_path_of_the_base_url(end: str) -> None:
    """Whatever a profile may name: what is a path by its type is one of the API."""
    without = from_mapping(describe(create(), "https://gw.example"), "selftest")
    under = from_mapping(describe(create(), f"https://gw.example{PREFIX}{end}"), "selftest")
    assert (under.base_url, under.base_path, under.origin) == (
        f"https://gw.example{PREFIX}",
        PREFIX,
        "https://gw.example",
    )
    assert (without.base_path, without.origin) == ("", "https://gw.example")
    paths = dict(_paths(without))
    assert paths["probe.read"] == API
    assert paths["sign_in.path"] == "/api/v1/auth/sign-in"
    assert len(paths) >= 5
    assert dict(_paths(under)) == {name: PREFIX + path for name, path in paths.items()}


def _paths(data: Any, *names: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a dataclass
    """Every value of the type Path in the data."""
    for name, kind in get_type_hints(type(data), include_extras=True).items():
        value = getattr(data, name)
        if is_dataclass(value):
            yield from _paths(value, *names, name)
        elif value is not None and values.Path in (kind, *get_args(kind)):
            yield ".".join((*names, name)), value


def test_the_defaults_are_under_it_as_well() -> None:
    """A target from the environment names no path, and the name tells it from others of the same gateway."""
    named: Target = from_environment({**NAMED, "SYNQ_BASE_URL": f"https://gw.example{PREFIX}"})
    assert named.probe.read == PREFIX + API
    assert named.name == f"gw.example{PREFIX}"
