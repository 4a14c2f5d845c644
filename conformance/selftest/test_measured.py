"""The figures of the README are those that were measured, of what is there now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.rules import Role, load_contract
from conformance.mock.faults import FAULTS
from conformance.selftest.measured import calibration_figures, keep, stage_figures
from conformance.selftest.peers.page import peers_page, peers_summary
from conformance.selftest.peers.servers import BESIDE, sampled_faults
from conformance.selftest.peers.trial import TOOLS, told_the_same
from conformance.selftest.reference.readme_figures import figure_pages, measured, with_figures

OF_FAULTS_MEASURED = 0.9
"""Faults that came since the last calibration was kept are few."""


@pytest.mark.parametrize("file", figure_pages(), ids=lambda file: file.name)
def test_a_page_shows_what_was_measured(file: Path) -> None:
    """If not, `python -m conformance.selftest.generated` writes it anew."""
    assert figure_pages()[file] == file.read_text("utf-8")


def test_the_calibration_is_of_the_faults_that_there_are() -> None:
    """If not: `tox -e calibrate`, then `python -m conformance.selftest.measured reports/calibration.json`."""
    names = measured("calibration")["server"]["names"]
    assert len(set(names) & FAULTS.keys()) >= OF_FAULTS_MEASURED * len(FAULTS)
    rules = {rule.id for rule in load_contract().of(Role.SERVER)}
    assert abs(measured("calibration")["server"]["rules"] - len(rules)) <= (1 - OF_FAULTS_MEASURED) * len(rules)


@pytest.mark.parametrize("role", ["server", "client"])
def test_a_calibration_that_is_shown_proved_the_suite(role: str) -> None:
    """Each fault was caught by its rule, and each rule has one."""
    figures = measured("calibration")[role]
    assert figures["caught"] == figures["faults"] == len(figures["names"])
    assert figures["broken"] == figures["rules"]


def test_the_peers_were_tried_on_a_sample() -> None:
    """Of faults that are there, in the order of the contract, and on the right server; each with every tool."""
    data = measured("peers")
    servers = {one["name"]: one["kind"] for one in data["servers"]}
    sampled = {name for name, kind in servers.items() if kind == "fault"}
    assert sampled <= FAULTS.keys()
    assert len(sampled & {*sampled_faults(data["every"])}) >= OF_FAULTS_MEASURED * len(sampled)
    assert {name for name, kind in servers.items() if kind == "beside"} <= BESIDE.keys()
    assert "reference" in servers
    tried = [(one["server"], one["tool"]) for one in data["trials"]]
    assert sorted(tried) == sorted((server, tool) for server in servers for tool in TOOLS)


def test_a_page_without_its_marks_is_refused() -> None:
    """Else figures would vanish from the front page without a word."""
    with pytest.raises(ValueError, match="has no <!-- checked -->"):
        with_figures("# A page\n")


def test_what_proved_nothing_is_not_kept(tmp_path: Path) -> None:
    """A calibration with problems is no figure for the front page."""
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps({"schema": "synq-conformance/calibration/1", "proven": False, "problems": ["x"]}))
    with pytest.raises(ValueError, match="1 problems"):
        keep(file)


def test_figures_of_the_stages() -> None:
    """What tox took to make an environment, and to run its commands; what builds the package or was not run is none."""
    command = {"retcode": 0, "elapsed": 1.25}
    lint = {"setup": [command], "test": [command, command]}
    figures = stage_figures({"testenvs": {".pkg": {"test": [command]}, "lint": lint, "not-run": {}}}, "2026-01-02")
    assert figures == {"date": "2026-01-02", "stages": [{"name": "lint", "setup_s": 1.2, "run_s": 2.5}]}


def test_a_stage_that_failed_is_not_kept() -> None:
    """It ended early, so that its seconds would please too much."""
    failed = {"test": [{"retcode": 1, "elapsed": 1.0}]}
    with pytest.raises(ValueError, match="selftest failed"):
        stage_figures({"testenvs": {"selftest": failed}}, "2026-01-02")


def test_figures_of_a_calibration() -> None:
    """Counted from its trials."""

    def trial(kind: str, found: int | None = None) -> dict[str, Any]:
        seen = {} if found is None else {"some-rule": {"in_rule": found, "in_run": 100}}
        subject = {"name": f"{kind}-{found}", "kind": kind, "declared": ["some-rule"] if kind == "fault" else []}
        return {"subject": subject, "found": seen, "exchanges": 10}

    trials = [trial("fault", 2), trial("fault", 8), trial("fault"), trial("reference"), trial("degenerate")]
    figures = calibration_figures({"trials": trials, "rules": [{}, {}]}, "2026-01-02")
    assert (figures["faults"], figures["caught"], figures["in_rule"], figures["exchanges"]) == (3, 2, 5, 50)
    assert (figures["references"], figures["degenerate"], figures["broken"], figures["rules"]) == (1, 1, 1, 2)


def test_the_summary_counts_what_was_found() -> None:
    """By kind and by level, a column for each tool."""
    servers = [
        {"name": "reference", "kind": "right", "about": "nothing", "level": ""},
        {"name": "open", "kind": "fault", "about": "a-rule", "level": "required"},
        {"name": "loose", "kind": "fault", "about": "another", "level": "hardening"},
    ]
    same = {"requests": 40, "seconds": 2.0, "said": ""}
    trials = [
        {"tool": tool, "server": one["name"], "found": one["name"] == "open", **same}
        for one in servers
        for tool in TOOLS
    ]
    said = peers_summary({"tools": dict(TOOLS), "servers": servers, "trials": trials})
    assert "| False alarms on the right server | 0 of 1 | 0 of 1 | 0 of 1 |" in said
    assert "| Servers with a fault of a rule: found | 1 of 2 | 1 of 2 | 1 of 2 |" in said
    assert "| of these, required | 1 of 1 | 1 of 1 | 1 of 1 |" in said
    assert "median | 40 | 40 | 40 |" in said


def test_a_sample_that_is_not_tried_whole_says_so() -> None:
    """And how to go on."""
    data = {**measured("peers"), "sampled": 1000}
    assert f"{len(data['servers'])} of 1000 servers were tried yet" in peers_page(data)


def test_the_suite_is_told_no_more_than_its_peer() -> None:
    """No key, no sign-in, no token of another kind."""
    everything = {
        **{name: {} for name in ("target", "openapi", "limits", "keys", "sign_in", "revoke")},
        "scope": dict.fromkeys(("tenant_id", "org_id", "other_tenant_id", "other_tenant_org_id", "other_org_id"), "x"),
        "tokens": {"valid": "t", "other_tenant": "u", "expired": "v"},
        "probe": {"read": "/", "foreign_resource": "/1"},
    }
    known = told_the_same(everything)
    assert known.keys() == {"target", "openapi", "limits", "scope", "tokens", "probe"}
    assert known["tokens"].keys() == {"valid", "other_tenant"}
    assert "other_org_id" not in known["scope"]
    assert "foreign_resource" not in known["probe"]
