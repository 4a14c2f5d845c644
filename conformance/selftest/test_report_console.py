"""The console summary lets a server engineer act, at 80 columns, and nothing that a target says can hurt it."""

import io
from dataclasses import replace
from pathlib import Path

from conformance.contract.rules import Level
from conformance.report.console import print_report
from conformance.results.data import Outcome, Report
from conformance.selftest.report_sample import a_full_report, a_report, rule


def printed(report: Report) -> str:
    file = io.StringIO()
    print_report(report, file, width=80)
    return file.getvalue()


def test_a_failure_is_printed_with_all_that_is_needed_to_act() -> None:
    """Rule, request, answer, expectation and curl line are there, and the verdict."""
    text = printed(a_full_report())
    wanted = ("✗ token-expired", "A title.", "answered 200", "401 or 4xx", "GET /", "curl -i x", "Not conformant")
    assert [one for one in wanted if one not in text] == []


def test_an_open_rule_says_what_to_supply() -> None:
    """The reason of a rule that was not assessed is printed."""
    report = a_full_report()
    open_rule = replace(report.rules[1], reason="supply tokens.expired in the profile")
    assert "supply tokens.expired in the profile" in printed(replace(report, rules=(open_rule,)))


def test_no_escape_of_a_target_reaches_the_terminal() -> None:
    """Colours, cursor moves and bidi marks in an answer are taken out or written out."""
    report = a_full_report()
    finding = replace(report.rules[0].findings[0], summary="said \x1b[2J\x1b]0;title\x07 and \u202e and \x00")
    text = printed(replace(report, rules=(replace(report.rules[0], findings=(finding,)),)))
    assert not {"\x1b", "\x07", "\u202e", "\x00"} & set(text)
    assert "[2J" not in text
    assert "⟨U+202E⟩" in text


def test_the_reader_is_told_where_the_page_is() -> None:
    """By its path, which is not folded; and no line ends in blanks."""
    file, path = io.StringIO(), Path("reports") / ("long" * 40) / "report.html"
    print_report(a_full_report(), file, width=80, page=path)
    assert f"The whole report: {path}" in file.getvalue().splitlines()
    assert [line for line in file.getvalue().splitlines() if line != line.rstrip()] == []


def test_open_rules_are_told_by_what_to_supply() -> None:
    """What would open ten rules is said once."""
    unseen = [replace(rule(Level.REQUIRED, Outcome.NOT_ASSESSED), id=f"rule-{n}", reason="supply x") for n in range(10)]
    text = printed(a_report(*unseen))
    assert text.count("supply x") == 1
    assert "rule-0 (required), rule-1 (required)" in text


def test_only_a_command_is_wider_than_the_screen() -> None:
    """Everything but the line to copy fits 80 columns."""
    long = replace(a_full_report().rules[0], title="word " * 60, outcome=Outcome.FAILED)
    lines = printed(a_report(long)).splitlines()
    assert [line for line in lines if len(line) > 80 and "curl" not in line] == []
