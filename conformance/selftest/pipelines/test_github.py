"""The GitHub Action and the reusable workflow: their steps run, and what they use is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomli_w

from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.pipelines.steps import ACTION, ROOT, WORKFLOW, Runner, StepEnded, loaded, used_action

RULES = "--rule documented-request --rule headers-missing --rule token-malformed"
ADAPTER = str(ROOT / "fixtures" / "adapters" / "python-requests")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the action's first step fills, once for all tests."""
    runner = Runner(tmp_path_factory.mktemp("installed"))
    install, _ = used_action(runner, {})
    ended = runner.run(install)
    assert ended.code == 0, ended.said
    return runner.folder / "temp"


@pytest.fixture
def runner(installed: Path, tmp_path: Path) -> Runner:
    """A runner on which the package is installed."""
    (tmp_path / "runner").mkdir()
    made = Runner(tmp_path / "runner")
    made.context["runner.temp"] = str(installed)
    return made


def checked(runner: Runner, **inputs: str) -> StepEnded:
    """The action's second step, with these inputs."""
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    _, check = used_action(runner, named)
    return runner.run(check)


def test_the_embedded_synq_is_judged(runner: Runner) -> None:
    """And the job is told what came of it."""
    ended = checked(runner, embedded="true", arguments=RULES)
    assert ended.code == 0, ended.said
    assert runner.outputs["verdict"].startswith("conformant")
    assert (runner.outputs["exit-code"], runner.outputs["failed"]) == ("0", "")
    assert (Path(runner.outputs["report"]) / "report.html").is_file()
    assert "Synq" in (runner.folder / "summary.md").read_text("utf-8")


def test_every_output_of_the_action_is_one_of_the_run(runner: Runner) -> None:
    """None is declared that nothing writes."""
    checked(runner, embedded="true", arguments=RULES)
    declared = loaded(ACTION / "action.yml")["outputs"]
    assert {one["value"].split(".")[-1].strip(" }") for one in declared.values()} <= set(runner.outputs)


def test_a_broken_server_fails_the_job(runner: Runner) -> None:
    """Each finding is annotated, and what broke since the baseline is told."""
    checked(runner, embedded="true", arguments=RULES)
    (runner.workspace / "reports").rename(runner.workspace / "baseline")
    synq = create()
    apply_fault(synq, "missing-tenant-bad-request")
    with serve(synq) as running:
        (runner.workspace / "staging.toml").write_text(tomli_w.dumps(describe(synq, running.base_url)), "utf-8")
        ended = checked(runner, profile="staging.toml", baseline="baseline", arguments=RULES)
    assert (ended.code, runner.outputs["verdict"]) == (1, "not-conformant"), ended.said
    assert "headers-missing" in runner.outputs["failed"]
    assert "::error" in ended.said


def test_a_url_and_variables_are_enough(runner: Runner) -> None:
    """A workflow hands over secrets that it does not have as empty variables."""
    synq = create()
    with serve(synq) as running:
        profile = describe(synq, running.base_url)
        runner.environ |= {
            "SYNQ_TOKEN": profile["tokens"]["valid"],
            "SYNQ_TENANT_ID": profile["scope"]["tenant_id"],
            "SYNQ_ORG_ID": profile["scope"]["org_id"],
            "SYNQ_EMAIL": "",
            "SYNQ_PASSWORD": "",
        }
        ended = checked(runner, url=running.base_url, arguments=RULES)
    assert ended.code == 0, ended.said


@pytest.mark.parametrize("inputs", [{"url": ""}, {"profile": ""}, {"role": "client", "command": ""}])
def test_an_empty_input_is_no_green_job(runner: Runner, inputs: dict[str, str]) -> None:
    """A workflow leaves an input empty whose variable it does not know."""
    ended = checked(runner, **inputs)
    assert ended.code == 2
    assert "nothing is named that could be judged" in ended.said


def test_a_token_that_got_lost_is_no_green_job(runner: Runner) -> None:
    """The secret is gone, and its variable empty."""
    runner.environ |= {"SYNQ_TOKEN": "", "SYNQ_TENANT_ID": "tnt_1", "SYNQ_ORG_ID": "org_1"}
    ended = checked(runner, url="http://127.0.0.1:9", arguments=RULES)
    assert ended.code == 2, ended.said
    assert "SYNQ_TOKEN" in ended.said


