"""The issue forms are what GitHub takes for one, and the page that chooses among them, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.contract.rules import load_contract
from conformance.selftest.pipelines.steps import ROOT, loaded

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_is_valid(form: Path) -> None:
    """By the schema that is published for it."""
    schema = "vendor.github-issue-config" if form.stem == "config" else "vendor.github-issue-forms"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(form)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_example_of_a_rule_is_one() -> None:
    """A reader sees what an id looks like."""
    body = loaded(ROOT / ".github" / "ISSUE_TEMPLATE" / "false-alarm.yml")["body"]
    (field,) = (one for one in body if one.get("id") == "rule")
    shown = field["attributes"]["placeholder"]
    assert load_contract().rule(shown).id == shown
