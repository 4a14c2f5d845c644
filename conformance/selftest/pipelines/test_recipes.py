"""Every file of the recipes is what its service takes, and names only what is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from conformance.cli import main
from conformance.selftest.pipelines.steps import ACTION, ROOT, WORKFLOW, loaded

PAGE = (ROOT / ".github" / "PIPELINES.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
"""The text of each file by its name."""
SCHEMAS = {".github/workflows": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci"}
OURS = [
    (ACTION / "action.yml", "vendor.github-actions"),
    (WORKFLOW, "vendor.github-workflows"),
    (ROOT / ".gitlab" / "synq-conformance.yml", "vendor.gitlab-ci"),
]
WORKFLOWS = [name for name in BLOCKS if name.startswith(".github/workflows")]


def valid(path: Path, schema: str) -> subprocess.CompletedProcess[str]:
    """check-jsonschema's word on the file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


@pytest.mark.parametrize(("path", "schema"), OURS, ids=lambda value: Path(value).name)
def test_what_is_ready_made_is_valid(path: Path, schema: str) -> None:
    """By the schema of its service."""
    ended = valid(path, schema)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("name", [name for name in BLOCKS if not name.startswith(".pre-commit")])
def test_a_recipe_is_valid(name: str, tmp_path: Path) -> None:
    """The same."""
    path = tmp_path / "recipe.yml"
    path.write_text(BLOCKS[name], "utf-8")
    ended = valid(path, next(schema for start, schema in SCHEMAS.items() if name.startswith(start)))
    assert ended.returncode == 0, ended.stdout


def test_the_recipe_for_pre_commit_names_a_hook_that_is_there(tmp_path: Path) -> None:
    """And is a configuration that pre-commit takes."""
    path = tmp_path / "config.yaml"
    path.write_text(BLOCKS[".pre-commit-config.yaml"], "utf-8")
    hooks = {hook["id"] for hook in loaded(ROOT / ".pre-commit-hooks.yaml")}
    for command, file in (("validate-config", path), ("validate-manifest", ROOT / ".pre-commit-hooks.yaml")):
        subprocess.run([sys.executable, "-m", "pre_commit", command, str(file)], check=True)  # noqa: S603 - our own
    assert {hook["id"] for hook in loaded(path)["repos"][0]["hooks"]} <= hooks


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_recipe_gives_only_inputs_that_are_there(name: str) -> None:
    """To the action and to the reusable workflow, secrets included."""
    called = loaded(WORKFLOW)["on"]["workflow_call"]
    inputs, secrets = set(called["inputs"]), set(called["secrets"])
    jobs = list(yaml.load(BLOCKS[name], Loader=yaml.BaseLoader)["jobs"].values())  # noqa: S506 - text alone
    calls = [job for job in jobs if "/workflows/conformance.yml@" in job.get("uses", "")]
    steps = [step for job in jobs for step in job.get("steps", ()) if "/actions/conformance@" in step.get("uses", "")]
    assert {key for job in calls for key in job.get("with", ())} <= inputs
    assert {key for job in calls for key in job.get("secrets", ())} <= secrets
    assert {key for step in steps for key in step.get("with", ())} <= set(loaded(ACTION / "action.yml")["inputs"])
    assert calls or steps or "services" in BLOCKS[name]


def test_the_gitlab_recipe_extends_the_job_that_is_there() -> None:
    """And sets only variables that it knows."""
    ours = loaded(ROOT / ".gitlab" / "synq-conformance.yml")[".synq-conformance"]
    jobs = yaml.load(BLOCKS[".gitlab-ci.yml"], Loader=yaml.BaseLoader)  # noqa: S506 - text alone
    for job in (jobs["staging"], jobs["client"]):
        assert job["extends"] == ".synq-conformance"
        assert set(job["variables"]) <= set(ours["variables"])


@pytest.mark.parametrize("line", sorted(set(re.findall(r"`(synq-conformance [^`]+)`", PAGE.replace("\n", " ")))))
def test_a_command_of_the_page_is_one(line: str) -> None:
    """Its command and each of its options are there."""
    words = shlex.split(line)[1:]
    command = [word for word in words[:2] if word.isidentifier() or "-suggest" in word]
    said = CliRunner().invoke(main, [*command[: 2 if words[0] == "report" else 1], "--help"])
    assert said.exit_code == 0, said.output
    assert all(word in said.output for word in words if word.startswith("-"))
