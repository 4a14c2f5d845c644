"""The page is one file, says of a failure all that is needed to act, and lets nothing of a target run."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from conformance.contract.references import REPOSITORY
from conformance.report import page, view
from conformance.report.format import Evidence
from conformance.report.formats import html
from conformance.report.text import COMMAND_SHOWN
from conformance.report.writing import evidence_of
from conformance.results.data import Finding, Outcome, Report
from conformance.selftest.report_sample import a_full_report, a_report

HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\x1b[2J\u202e\x00"


def page_of(report: Report) -> str:
    return html.render(report, evidence_of(report))


class Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.found)


def hostile(report: Report) -> Report:
    """The report with a target's malice in every text of its first rule."""
    answer = {"status": 200, "headers": [["X-A", HOSTILE]], "body": HOSTILE}
    exchange = {"request": {"method": "GET", "target": HOSTILE, "headers": [], "body": HOSTILE}, "response": answer}
    finding = Finding(HOSTILE, (HOSTILE,), HOSTILE, f"curl '{HOSTILE}'", exchange, exchange, HOSTILE, HOSTILE)
    broken = replace(report.rules[0], reason=HOSTILE, title=HOSTILE, section=HOSTILE, findings=(finding,))
    return replace(report, rules=(broken, *report.rules[1:]), subject=replace(report.subject, name=HOSTILE))


def test_a_failure_is_shown_with_all_that_is_needed_to_act() -> None:
    """Rule, evidence, command and fix stand in the page."""
    text = page_of(a_full_report())
    law = view.law(a_full_report().rules[0])
    assert law is not None
    wanted = ("token-expired", "Answered 200.", "401 or 4xx", "GET /", "curl -i x", law.why, law.causes, law.fix)
    assert [one for one in wanted if one.replace("'", "&#39;") not in text] == []


def test_a_waived_failure_is_shown_with_its_evidence_too() -> None:
    """It is excused for a while, and will have to be mended."""
    report = a_full_report()
    waiver = {"reason": "r", "until": "2999-01-01", "ticket": "T-1"}
    waived = replace(report.rules[0], outcome=Outcome.WAIVED, waiver=waiver)
    text = page_of(replace(report, rules=(waived, *report.rules[1:])))
    assert [one for one in ("Answered 200.", "401 or 4xx", "GET /", "curl -i x", "How to fix") if one not in text] == []
    assert "What broke" not in text


def test_the_first_broken_rule_stands_before_all_others() -> None:
    """No rule that holds comes before one that is broken."""
    report = a_full_report()
    outcomes = re.findall(r'class="rule ([a-z-]+)"', page_of(replace(report, rules=report.rules[::-1])))
    assert outcomes[0] == "failed"


def test_the_page_loads_nothing() -> None:
    """No element of it names another file or host."""
    found = Tags(page_of(a_full_report())).found
    loading = [(tag, name) for tag, attributes in found for name in attributes if name in {"src", "srcset", "action"}]
    links = [(tag, attributes["href"] or "") for tag, attributes in found if "href" in attributes]
    assert loading == []
    sources = (
        "https://www.rfc-editor.org/rfc/",
        "https://cwe.mitre.org/data/",
        f"{REPOSITORY}/blob/main/conformance/RULES.md#",
    )  # followed by a reader, not by the page
    assert [
        (tag, link) for tag, link in links if not (link.startswith("#") or (tag == "a" and link.startswith(sources)))
    ] == []


def test_only_the_page_s_own_script_is_there() -> None:
    """Markup in an answer stays text, and the policy would let no other script run."""
    text = page_of(hostile(a_full_report()))
    plain = Tags(page_of(a_full_report()))
    assert (Tags(text).count("script"), Tags(text).count("img")) == (1, 0)
    assert plain.count("script") == 1
    assert "unsafe" not in text[: text.index("<style>")]


def test_every_character_of_the_page_can_be_seen() -> None:
    """Escapes are taken out, control and bidi characters are written out."""
    text = page_of(hostile(a_full_report()))
    assert not set(text) & {"\x1b", "\u202e", "\x00"}
    assert "⟨U+202E⟩" in text


def test_a_target_s_template_is_not_executed() -> None:
    """Jinja's marks in an answer are text."""
    assert "{{ 7*7 }}" in page_of(hostile(a_full_report()))


def test_megabytes_of_an_answer_are_cut() -> None:
    """Many rules with huge, hostile answers still make a file under 2 MB, and every rule is in it."""
    big = hostile(a_full_report()).rules[0]
    huge = HOSTILE * 2000
    finding = replace(big.findings[0], curl="x" * COMMAND_SHOWN, summary=huge)
    answer = {"status": 200, "headers": [["X", huge]] * 50, "body": huge}
    finding = replace(finding, exchange={**(finding.exchange or {}), "response": answer})
    rules = tuple(replace(big, id=f"rule-{number}", findings=(finding,) * 30) for number in range(110))
    text = html.render(a_report(*rules), Evidence("0" * 64))
    assert len(text.encode()) < 2_000_000
    assert 'id="rule-109"' in text


def test_an_open_rule_says_what_to_supply() -> None:
    """The list of what was not assessed has the reason and a link to the rule."""
    rule = replace(a_full_report().rules[1], id="token-revoked", reason="supply tokens.revoked in the profile")
    text = page_of(a_report(rule))
    assert "Supply tokens.revoked in the profile." in text
    assert 'href="#token-revoked"' in text


def test_a_rule_that_the_contract_lacks_is_still_shown() -> None:
    """A report of another version renders with what it has."""
    rule = replace(a_full_report().rules[0], id="rule-of-old", outcome=Outcome.FAILED)
    assert 'id="rule-of-old"' in page_of(a_report(rule))


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _themes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", page.asset("style.css"), re.DOTALL)
    colours = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), colours, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("ground", ["page", "panel"])
@pytest.mark.parametrize("ink", ["text", "muted", "link", "passed", "failed", "not-assessed", "waived", "error"])
def test_text_contrasts_with_its_ground(theme: str, ground: str, ink: str) -> None:
    """Every text colour has at least 4.5:1 on either ground (WCAG 2.2, 1.4.3)."""
    colours = _themes()[theme]
    light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("ground", ["less", "more"])
def test_the_difference_from_the_control_contrasts(theme: str, ground: str) -> None:
    """Text on the marked lines has at least 4.5:1."""
    colours = _themes()[theme]
    light, dark = sorted((_luminance(colours["text"]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
