"""What cannot be seen, or not be told apart, is written out; what is long is cut in the middle, and whole to copy."""

from __future__ import annotations

import html as markup
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract.rules import Level
from conformance.report import view, visible
from conformance.report.console import print_report
from conformance.report.format import Evidence
from conformance.report.formats import har, junit, markdown, sarif
from conformance.report.formats import html as page
from conformance.report.writing import evidence_of, formats
from conformance.results.data import Finding, Outcome, Report
from conformance.selftest.report_sample import a_report, rule
from conformance.selftest.rich_report import DOCUMENTED, READ, URL, exchange

RIGHT = exchange(DOCUMENTED, 200)
BEARER = "Authorization: Bearer $SYNQ_TOKEN"
TWO_SPACES = "Authorization: Bearer⟨2 blanks⟩$SYNQ_TOKEN"


def finding(headers: dict[str, str], case: str | None = "a-case", curl: str | None = "curl -i x") -> Finding:
    """A finding about a request with these headers instead of the documented ones."""
    seen = exchange({**DOCUMENTED, **headers}, 200)
    return Finding(f"answered 200 to {case}", (401,), 200, curl, seen, RIGHT, case)


def report_of(*findings: Finding) -> Report:
    return a_report(replace(rule(Level.REQUIRED, Outcome.FAILED), id="token-malformed", findings=findings))


def console_of(report: Report) -> str:
    file = io.StringIO()
    print_report(report, file, width=100)
    return file.getvalue()


def page_of(report: Report) -> str:
    return page.render(report, Evidence("0" * 64))


def markdown_of(report: Report) -> str:
    return markdown.render(report, Evidence("0" * 64))


def junit_of(report: Report) -> str:
    return junit.render(report, Evidence("0" * 64))


HUMAN = {"console": console_of, "html": page_of, "markdown": markdown_of, "junit": junit_of}

