"""Every page of the repository: its links lead somewhere, and its commands are commands."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from conformance.selftest.markdown_pages import ROOT, anchors, broken_link, links, pages
from conformance.selftest.offenders import listed
from conformance.selftest.shown_commands import commands_of, wrong_in

NAMES = [page.relative_to(ROOT).as_posix() for page in pages()]


def test_the_pages_are_found() -> None:
    """Those that readers begin with, and those that are generated."""
    named = {
        "README.md",
        "conformance/MANUAL.md",
        "CHANGELOG.md",
        ".github/CONTRIBUTING.md",
        ".github/SECURITY.md",
        ".github/CODE_OF_CONDUCT.md",
    }
    named |= {"conformance/RULES.md", "conformance/PROFILE.md", "conformance/COMMANDS.md", "conformance/mock/README.md"}
    assert named <= {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    """To a file of the repository and a heading in it; other sites are not asked."""
    page = ROOT / name
    found = ((link, broken_link(page, link)) for link in links(page.read_text("utf-8")))
    offenders = [f"{link}: {problem}" for link, problem in found if problem]
    assert not offenders, listed(offenders, f"mend the links of {name}")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_one(name: str) -> None:
    """Programs, files, environments, options, rules, faults and formats that a page names are there."""
    found = (
        (command, wrong) for command in commands_of((ROOT / name).read_text("utf-8")) for wrong in wrong_in(command)
    )
    offenders = [f"{shlex.join(command)}: {wrong}" for command, wrong in found]
    assert not offenders, listed(offenders, f"let {name} name what there is")


def test_enough_commands_are_looked_at() -> None:
    """Links and commands are found at all."""
    texts = {name: (ROOT / name).read_text("utf-8") for name in NAMES}
    assert len(list(commands_of(texts["conformance/MANUAL.md"]))) > 30
    assert len(list(links(texts["conformance/MANUAL.md"]))) > 20
    assert len(list(links(texts["conformance/RULES.md"]))) > 500


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("README.md#you-run-the-api", ""),
        ("#you-run-the-api", ""),
        ("fixtures/golden/report.html", ""),
        ("https://example.org", ""),
        ("README.md#no-such-heading", "no such heading"),
        ("no-such-file.md", "no such file"),
        ("/etc/hostname", "leads out"),
        ("http://example.org", "neither https"),
    ],
)
def test_a_broken_link_is_found(link: str, problem: str) -> None:
    """By its file, its heading, or its scheme."""
    found = broken_link(ROOT / "README.md", link)
    assert (problem in found) if problem else (found == "")


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("```console\n$ synq-conformance serve\n```", ["serve"]),
        ("```console\n$ synq-conformance server --deepth deep\n```", ["--deepth"]),
        ("```console\n$ synq-conformance server --depth deeper\n```", ["--depth deeper"]),
        ("```console\n$ synq-conformance report matrix a --requirements --format csv\n```", []),
        ("```console\n$ synq-conformance report matrices\n```", ["report matrices"]),
        ("```sh\nA=b .venv/bin/synq-conformance mock --fault no-such-fault\n```", ["--fault no-such-fault"]),
        ("Then `synq-conformance explain no-such-rule`.", ["no-such-rule"]),
        ("Then `tox -e no-such`.", ["no-such"]),
        ("Then `python -m conformance.no_such`.", ["conformance.no_such"]),
        ("```sh\npython fixtures/no_such.py\n```", ["fixtures/no_such.py"]),
        ("```text\nsynq-conformance serve\n```", []),
    ],
)
def test_a_wrong_command_is_found(page: str, wrong: list[str]) -> None:
    """In a block for a shell and in a line of text."""
    assert [one for command in commands_of(page) for one in wrong_in(command)] == wrong


def test_anchors_are_as_github_makes_them(tmp_path: Path) -> None:
    """Lower case, blanks as hyphens, marks left out, the second of a name numbered."""
    page = tmp_path / "a.md"
    page.write_text("# A rule, with `its` check\n## sign_in\n## Again\n## Again\n```sh\n# no heading\n```\n", "utf-8")
    assert anchors(page) == ("a-rule-with-its-check", "sign_in", "again", "again-1")
