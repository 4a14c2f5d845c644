"""Every kind of page, in both themes and at the usual widths: readable, within the window, and driven by keyboard."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from conformance.selftest.browser.conftest import NARROWEST, PHONE, TABLET, WIDE, Browser
from conformance.selftest.browser.sample_pages import PAGES

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": WCAG},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "selectors": False,
    "preload": False,
}
"""The size of targets is new in WCAG 2.2, and axe leaves it out unless it is asked for. The rest spares time."""
UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = true"
THIN_OUT = """
    for (const part of document.querySelectorAll(".part"))
        for (const rule of [...part.querySelectorAll(".rule.passed")].slice(2)) rule.remove();
    for (const body of document.querySelectorAll("tbody"))
        for (const row of [...body.rows].slice(8)) row.remove();"""
"""Rules that hold and rows of a table are all made alike: some of each are looked at, so that it takes seconds."""

sizes = pytest.mark.parametrize("size", [WIDE, TABLET, PHONE, NARROWEST], ids=["1280", "768", "390", "320"])
themes = pytest.mark.parametrize("theme", ["light", "dark"])
kinds = pytest.mark.parametrize("name", PAGES)


def looked_at(driver: webdriver.Chrome, path: Path, size: tuple[int, int], theme: str = "light") -> Browser:
    return Browser(driver, path).open(size, theme)


@kinds
@themes
@pytest.mark.parametrize("size", [WIDE, TABLET, PHONE], ids=["1280", "768", "390"])
def test_axe_finds_nothing(
    driver: webdriver.Chrome, pages: dict[str, Path], name: str, theme: str, size: tuple[int, int]
) -> None:
    """No violation of WCAG 2.2 AA, with everything unfolded."""
    browser = looked_at(driver, pages[name], size, theme)
    browser.run(THIN_OUT + UNFOLD)
    browser.run(AXE)
    ask = f"axe.run({json.dumps(OPTIONS)}).then((found) => arguments[0](found.violations))"
    found = browser.driver.execute_async_script(ask)
    assert [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] == []


@kinds
@themes
@sizes
def test_every_text_is_read_and_nothing_is_cut_off(
    driver: webdriver.Chrome, pages: dict[str, Path], name: str, theme: str, size: tuple[int, int]
) -> None:
    """At least 4.5:1 as rendered; the page scrolls in one direction only, and loads nothing."""
    browser = looked_at(driver, pages[name], size, theme)
    looked, poor = browser.run(CONTRAST)
    assert looked > 50
    assert poor == []
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]
    assert browser.run("return performance.getEntriesByType('resource').length") == 0


@kinds
def test_what_is_wider_than_a_phone_is_scrolled_by_keyboard(
    driver: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    """A table that does not fit scrolls by itself, and Tab reaches it."""
    browser = looked_at(driver, pages[name], NARROWEST)
    browser.run(UNFOLD)
    wide = "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth)"
    assert browser.run(f"return {wide}.every((one) => one.tabIndex === 0 && one.ariaLabel)")


def test_a_comparison_on_a_phone_shows_a_rule_whole(driver: webdriver.Chrome, pages: dict[str, Path]) -> None:
    """Id, level, outcome and sentence of a rule, and its cases below them, stand in the width of the phone."""
    browser = looked_at(driver, pages["compare"], PHONE)
    assert browser.run("return document.querySelectorAll('.scroll').length") == 0
    rules = """return [...document.querySelectorAll("article.changed")].map((one) => [
        one.querySelector("h3 code").textContent, one.querySelectorAll(".cases li").length,
        one.getBoundingClientRect().right])"""
    shown = browser.run(rules)
    assert ["alg-none", 2] in [one[:2] for one in shown]
    assert max(one[2] for one in shown) <= PHONE[0]


@pytest.mark.parametrize("name", ["matrix", "history"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "390"])
def test_head_and_rules_stay_while_a_matrix_is_scrolled(
    driver: webdriver.Chrome, pages: dict[str, Path], name: str, size: tuple[int, int]
) -> None:
    """Whose column it is, and which rule, is seen at the far end as well."""
    browser = looked_at(driver, pages[name], size)
    script = """
        const box = document.querySelector(".frozen");
        box.scrollTo(box.scrollWidth, box.scrollHeight);
        const edge = box.getBoundingClientRect();
        const head = box.querySelector("thead th:last-child").getBoundingClientRect();
        const rule = [...box.querySelectorAll("tbody tr > th:first-child")].at(-1).getBoundingClientRect();
        return [box.scrollTop, head.top - edge.top, rule.left - edge.left];"""
    scrolled, top, left = browser.run(script)
    assert scrolled > 0
    assert 0 <= top <= 2
    assert 0 <= left <= 2


@pytest.mark.parametrize("name", ["matrix", "history"])
def test_only_differences_are_shown_if_that_is_wanted(
    driver: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    """By keyboard: Tab reaches the box, Space ticks it, and what is alike is gone until it is ticked off."""
    browser = looked_at(driver, pages[name], WIDE)
    shown = "return [...document.querySelectorAll('.frozen tbody tr')].filter((one) => one.checkVisibility()).length"
    before = browser.run(shown)
    browser.run("document.querySelector('#part-differences').focus()")
    ActionChains(driver).send_keys(Keys.SPACE).perform()
    after = browser.run(shown)
    alike = browser.run("return document.querySelectorAll('tbody:not(.alike) tr.alike, tbody.alike tr').length")
    assert 0 < after == before - alike < before
    ActionChains(driver).send_keys(Keys.SPACE).perform()
    assert browser.run(shown) == before


@themes
def test_the_cells_of_a_matrix_are_coloured(
    driver: webdriver.Chrome, pages: dict[str, Path], theme: str
) -> None:
    """Passed, failed and not assessed each have a ground of their own, in both themes."""
    browser = looked_at(driver, pages["matrix"], WIDE, theme)
    ground = """return ["passed", "failed", "not-assessed", "zero"].map((one) => {
        const cell = document.querySelector(`.coloured td.${one}, .coloured td`);
        const found = document.querySelector(`.coloured td.${one}`) ?? cell;
        return getComputedStyle(found).backgroundColor; }).slice(0, 3)"""
    assert len(set(browser.run(ground))) == 3


def test_a_calibration_of_one_fault_shows_that_fault(driver: webdriver.Chrome, pages: dict[str, Path]) -> None:
    """Its rule stands there as proven; rules that were not tried are counted, and none is red."""
    browser = looked_at(driver, pages["calibration"], WIDE)
    assert browser.run("return [...document.querySelectorAll('details')].map((one) => one.id)") == ["challenge-present"]
    assert browser.run("return document.querySelectorAll('details.wrong').length") == 0
    assert "more rules was tried" in browser.run("return document.querySelector('main').textContent")


@themes
def test_a_history_shows_ten_verdicts_at_once(driver: webdriver.Chrome, pages: dict[str, Path], theme: str) -> None:
    """Oldest first, each with its mark and its share, in the first window."""
    browser = looked_at(driver, pages["history"], WIDE, theme)
    script = """return [...document.querySelectorAll(".track li")].map((one) =>
        [one.className, one.getBoundingClientRect().bottom])"""
    track = browser.run(script)
    assert [one[0] for one in track[:4]] == ["passed", "failed", "partly-assessed", "passed"]
    assert len(track) == 10
    assert max(one[1] for one in track) < WIDE[1]
