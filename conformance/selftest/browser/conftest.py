"""A real Chromium, without which these tests fail: a page that was never rendered is not known to work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from conformance.selftest.browser.sample_pages import every_page

WIDE, TABLET, PHONE, NARROWEST = (1280, 800), (768, 1024), (390, 844), (320, 640)
"""Of a laptop, of a tablet, of a phone, and the narrowest that WCAG 2.2, 1.4.10 asks for."""


QUIET = (
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
)
"""A browser that speaks to the test alone."""


def _program(*names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            f"{names[0]} is needed to look at the report: apt-get install chromium chromium-driver poppler-utils"
        )
    return found


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = _program("chromium", "chromium-browser", "google-chrome")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *QUIET):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(_program("chromedriver")))
    yield chrome
    chrome.quit()


@pytest.fixture(scope="session")
def pdftotext() -> str:
    return _program("pdftotext")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of every kind, as a file, by the names of PAGES."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, text in every_page():
        found[name] = folder / f"{name}.html"
        found[name].write_text(text, "utf-8")
    return found


@pytest.fixture(scope="session")
def page(pages: dict[str, Path]) -> Path:
    """The report of a rich run over every server rule, as a file."""
    return pages["report"]


class Browser:
    """The page in a browser of some size and theme."""

    def __init__(self, driver: webdriver.Chrome, page: Path) -> None:
        self.driver = driver
        self.url = page.as_uri()

    def open(self, size: tuple[int, int] = WIDE, theme: str = "light", fragment: str = "") -> Browser:
        """Load the page anew."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
        self.driver.get("about:blank")
        self.driver.get(self.url + fragment)
        return self

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever the script returns
        return self.driver.execute_script(script, *arguments)

    def visible_rules(self) -> list[str]:
        """The ids of the rules that are shown."""
        shown = "[...document.querySelectorAll('details.rule')].filter((one) => one.checkVisibility())"
        return list(self.run(f"return {shown}.map((one) => one.id)"))


@pytest.fixture
def browser(driver: webdriver.Chrome, page: Path) -> Browser:
    return Browser(driver, page).open()
