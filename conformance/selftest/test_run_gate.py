"""The gate as a pipeline meets it: real runs, their exit codes, and what a GitHub workflow is told."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.config.profile import Target, from_mapping
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance

RULES = ("--rule=documented-request", "--rule=org-missing", "--rule=role-forbidden")
LISTED = '[[unassessed]]\nrule = "role-forbidden"\nreason = "no viewer"\nuntil = 2999-06-15\n'


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A reference server on loopback."""
    synq = create()
    with serve(synq) as served:
        yield from_mapping(describe(synq, served.base_url), "selftest")


def _checked(target: Target, folder: Path, *options: str, **environ: str) -> Ended:
    """A run by a token alone, which cannot judge role-forbidden."""
    scope, token = target.scope, target.tokens.valid or ""
    named = {"SYNQ_BASE_URL": target.base_url, "SYNQ_TOKEN": token}
    named |= {"SYNQ_TENANT_ID": scope.tenant_id, "SYNQ_ORG_ID": scope.org_id}
    return synq_conformance("server", *RULES, *options, folder=folder, environ=named | environ)


def test_a_section_that_got_lost_does_not_go_green(target: Target, tmp_path: Path) -> None:
    """Without a gate it is exit code 0; with strict coverage 1, with a line on what is open and what to supply."""
    assert _checked(target, tmp_path).code == 0
    ended = _checked(target, tmp_path, "--strict-coverage")
    assert ended.code == 1
    said = " ".join(ended.out.split())
    assert "! role-forbidden (required) is not assessed and not listed: supply probe.write in the profile" in said
    assert "the run fails all the same, by 1 complaint" in said


def test_a_listed_one_is_let_through(target: Target, tmp_path: Path) -> None:
    """And the report has no complaint."""
    (tmp_path / "unassessed.toml").write_text(LISTED, "utf-8")
    ended = _checked(target, tmp_path, "--unassessed", "unassessed.toml", "--min-assessed", "60%")
    assert ended.code == 0, ended.out
    assert json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))["complaints"] == []


def test_a_run_is_compared_with_the_report_in_its_own_folder(target: Target, tmp_path: Path) -> None:
    """It is read before the folder is emptied, and what is as it was is no regression."""
    assert _checked(target, tmp_path).code == 0
    assert _checked(target, tmp_path, "--baseline", "reports").code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--unassessed", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--min-assessed", "lots"], "--min-assessed lots: expected a share"),
        (["--fail-on", "rain"], "--fail-on rain: expected not-assessed or waived"),
        (["--baseline", "main.json"], "--baseline main.json: No such file"),
        (["--unassessed", ""], "--unassessed is empty"),
    ],
    ids=lambda one: one[0].lstrip("-") if isinstance(one, list) else "",
)
def test_a_wrong_gate_is_wrong_usage(target: Target, tmp_path: Path, options: list[str], said: str) -> None:
    """One line and exit code 2, before anything is sent."""
    ended = _checked(target, tmp_path, *options)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_github_workflow_is_told(target: Target, tmp_path: Path) -> None:
    """Annotations on standard output, outputs of the step, and its summary."""
    out, summary = tmp_path / "output", tmp_path / "summary.md"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(out), "GITHUB_STEP_SUMMARY": str(summary)}
    ended = _checked(target, tmp_path, "--fail-on=not-assessed", **github)
    assert ended.code == 1
    told = [line for line in ended.out.splitlines() if line.startswith("::")]
    title, message = "Synq contract%3A the run fails besides", "--fail-on not-assessed: 1 rule: role-forbidden"
    assert told[0] == f"::error title={title}::{message}"
    assert told[1].startswith("::notice title=Synq contract%3A verdict::Conformant as far as assessed")
    values = dict(line.split("=", 1) for line in out.read_text("utf-8").splitlines())
    assert values["verdict"] == "conformant-as-assessed"
    assert values["exit-code"] == "1"
    assert int(values["judged"]) < int(values["required"])
    assert (Path(values["report"]) / "report.json").is_file()
    assert summary.read_text("utf-8").startswith("# Synq contract: conformant as far as assessed")


def test_nothing_is_annotated_outside_a_workflow(target: Target, tmp_path: Path) -> None:
    """A terminal is spared the syntax of GitHub."""
    assert not re.search(r"^::", _checked(target, tmp_path, GITHUB_ACTIONS="").out, re.MULTILINE)


def test_a_broken_rule_is_annotated_with_its_fix(tmp_path: Path) -> None:
    """The rule, what was seen, what would be right, and how it is mended."""
    arguments = ("server", "--mock", "--fault=tenant-unchecked", "--rule=documented-request", "--rule=tenant-foreign")
    ended = synq_conformance(*arguments, folder=tmp_path, environ={"GITHUB_ACTIONS": "true"})
    told = [line for line in ended.out.splitlines() if line.startswith("::error")]
    assert ended.code == 1
    assert told[0].startswith("::error title=Synq contract%3A tenant-foreign::required: ")
    assert "expected 403, got 200" in told[0]
    assert "Fix: " in told[0]


def test_junit_and_ctrf_say_how_long_each_rule_took(tmp_path: Path) -> None:
    """In seconds and in milliseconds, and no more in all than the run with its start."""
    formats = ("--format=junit", "--format=ctrf")
    synq_conformance("server", "--mock", "--rule=documented-request", "--rule=org-missing", *formats, folder=tmp_path)
    cases = list(ET.parse(tmp_path / "reports" / "junit.xml").getroot().iter("testcase"))  # noqa: S314 - our own file
    tests = json.loads((tmp_path / "reports" / "ctrf.json").read_text("utf-8"))["results"]["tests"]
    assert len(cases) == 2
    assert all(0 < float(case.get("time", 0)) < 30 for case in cases)
    assert all(0 < test["duration"] < 30_000 for test in tests)