def test_a_client_is_judged(runner: Runner) -> None:
    """By its adapter."""
    runner.environ |= {"SYNQ_TOKEN": "", "SYNQ_EMAIL": ""}
    rules = "--rule three-headers --rule retry-after-401"
    ended = checked(runner, role="client", adapter=ADAPTER, arguments=rules)
    assert (ended.code, runner.outputs["exit-code"]) == (0, "0"), ended.said


GH = """#!/bin/bash
echo "$@" >> "$CALLS"
case "$1 $2" in
  "run list") echo "$RUN_ID" ;;
  "run download") [ -n "$REPORT" ] && mkdir -p "$7" && cp "$REPORT" "$7/report.json" ;;
esac
"""
"""What stands in the place of GitHub's command; it writes down how it was called."""


@pytest.fixture
def github(tmp_path: Path) -> Runner:
    """A runner with a pull request and GitHub's command."""
    (tmp_path / "runner").mkdir()
    runner = Runner(tmp_path / "runner")
    command = runner.folder / "bin" / "gh"
    command.write_text(GH, "utf-8")
    command.chmod(0o755)
    runner.environ |= {"CALLS": str(runner.folder / "calls"), "RUN_ID": "42", "REPORT": ""}
    runner.context |= {
        "github.token": "made-up",
        "github.repository": "acme/shop",
        "github.workflow": "Nothing broke",
        "github.event.repository.default_branch": "main",
        "github.event.pull_request.number": "7",
        "inputs.name": "synq-conformance",
    }
    return runner


def step_named(name: str) -> dict[str, str]:
    """The workflow's step of this name."""
    steps = loaded(WORKFLOW)["jobs"]["conformance"]["steps"]
    found: dict[str, str] = next(step for step in steps if step.get("name") == name)
    return found


def calls(runner: Runner) -> list[str]:
    """How GitHub's command was called."""
    return (runner.folder / "calls").read_text("utf-8").splitlines()


def test_the_baseline_is_that_of_the_default_branch(github: Runner, tmp_path: Path) -> None:
    """Its last report is downloaded and handed on."""
    (tmp_path / "report.json").write_text("{}", "utf-8")
    github.environ["REPORT"] = str(tmp_path / "report.json")
    ended = github.run(step_named("Find the report of the default branch"))
    assert ended.code == 0, ended.said
    assert "--branch main" in calls(github)[0]
    assert json.loads(Path(github.outputs["report"]).read_text("utf-8")) == {}


@pytest.mark.parametrize("run_id", ["", "42"], ids=["no-run", "run-without-artifact"])
def test_without_a_report_there_is_no_baseline(github: Runner, run_id: str) -> None:
    """The first pull request of a repository is no failure."""
    github.environ["RUN_ID"] = run_id
    ended = github.run(step_named("Find the report of the default branch"))
    assert (ended.code, github.outputs) == (0, {}), ended.said
    assert "no report yet" in ended.said


@pytest.mark.parametrize("has_report", [True, False])
def test_a_pull_request_gets_the_report_as_its_comment(github: Runner, has_report: bool) -> None:
    """The one that is there is edited; without a report there is nothing to say."""
    if has_report:
        (github.workspace / "reports").mkdir()
        (github.workspace / "reports" / "report.md").write_text("# Report", "utf-8")
    ended = github.run(step_named("Comment on the pull request"))
    assert ended.code == 0, ended.said
    assert (github.folder / "calls").exists() is has_report
    if has_report:
        assert calls(github)[0].startswith("pr comment 7 --body-file reports/report.md --edit-last")


def test_setting_up_stops_at_its_first_failure(github: Runner) -> None:
    """What a client is built with must not fail unseen."""
    github.context["inputs.setup"] = "false\necho went on"
    ended = github.run(step_named("Make the client ready"))
    assert ended.code != 0
    assert "went on" not in ended.said


def test_the_workflow_gives_the_action_inputs_that_it_has() -> None:
    """And names the action that is in this repository."""
    check = step_named("Check")
    assert set(check["with"]) <= set(loaded(ACTION / "action.yml")["inputs"])
    used = check["uses"].partition("@")[0].removeprefix("synq-io/synq-conformance/")
    assert (ROOT / used / "action.yml").is_file()
