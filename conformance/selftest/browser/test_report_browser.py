"""The report as a reader meets it: rendered, filtered, driven by keyboard, on a phone, in the dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from conformance.selftest.browser.conftest import NARROWEST, PHONE, WIDE, Browser

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
THEMES = ["light", "dark"]


def labelled(browser: Browser, value: str) -> None:
    """Choose an outcome, as a mouse does."""
    browser.driver.find_element(By.CSS_SELECTOR, f"input[value='{value}'] + span").click()


def search(browser: Browser, words: str) -> None:
    browser.driver.find_element(By.NAME, "text").send_keys(words)


def press(browser: Browser, *keys: str) -> None:
    ActionChains(browser.driver).send_keys(*keys).perform()


def console(browser: Browser) -> list[str]:
    """What the console complained of since it was last asked."""
    lines = browser.driver.get_log("browser")  # type: ignore[no-untyped-call] # selenium has no types for it
    return [str(line["message"]) for line in lines]


def focused(browser: Browser) -> str:
    """What has the focus, in short."""
    script = "const one = document.activeElement; return one.name || one.id || one.className || one.localName"
    return str(browser.run(script))


@pytest.mark.parametrize("theme", THEMES)
def test_what_broke_is_seen_without_scrolling(browser: Browser, theme: str) -> None:
    """Verdict, rule, evidence, command and fix of the first failure stand in the first window."""
    browser.open(theme=theme)
    wanted = {"h1", ".judged-bar", ".scope", "summary .id", ".said", ".wire", "[aria-label=Answer]", ".command", ".fix"}
    script = """
        const first = document.querySelector("details.rule[open]");
        return Object.fromEntries(arguments[0].map((name) => {
            const room = ["h1", ".judged-bar", ".scope"].includes(name) ? document : first;
            const one = room.querySelector(name);
            return [name, one.getBoundingClientRect().bottom];
        }));"""
    bottoms = browser.run(script, sorted(wanted))
    assert {name: bottom for name, bottom in bottoms.items() if not 0 < bottom <= WIDE[1]} == {}


def test_nothing_is_loaded_and_nothing_of_a_target_runs(browser: Browser) -> None:
    """No request, no dialog, no element of the target's, and no complaint on the console."""
    console(browser)
    browser.open()
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert browser.run("return document.querySelectorAll('img, iframe, object, script[src]').length") == 0
    assert console(browser) == []


def test_an_injected_script_would_not_run(browser: Browser) -> None:
    """The page's own policy stops what escaping might miss."""
    browser.run(
        "const one = document.createElement('script'); one.textContent = 'window.broken = 1'; document.body.append(one)"
    )
    assert browser.run("return window.broken ?? null") is None
    assert any("Content Security Policy" in line for line in console(browser))


@pytest.mark.parametrize(
    ("outcome", "rules"),
    [
        ("failed", {"headers-missing", "alg-none"}),
        ("flaky", {"token-revoked"}),
        ("partly-assessed", {"challenge-present"}),
        ("error", {"tenant-foreign"}),
        ("not-assessed", {"org-foreign"}),
        ("waived", {"scheme-case"}),
    ],
)
def test_rules_are_filtered_by_outcome(browser: Browser, outcome: str, rules: set[str]) -> None:
    """Only those rules are left, and the count says so."""
    labelled(browser, outcome)
    assert set(browser.visible_rules()) == rules
    assert browser.run("return document.getElementById('part-count').value").startswith(f"{len(rules)} of ")


def test_rules_are_filtered_by_level(browser: Browser) -> None:
    """Every rule that is left has the level."""
    Select(browser.driver.find_element(By.NAME, "level")).select_by_visible_text("hardening")
    levels = "return [...new Set([...document.querySelectorAll('.rule:not([hidden])')].map((r) => r.dataset.level))]"
    assert browser.run(levels) == ["hardening"]


def test_rules_are_filtered_by_text_and_outcome_together(browser: Browser) -> None:
    """A word that only one failed rule's evidence has leaves that rule."""
    labelled(browser, "failed")
    search(browser, "NONE-mixed")
    assert browser.visible_rules() == ["alg-none"]


def test_no_match_is_said(browser: Browser) -> None:
    """An empty page explains itself."""
    search(browser, "no rule has these words")
    assert browser.visible_rules() == []
    assert browser.driver.find_element(By.ID, "part-none").is_displayed()


@pytest.mark.parametrize("rule", ["alg-none", "token-expired", "org-foreign"])
def test_a_deep_link_opens_its_rule(browser: Browser, rule: str) -> None:
    """The rule is open and in the window."""
    browser.open(fragment=f"#{rule}")
    top = browser.run("return document.getElementById(arguments[0]).getBoundingClientRect().top", rule)
    assert browser.run("return document.getElementById(arguments[0]).open", rule)
    assert 0 <= top < WIDE[1]


