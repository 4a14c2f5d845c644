"""The project's pages in Markdown: their headings as anchors, and where their links lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEFT_OUT = {"node_modules", "golden"}
"""Folders whose pages are not the project's own words: packages, and reports about a target with malice in it."""


@cache
def pages() -> tuple[Path, ...]:
    """Every page, those of the reports' golden files left out."""
    places = [*ROOT.glob("*.md"), *(ROOT / "reports").glob("README.md"), ROOT / "fixtures" / "golden" / "README.md"]
    for folder in (".github", "conformance", "fixtures"):
        places += [one for one in (ROOT / folder).rglob("*.md") if not LEFT_OUT & {*one.relative_to(ROOT).parts}]
    return tuple(sorted(places))


@cache
def anchors(page: Path) -> tuple[str, ...]:
    """The anchors of a page's headings, as GitHub makes them; of two with one name the second is numbered."""
    seen: dict[str, int] = {}
    made: list[str] = []
    for heading in re.findall(r"^#{1,6} (.+)$", _prose(page.read_text("utf-8")), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.replace("\\", "").lower()).replace(" ", "-")
        made.append(f"{slug}-{seen[slug]}" if slug in seen else slug)
        seen[slug] = seen.get(slug, 0) + 1
    return tuple(made)


def links(text: str) -> Iterator[str]:
    """The targets of a page's links and pictures."""
    prose = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<![`\\])\1(?!`)", "code", _prose(text), flags=re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", prose)


def broken_link(page: Path, link: str) -> str:
    """What is wrong with a link of this page; empty if it leads somewhere. Other sites are not asked."""
    if re.match(r"[a-z]+:", link):
        return "" if link.startswith(("https://", "http://127.0.0.1")) else "is neither https nor a file"
    name, _, anchor = link.partition("#")
    target = page if not name else (page.parent / name).resolve()
    if not target.exists():
        return "there is no such file"
    if not target.is_relative_to(ROOT):
        return "leads out of the repository"
    if anchor and anchor not in anchors(target):
        return "there is no such heading"
    return ""


def _prose(text: str) -> str:
    """The text without its fenced blocks."""
    return re.sub(r"^ *(`{3,})[^\n]*\n.*?^ *\1$", "", text, flags=re.MULTILINE | re.DOTALL)
