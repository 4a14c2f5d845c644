"""What every page has in common: the templates, one style, one script, and a policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance.contract.references import reference_url, rule_url
from conformance.report import text, view
from conformance.results.data import Outcome

MARKS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.FLAKY: "≈",
    Outcome.PARTLY_ASSESSED: "◐",
    Outcome.NOT_ASSESSED: "?",
    Outcome.WAIVED: "~",
    Outcome.ERROR: "!",
}
"""Shown with the colour, so that no reader depends on the colour alone."""


@cache
def environment() -> Environment:
    """Jinja2 with everything escaped, and every character that cannot be seen written out."""
    made = Environment(
        loader=PackageLoader("conformance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if hasattr(value, "__html__") else text.plain(value),
    )
    style, script = asset("style.css"), asset("report.js")
    made.globals.update(
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
        "base-uri 'none'; form-action 'none'",
        view=view,
        text=text,
        words=view.WORDS,
        marks=MARKS,
        reference_url=reference_url,
        rule_url=rule_url,
    )
    return made


def asset(name: str) -> str:
    """The text of a file in the folder of the templates."""
    return files("conformance.report").joinpath("templates", name).read_text("utf-8")


def _source(content: str) -> str:
    """The content as a source expression of a Content-Security-Policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