# ---------------------------------------------------------------------- what cannot be seen


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        pytest.param("Bearer x", "Bearer x", id="a-single-blank-is-plain"),
        pytest.param("Bearer  x", "Bearer⟨2 blanks⟩x", id="two-blanks"),
        pytest.param(" " * 500 + "x", "⟨500 blanks⟩x", id="many-blanks"),
        pytest.param(" x ", "⟨blank⟩x⟨blank⟩", id="at-the-ends"),
        pytest.param("Bearer\tx", "Bearer⟨tab⟩x", id="tab"),
        pytest.param("Bearer \t x", "Bearer ⟨tab⟩ x", id="tab-among-blanks"),
        pytest.param("x\x00", "x⟨NUL⟩", id="nul"),
        pytest.param("a\r\n b", "a⟨CR⟩⟨LF⟩ b", id="folded"),
        pytest.param("\x01\x7f", "⟨0x01⟩⟨0x7F⟩", id="controls"),
        pytest.param("caf\xe9", "caf⟨0xE9⟩", id="an-octet-beyond-ascii"),
        pytest.param("caf\xc3\xa9", "caf⟨0xC3⟩⟨0xA9⟩", id="the-same-letter-in-utf-8"),
        pytest.param("x\xa0", "x⟨0xA0⟩", id="a-blank-that-is-none"),
        pytest.param("a\u202eb", "a⟨U+202E⟩b", id="what-is-no-octet"),
        pytest.param("\x1b[2Jx", "⟨0x1B⟩[2Jx", id="escape"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_octets_are_told_apart(sent: str, seen: str) -> None:
    """On the wire a character is an octet."""
    assert visible.visible_octets(sent) == seen


def test_text_keeps_its_letters() -> None:
    """What is text, and not octets, is read as it is but for what cannot be seen."""
    assert visible.blanks("Zoë  said\x00") == "Zoë⟨2 blanks⟩said⟨NUL⟩"


@pytest.mark.parametrize("name", HUMAN)
@pytest.mark.parametrize(
    ("value", "seen"),
    [("Bearer  $SYNQ_TOKEN", "Bearer⟨2 blanks⟩$SYNQ_TOKEN"), ("Bearer\t$SYNQ_TOKEN", "Bearer⟨tab⟩$SYNQ_TOKEN"),
     ("Bearer caf\xe9", "Bearer caf⟨0xE9⟩")],
    ids=["two-blanks", "tab", "octet"],
)  # fmt: skip
def test_every_format_for_people_shows_the_difference(name: str, value: str, seen: str) -> None:
    """A finding about two blanks shows two blanks."""
    assert seen in HUMAN[name](report_of(finding({"Authorization": value})))


def test_a_finding_about_two_blanks_does_not_show_two_equal_lines() -> None:
    """Compared with the accepted request."""
    lines = view.difference(exchange({**DOCUMENTED, "Authorization": "Bearer  $SYNQ_TOKEN"}, 200), RIGHT)
    assert [line for line in lines if line[0] != " "] == [("-", BEARER), ("+", TWO_SPACES)]


def test_the_mark_of_the_run_is_no_difference() -> None:
    """Every request has another X-Request-ID: the finding's own is shown, and is not what the control differs in."""
    here = exchange({**DOCUMENTED, "Authorization": "Bearer  $SYNQ_TOKEN", "X-Request-ID": "1.rule.case.2"}, 200)
    there = exchange({**DOCUMENTED, "X-Request-ID": "1.rule.case.1"}, 200)
    lines = view.difference(here, there)
    assert [line for line in lines if line[0] != " "] == [("-", BEARER), ("+", TWO_SPACES)]
    assert (" ", "X-Request-ID: 1.rule.case.2") in lines


def test_what_was_got_is_shown_with_its_blanks() -> None:
    """A value of a field may be wrong in its blanks alone."""
    one = replace(finding({}), expected=('error="invalid_token"',), got='error =  "invalid_token"')
    assert [name for name, shown in HUMAN.items() if "⟨2 blanks⟩" not in shown(report_of(one))] == []


def test_machines_get_the_exact_value() -> None:
    """Two blanks stay two blanks in report.json, SARIF and HAR."""
    one = finding({"Authorization": "Bearer  $SYNQ_TOKEN"}, curl="curl -H 'Authorization: Bearer  x'")
    report = report_of(one)
    kept = {"rule": "x", "case": "y", "part": "subject", "started": 1.0, **(one.exchange or {})}
    archive = json.loads(har.render(report, evidence_of(report, (kept,))))
    fields = archive["log"]["entries"][0]["request"]["headers"]
    assert {"name": "Authorization", "value": "Bearer  $SYNQ_TOKEN"} in fields
    assert "Bearer  x" in sarif.render(report, Evidence("0" * 64))
    evidence = evidence_of(report)
    assert [name for name in ("har", "sarif") if "⟨" in formats()[name].render(report, evidence)] == []


# ---------------------------------------------------------------------- what is long

LONG = "x" * 2_000


@pytest.mark.parametrize("name", HUMAN)
def test_a_long_value_is_cut_in_the_middle(name: str) -> None:
    """With its length; beginning and end are seen."""
    text = HUMAN[name](report_of(finding({"X-Tenant-ID": f"begin{LONG}end"})))
    shown = re.sub(r'data-whole="[^"]*"', "", text)
    assert "xxx" * 100 not in shown
    joined = re.sub(r"\s+", "", shown)
    assert re.search(r"X-Tenant-ID:beginx+…⟨2,008characters⟩…x+end", joined)


@pytest.mark.parametrize("name", ["console", "markdown", "junit"])
def test_a_long_command_is_no_wall(name: str) -> None:
    """It is measured, and the rule's own command is given too."""
    text = HUMAN[name](report_of(finding({"X-Tenant-ID": LONG}, curl=f"curl -i -H 'X-Tenant-ID: {LONG}' {URL}{READ}")))
    assert "xxx" * 100 not in text
    assert "# a command of" in text
    assert "synq-conformance server --rule token-malformed" in re.sub(r"\s+", " ", text)


def test_what_is_cut_on_the_page_is_whole_behind_copy() -> None:
    """Request, answer and command."""
    command = f"curl -i -H 'X-Tenant-ID: {LONG}' {URL}{READ}"
    one = finding({"X-Tenant-ID": LONG}, curl=command)
    answer: dict[str, Any] = {"status": 200, "headers": [["X-Long", "y" * 2_000]], "body": ""}
    one = replace(one, exchange={**(one.exchange or {}), "response": answer})
    text = page_of(report_of(one))
    whole = [markup.unescape(value) for value in re.findall(r'data-whole="([^"]*)"', text)]
    assert command in whole
    assert any(f"\nX-Tenant-ID: {LONG}\n" in value for value in whole)
    assert any(value.endswith(f"X-Long: {'y' * 2_000}") for value in whole)
    assert "xxx" * 100 not in re.sub(r'data-whole="[^"]*"', "", text)


def test_what_is_short_has_no_second_copy() -> None:
    """The button takes what is shown."""
    assert "data-whole=" not in page_of(report_of(finding({"X-Tenant-ID": "x"})))


@pytest.mark.parametrize("at", [0, 5, 900, 1_999], ids=["begin", "early", "middle", "end"])
def test_where_two_long_values_differ_is_never_cut_out(at: int) -> None:
    """The difference is what the two lines are there for."""
    other = LONG[:at] + "!" + LONG[at + 1 :]
    here = exchange({**DOCUMENTED, "X-Tenant-ID": other}, 200)
    there = exchange({**DOCUMENTED, "X-Tenant-ID": LONG}, 200)
    one, two = (line for line in view.difference(here, there) if line[0] != " ")
    assert (one[0], two[0], "!" in two[1], "!" in one[1]) == ("-", "+", True, False)
    assert max(len(one[1]), len(two[1])) < 400


def test_no_mark_is_cut_in_two() -> None:
    """A reader never sees half of one."""
    for size in range(1, 40):
        text = visible.shortened("a" * size + "⟨0xE9⟩" * 200, 60)
        assert re.fullmatch(r"a*(⟨0xE9⟩)*…⟨[\d,]+ characters⟩…(⟨0xE9⟩)*", text), text


# ---------------------------------------------------------------------- what comes first


@pytest.mark.parametrize("name", HUMAN)
def test_the_shortest_named_case_comes_first(name: str) -> None:
    """Neither a wall nor what a generator came upon opens the page, the console or the step summary."""
    wall = finding({"X-Tenant-ID": LONG}, "a-wall")
    generated = finding({"X-Tenant-ID": "g"}, None)
    short, middling = finding({"X-Tenant-ID": "s"}, "short"), finding({"X-Tenant-ID": "m" * 50}, "middling")
    text = HUMAN[name](report_of(wall, generated, middling, short))
    first = text.index("nswered 200 to short")
    others = [text.find(f"nswered 200 to {case}") for case in ("middling", "a-wall", "None")]
    assert [place for place in others if -1 < place < first] == []


def test_the_order_of_report_json_stays() -> None:
    """Formats for people sort; the data is what it was."""
    long, short = finding({"X-Tenant-ID": LONG}, "long"), finding({}, "short")
    assert [one.case for one in view.findings(report_of(long, short).rules[0])] == ["short", "long"]
    assert [one.case for one in report_of(long, short).rules[0].findings] == ["long", "short"]
