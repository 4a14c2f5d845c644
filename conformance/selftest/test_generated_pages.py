"""The reference pages are what the program says now, and say something of everything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.contract.requirements import load_requirements
from conformance.contract.rules import load_contract
from conformance.selftest.generated import reference_pages
from conformance.selftest.markdown_pages import ROOT, anchors
from conformance.selftest.offenders import listed
from conformance.selftest.reference.broken_stacks import stacks_by_rule
from conformance.selftest.reference.checks_of_rules import PACKAGE, checks_by_rule
from conformance.selftest.reference.profile_page import described_keys
from conformance.selftest.reference.rules_page import faults_by_rule

PAGES = reference_pages()


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_page_is_fresh(file: Path) -> None:
    """If not, `python -m conformance.selftest.generated` writes it anew."""
    assert PAGES[file] == file.read_bytes().decode("utf-8")


def test_every_room_has_its_page() -> None:
    """A folder of the package that has modules, and nothing to introduce it, is found."""
    rooms = {one.parent for one in PACKAGE.glob("*/__init__.py")} - {PACKAGE / "selftest"}
    assert {one / "README.md" for one in rooms} <= {*PAGES}


def test_every_folder_of_fixtures_is_introduced() -> None:
    """A reader of fixtures/ finds each folder in its table."""
    folders = {one.name for one in (ROOT / "fixtures").iterdir() if one.is_dir() and any(one.iterdir())}
    named = set(re.findall(r"^\| \[(\w+)\]", (ROOT / "fixtures" / "README.md").read_text("utf-8"), re.MULTILINE))
    assert named == folders - {"__pycache__"}


def test_every_rule_has_its_anchor_checks_and_faults() -> None:
    """Nothing on the page is said to be proven by nothing."""
    there = anchors(PACKAGE / "RULES.md")
    offenders = [
        rule.id
        for rule in load_contract().rules
        if there.count(rule.id) != 1 or not checks_by_rule().get(rule.id) or not faults_by_rule().get(rule.id)
    ]
    assert not offenders, listed(offenders, "give each rule a check and a fault")
    assert [one.id for one in load_requirements() if there.count(one.id) != 1] == []


def test_real_code_that_breaks_a_rule_is_named() -> None:
    """A published hole, a framework's default, and a client library; each under a rule that there is."""
    found = stacks_by_rule()
    assert ("pyjwt-2.3.0", "targets/broken-python") in found["key-confusion"]
    assert ("django-simplejwt", "targets/django-simplejwt") in found["scheme-case"]
    assert ("python-authlib", "adapters/python-authlib") in found["retry-after-401"]
    assert found.keys() <= {rule.id for rule in load_contract().rules}


def test_every_key_of_a_profile_says_what_it_is_for() -> None:
    """A key without words is no reference."""
    offenders = [key for key, words in described_keys() if not words]
    assert not offenders, listed(
        offenders,
        "say it below the field, in WORDS of conformance/setup/profile_text.py, or in KEYS of profile_page.py",
    )


def test_one_command_makes_what_is_generated() -> None:
    """And the page for contributors names it."""
    assert "python -m conformance.selftest.generated" in (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
