"""The report on paper: a page to be signed, failures in full, and a line for each rule that holds."""

import base64
import re
import subprocess
from pathlib import Path

import pytest
from selenium import webdriver

from conformance.selftest.browser.conftest import Browser

SIGNED = ("Name and function", "Place and date", "Signature")


def paper(browser: Browser, pdftotext: str, folder: Path, *, laid_out: bool = True) -> list[str]:
    """The text of each page as it comes out of a printer: laid out as it is there, or column by column."""
    pdf = folder / "report.pdf"
    pdf.write_bytes(base64.b64decode(browser.driver.print_page()))
    order = ["-layout"] if laid_out else []
    done = subprocess.run([pdftotext, *order, pdf, "-"], capture_output=True, text=True, check=True)  # noqa: S603 - our own arguments
    return done.stdout.split("\f")[:-1]


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def printed(browser: Browser, pdftotext: str, tmp_path: Path) -> list[str]:
    return paper(browser.open(theme="dark"), pdftotext, tmp_path)


def test_page_one_is_a_summary_to_be_signed(printed: list[str]) -> None:
    """Verdict, share, what was not assessed and why, what broke, who, when, by what, digest; and three lines."""
    first = printed[0]
    said = ("Not conformant", "staging.synq.example", "Ada Byron, platform team", "2026-11-24", "suite 1.0.0")
    assert [one for one in (*said, "sha256:", *SIGNED) if one not in first] == []
    assert "Not assessed, or in part only" in first
    assert re.search(r"alg-none\s.*required", first)
    assert "What broke" in printed[1]
    assert "Signature" not in "".join(printed[1:])


def test_what_broke_is_printed_in_full(browser: Browser, pdftotext: str, tmp_path: Path) -> None:
    """Every word of it that the screen has, folded or not; of a rule's second finding and on without the evidence."""
    spoken = """
        const page = document.querySelector("main > section").cloneNode(true);
        for (const one of page.querySelectorAll(".copy, .unseen, [hidden], .more .columns")) one.remove();
        for (const one of page.querySelectorAll("*")) one.append(" ");
        return page.textContent;"""
    words = set(browser.run(spoken).split())
    # Column by column, pdftotext takes the hyphen at the end of a line for one that only divides a word.
    whole = flat("".join(paper(browser, pdftotext, tmp_path, laid_out=False))).replace("-", "")
    assert len(words) > 200
    assert [word for word in words if word.replace("-", "") not in whole and "⟨" not in word] == []


def test_a_rule_that_holds_is_a_line(browser: Browser, printed: list[str]) -> None:
    """Each is there, with its level and how its sentence begins, and without its body."""
    ids = browser.run("return [...document.querySelectorAll('details.rule.passed')].map((one) => one.id)")
    lines = "\n".join(printed).splitlines()
    assert len(ids) > 80
    for rule in ids:
        line = re.compile(rf"passed\s+{rule} (required|standard|hardening) \w")
        assert len(list(filter(line.search, lines))) == 1
    folded = browser.run("return document.querySelector('details.rule.passed .words dd').textContent")
    assert flat(folded) not in flat("".join(printed))


def test_an_open_rule_is_printed_with_its_reason(printed: list[str]) -> None:
    """What was not assessed says on paper as well what is lacking."""
    assert re.search(r"not assessed\s+org-foreign", "".join(printed))
    assert flat("supply scope.other_org_id in the profile") in flat("".join(printed))


def test_paper_is_spared(driver: webdriver.Chrome, pages: dict[str, Path], pdftotext: str, tmp_path: Path) -> None:
    """A conformant run of every rule is a summary and a few pages."""
    printed = paper(Browser(driver, pages["conformant"]).open(), pdftotext, tmp_path)
    assert 3 <= len(printed) <= 6
    assert [one for one in ("Conformant", *SIGNED) if one not in printed[0]] == []


def test_pages_are_numbered(printed: list[str]) -> None:
    """So that it is seen if one is missing."""
    assert flat(printed[1]).endswith(f"2/{len(printed)}")
    assert len(printed) < 15


def test_printing_leaves_the_page_as_it_was(browser: Browser, printed: list[str]) -> None:
    """What was folded is folded again."""
    assert printed
    assert browser.run("return document.querySelectorAll('details.rule[open]').length") == 1
