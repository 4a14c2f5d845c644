"""The GitLab job, the hooks for pre-commit and the image: each is run as far as that goes without its service."""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from dockerfile_parse import DockerfileParser

from conformance.mock.serve import EVERYWHERE
from conformance.selftest.pipelines.steps import ROOT, WITHIN_S, Runner, loaded

RULES = "--rule documented-request --rule headers-missing"
FAULTY_CLIENT = str(ROOT / "fixtures" / "adapters" / "faulty:ignores-401")
PREFIX = "/opt/synq-conformance"


BUILT_FROM = (
    "conformance",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "fixtures/profiles/full.toml",
    "fixtures/adapters/runtime",
)
"""What a wheel is built from."""


def copied(name: str, folder: Path) -> None:
    """Copy a file or a folder of the checkout to the same place in this one."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
    copy(ROOT / name, folder / name)


@pytest.fixture
def gitlab(tmp_path: Path) -> Runner:
    """A machine with the variables of GitLab's job."""
    (tmp_path / "runner").mkdir()
    runner = Runner(tmp_path / "runner")
    variables = loaded(ROOT / ".gitlab" / "synq-conformance.yml")[".synq-conformance"]["variables"]
    runner.environ |= {name: str(value) for name, value in variables.items() if name.startswith("CONFORMANCE_")}
    runner.environ["CONFORMANCE_PACKAGE"] = str(ROOT)
    return runner


def script(*parts: str) -> str:
    """Parts of GitLab's job as one script."""
    job = loaded(ROOT / ".gitlab" / "synq-conformance.yml")[".synq-conformance"]
    return "\n".join(line for part in parts for line in job[part])


def test_the_gitlab_job_judges(gitlab: Runner) -> None:
    """And leaves the reports where the job says that they are."""
    ended = gitlab.bash(script("before_script", "script"), {"CONFORMANCE_ARGUMENTS": f"--embedded {RULES}"})
    assert ended.code == 0, ended.said
    assert (gitlab.workspace / "reports" / "junit.xml").is_file()


def test_a_gitlab_job_that_names_nothing_fails(gitlab: Runner) -> None:
    """Its variable is empty."""
    ended = gitlab.bash(script("script"), {})
    assert ended.code == 2
    assert "nothing is named that could be judged" in ended.said


@pytest.fixture
def pushed(tmp_path: Path) -> Path:
    """A repository in which pre-commit is told of this one's hooks."""
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    hooks.mkdir()
    for name in (*BUILT_FROM, ".pre-commit-hooks.yaml"):
        copied(name, hooks)
    project.mkdir()
    for folder in (hooks, project):
        (folder / "begun").write_text("", "utf-8")
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "begun"]):
            subprocess.run(["git", *command], cwd=folder, env=git_environ(tmp_path), check=True)  # noqa: S603, S607 - git
    return project


def git_environ(home: Path) -> dict[str, str]:
    """Variables with which git needs no configuration, and pre-commit no home."""
    roles = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    who = {f"GIT_{role}": "made-up@example.com" for role in roles}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | who | {"HOME": str(home), "PRE_COMMIT_HOME": str(home / "cache"), "PATH": path}


@pytest.mark.parametrize(
    ("hook", "arguments", "code"),
    [
        pytest.param("synq-conformance-server", ["--embedded"], 0, id="right"),
        pytest.param("synq-conformance-server", ["--fault", "missing-tenant-bad-request"], 1, id="broken"),
        pytest.param("synq-conformance-client", ["--adapter", FAULTY_CLIENT], 1, id="client"),
    ],
)
def test_pre_commit_runs_a_hook(pushed: Path, tmp_path: Path, hook: str, arguments: list[str], code: int) -> None:
    """Before a push; what breaks the contract is not pushed."""
    rules = ["--rule", "headers-missing"] if hook.endswith("server") else ["--rule", "retry-after-401"]
    told = ", ".join(f'"{one}"' for one in [*arguments, *rules])
    named = f"  - repo: {tmp_path / 'hooks'}\n    rev: HEAD\n    hooks:\n"
    configuration = f"repos:\n{named}      - id: {hook}\n        args: [{told}]\n"
    (pushed / ".pre-commit-config.yaml").write_text(configuration, "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--hook-stage", "pre-push"],
        cwd=pushed,
        env=git_environ(tmp_path),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout


def instructions() -> list[dict[str, str]]:
    """The Dockerfile's instructions, each with its name and its value."""
    parser = DockerfileParser(str(ROOT / ".docker" / "Dockerfile"))
    said = [(one["instruction"], one["value"]) for one in parser.structure]
    return [{"instruction": name, "value": value} for name, value in said if name != "COMMENT"]


def test_the_image_is_pinned_and_runs_without_rights() -> None:
    """Each base has its full version, and the last user is not root."""
    bases = [one["value"].split()[0] for one in instructions() if one["instruction"] == "FROM"]
    assert all(base.partition(":")[2].count(".") == 2 for base in bases)
    assert [one["value"] for one in instructions() if one["instruction"] == "USER"] == ["10001"]


def test_the_image_gets_what_the_build_needs_and_no_more() -> None:
    """.dockerignore lets through what is copied, and leaves out the suite's own tests."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    sources = {
        source
        for one in instructions()
        if one["instruction"] == "COPY" and "--from" not in one["value"]
        for source in one["value"].split()[:-1]
    }
    assert (lines[0], let_through) == ("*", sources)
    assert any(fnmatch.fnmatch("conformance/selftest", line) for line in lines[1:] if not line.startswith("!"))


def test_what_the_image_holds_serves_the_embedded_synq(tmp_path: Path) -> None:
    """Its steps are run here, in a folder that stands for the image's root; then its command."""
    (tmp_path / "runner").mkdir()
    runner, prefix = Runner(tmp_path / "runner"), str(tmp_path / "image")
    for one in instructions():
        if one["instruction"] == "COPY" and "--from" not in one["value"]:
            for name in one["value"].split()[:-1]:
                copied(name, runner.workspace)
        if one["instruction"] == "RUN" and PREFIX in one["value"]:
            ended = runner.bash(one["value"].replace(PREFIX, prefix), {})
            assert ended.code == 0, ended.said
    last_said = [one for one in instructions() if one["instruction"] in {"ENTRYPOINT", "CMD"}]
    command = [word for one in last_said for word in json.loads(one["value"])]
    assert command == ["synq-conformance", "mock", "--host", EVERYWHERE, "--port", "8080"]
    listening = [f"{prefix}/bin/{command[0]}", "mock", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own command
        listening, cwd=tmp_path, env=runner.environ, stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        introduction = json.loads(serving.stdout.readline())
        answered = httpx.get(f"{introduction['base_url']}/api/v1/pim/products")
        serving.send_signal(signal.SIGTERM)
    assert (answered.status_code, serving.returncode) == (401, 0)
