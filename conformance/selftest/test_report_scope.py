"""What a report says it did not look at, in words, and the bar that shows how much was judged."""

from dataclasses import replace

import pytest

from conformance.contract import rules as contract
from conformance.contract.rules import Level, Role
from conformance.report.scope_words import began_at, judged_bar, nothing_open, open_topics, web_address
from conformance.results.data import Outcome, Report
from conformance.selftest.browser.sample_pages import conformant, in_part
from conformance.selftest.rich_report import a_rich_report


@pytest.fixture(scope="module")
def rich() -> Report:
    law = contract.load_contract()
    return a_rich_report(replace(law, rules=law.of(Role.SERVER)))


def with_reason(report: Report, rule_id: str, reason: str) -> Report:
    rules = tuple(
        replace(rule, outcome=Outcome.NOT_ASSESSED, reason=reason) if rule.id == rule_id else rule
        for rule in report.rules
    )
    return replace(report, rules=rules)


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        ("supply [sign_in] in the profile", "the run was given no account to sign in with"),
        ("supply tokens.expired or keys.signing in the profile", "the run was not given the tokens for it"),
        ("supply [openapi] or [[operation]] in the profile and tokens.viewer in the profile", "no description"),
        ("supply a base URL that begins with https", "the address is not https"),
        ("follows from token-expired: its own request is accepted as well", "another rule is broken"),
        ("the control was refused", "did not allow it"),
    ],
    ids=["account", "tokens", "description", "https", "follows", "answers"],
)
def test_it_is_said_what_was_not_looked_at_and_why(rich: Report, reason: str, because: str) -> None:
    """By section of the contract, for a reader who knows no rule by its id."""
    (found,) = open_topics(with_reason(conformant(rich), "token-expired", reason))
    assert (found.topics, found.rules) == ("Expiry and revocation", 1)
    assert because in found.because


def test_what_keeps_most_required_rules_open_comes_first(rich: Report) -> None:
    """However many others something else keeps open."""
    report = in_part(rich)
    first, *rest = open_topics(with_reason(report, "org-foreign", "supply [openapi] in the profile"))
    assert "account" in first.because
    assert [one.rules for one in rest] == [1]


def test_only_a_whole_run_says_that_nothing_is_open(rich: Report) -> None:
    """A run that left rules out, or left one open, does not."""
    whole = conformant(rich)
    assert nothing_open(whole) == "Everything that the contract asks was looked at."
    assert nothing_open(replace(whole, rules=whole.rules[1:])) is None
    assert nothing_open(rich) is None


def test_the_bar_shows_every_rule_of_the_level_once(rich: Report) -> None:
    """Its parts add up, and those that were not part of the run have theirs."""
    shares = judged_bar(replace(rich, rules=rich.rules[:-10]), Level.REQUIRED)
    assert sum(one.count for one in shares) == rich.judged[Level.REQUIRED][1]
    assert sum(one.width for one in shares) == pytest.approx(100, abs=0.01)
    assert shares[-1].words == "not part of this run"
    assert {(one.words, one.count) for one in shares} >= {("failed", 2), ("flaky", 1), ("error", 1)}
    assert judged_bar(conformant(rich), Level.REQUIRED)[0].width == 100


def test_the_date_is_written_for_a_reader(rich: Report) -> None:
    assert began_at(rich.run) == "2026-11-24 08:30:00 UTC"


@pytest.mark.parametrize(
    ("link", "kept"),
    [("https://ci.example/1", True), ("http://ci.example/1", True), ("javascript:alert(1)", False), (None, False)],
    ids=["https", "http", "script", "none"],
)
def test_only_a_web_address_becomes_a_link(link: str | None, kept: bool) -> None:
    """A report.json may come from anywhere."""
    assert web_address(link) == (link if kept else None)