def test_a_link_to_a_rule_that_is_filtered_out_shows_it(browser: Browser) -> None:
    """Following a link never ends at nothing."""
    labelled(browser, "failed")
    browser.run("location.hash = '#token-expired'")
    WebDriverWait(browser.driver, 5).until(lambda _: "token-expired" in browser.visible_rules())


def test_the_report_is_driven_by_keyboard_alone(browser: Browser) -> None:
    """Tab reaches filter, search and rules; arrows choose an outcome; Enter opens and closes a rule."""
    press(browser, Keys.TAB)
    assert focused(browser) == "skip"
    press(browser, Keys.TAB)
    assert browser.run("return document.activeElement.textContent") == "in a pipeline"
    press(browser, Keys.TAB)
    assert focused(browser) == "outcome"
    press(browser, Keys.ARROW_RIGHT)
    assert set(browser.visible_rules()) == {"headers-missing", "alg-none"}
    press(browser, Keys.TAB, Keys.TAB)
    assert focused(browser) == "text"
    press(browser, "alg-none", Keys.TAB, Keys.TAB)
    assert focused(browser) == "summary"
    press(browser, Keys.ENTER)
    assert browser.run("return document.getElementById('alg-none').open")
    press(browser, Keys.ENTER)
    assert not browser.run("return document.getElementById('alg-none').open")


def test_the_focus_is_seen(browser: Browser) -> None:
    """What has the focus has an outline."""
    press(browser, *[Keys.TAB] * 4)
    assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_command_is_copied_as_it_is(browser: Browser) -> None:
    """The clipboard has the line, octet for octet, and the button says so."""
    granted = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    browser.driver.execute_cdp_cmd("Browser.grantPermissions", granted)
    browser.driver.find_element(By.CSS_SELECTOR, ".command .copy").click()
    WebDriverWait(browser.driver, 5).until(
        lambda _: browser.run("return document.querySelector('.copy').textContent") == "Copied"
    )
    read = "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](String(error)))"
    copied = browser.driver.execute_async_script(read)
    assert copied == browser.run("return document.querySelector('.command pre').textContent")
    assert copied.startswith("curl -i --path-as-is https://staging.synq.example/")


def test_what_is_cut_is_copied_whole(browser: Browser) -> None:
    """The page shows the begin and the end of a long value, and the clipboard has all of it."""
    granted = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    browser.driver.execute_cdp_cmd("Browser.grantPermissions", granted)
    button = "document.querySelector('.copied .copy[data-whole]')"
    browser.run(f"for (const one of document.querySelectorAll('details')) one.open = true; {button}.click()")
    WebDriverWait(browser.driver, 5).until(lambda _: browser.run(f"return {button}.textContent") == "Copied")
    read = "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](String(error)))"
    copied = browser.driver.execute_async_script(read)
    shown = browser.run(f"return {button}.parentElement.querySelector('pre').textContent")
    assert "onerror=alert(1)> {{ 7*7 }}" in copied
    assert "@everyone" in copied
    assert "@everyone" not in shown
    assert "…⟨225 characters⟩…" in shown


def test_every_rule_is_opened_and_closed_at_once(browser: Browser) -> None:
    """The button opens all, and then closes all."""
    button = browser.driver.find_element(By.ID, "part-toggle")
    counted = "return document.querySelectorAll('details.rule[open]').length"
    button.click()
    assert browser.run(counted) == browser.run("return document.querySelectorAll('details.rule').length")
    button.click()
    assert browser.run(counted) == 0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_text_contrasts_with_what_is_behind_it(browser: Browser, theme: str, size: tuple[int, int]) -> None:
    """At least 4.5:1 as rendered, with everything opened."""
    looked, poor = browser.open(size, theme).run(CONTRAST)
    assert looked > 1000
    assert poor == []


@pytest.mark.parametrize("size", [PHONE, NARROWEST], ids=["phone", "narrowest"])
def test_nothing_is_wider_than_a_phone(browser: Browser, size: tuple[int, int]) -> None:
    """With everything opened, the page scrolls in one direction only."""
    browser.open(size)
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true")
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_themes_look_different(browser: Browser, size: tuple[int, int]) -> None:
    """The reader's preference is followed, and neither theme is an empty sheet."""
    shots = [browser.open(size, theme).driver.get_screenshot_as_png() for theme in THEMES]
    assert shots[0] != shots[1]
    assert min(map(len, shots)) > 20_000


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Browser]:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield browser.open()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_report_is_read_without_script(without_script: Browser) -> None:
    """The failure is there, and no control that would do nothing."""
    driver = without_script.driver
    assert driver.find_element(By.CSS_SELECTOR, "details.rule[open] .fix").is_displayed()
    assert not driver.find_element(By.ID, "part-filters").is_displayed()
    assert not driver.find_element(By.CSS_SELECTOR, ".copy").is_displayed()
