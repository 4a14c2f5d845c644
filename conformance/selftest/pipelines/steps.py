"""Steps of workflows and actions, run as a runner runs them: in bash, with files for what they say to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
ACTION = ROOT / ".github" / "actions" / "conformance"
WORKFLOW = ROOT / ".github" / "workflows" / "conformance.yml"
WITHIN_S = 600
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step that has ended."""

    code: int
    said: str


@dataclass(slots=True)
class Runner:
    """A machine like a runner's: an empty home, a workspace, and what the steps have said so far."""

    folder: Path
    context: dict[str, str] = field(default_factory=dict)
    """What expressions stand for, by their dotted names."""
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("home", "temp", "workspace", "bin"):
            (self.folder / name).mkdir()
        self.context |= {"runner.temp": str(self.folder / "temp"), "github.action_path": str(ACTION)}
        python = Path(sys.executable).resolve().parent
        pip = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}
        self.environ |= pip | {
            "PATH": f"{self.folder / 'bin'}:{python}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps have handed on."""
        path = self.folder / "output"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def run(self, step: Mapping[str, Any]) -> StepEnded:
        """Run the step with its variables, as the documentation of runners says bash is started."""
        variables = {name: self.filled(str(value)) for name, value in step.get("env", {}).items()}
        return self.bash(str(step["run"]), variables)

    def bash(self, script: str, variables: Mapping[str, str]) -> StepEnded:
        """Run a script in the workspace."""
        path = self.folder / "step.sh"
        path.write_text(script, "utf-8")
        ended = subprocess.run(  # noqa: S603 - our own steps
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", str(path)],
            cwd=self.workspace,
            env=self.environ | dict(variables),
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        return StepEnded(ended.returncode, ended.stdout + ended.stderr)

    def filled(self, text: str) -> str:
        """The text with its expressions evaluated; raises KeyError for one that the context does not know."""
        return _EXPRESSION.sub(lambda found: self.context[found[1]], text)


def loaded(path: Path) -> Any:  # noqa: ANN401 - YAML has no narrower type
    """The file's YAML. `on` stays a word."""
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but text


def used_action(runner: Runner, inputs: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The action's steps, with these inputs in the context and the defaults of the others."""
    action = loaded(ACTION / "action.yml")
    unknown = set(inputs) - set(action["inputs"])
    if unknown:
        raise KeyError(f"the action has no input {sorted(unknown)}")
    for name, declared in action["inputs"].items():
        runner.context[f"inputs.{name}"] = inputs.get(name, declared["default"])
    steps: list[Mapping[str, Any]] = action["runs"]["steps"]
    return steps
