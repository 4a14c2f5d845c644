"""What a run did not look at, and why, as someone says it who never saw the project. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.contract.rules import Level
from conformance.contract.words import plural
from conformance.report import view
from conformance.report.text import one_line
from conformance.results.data import Outcome, Report, RuleResult, Run

REASONS_SHOWN = 4
"""The reasons that keep most open; the list of what to supply has all of them."""
TOPICS_SHOWN = 4

_IN_BAR = (
    *(Outcome.PASSED, Outcome.FAILED, Outcome.FLAKY, Outcome.ERROR),
    *(Outcome.PARTLY_ASSESSED, Outcome.NOT_ASSESSED, Outcome.WAIVED),
)
"""From left to right."""
_NOT_GIVEN = (
    ("[openapi]", "the run was given no description of the API's operations"),
    ("[sign_in]", "the run was given no account to sign in with"),
    ("probe.", "the run was given no write, or no object of others, to try"),
    ("tokens.", "the run was not given the tokens for it (expired, revoked, of another tenant and the like)"),
    ("keys.", "the run was given no key to make tokens with"),
    ("scope.", "the run was given no other tenant or organization to try"),
    ("https", "the address is not https"),
)
"""What begins so among the things to supply, and what its lack means."""
_HIDDEN = "another rule is broken that stands before them"
_OTHERWISE = "the target's answers, or how the run went, did not allow it"


@dataclass(frozen=True, slots=True)
class OpenTopics:
    """What one lack keeps open."""

    topics: str
    """The sections of the contract, the one with most rules first."""
    rules: int
    because: str


def open_topics(report: Report) -> tuple[OpenTopics, ...]:
    """What was not assessed or only in part, by what lacks; what keeps most required rules open comes first."""
    lacking: dict[str, list[RuleResult]] = {}
    for reason, rules in view.missing(report):
        lacking.setdefault(_because(reason), []).extend(rules)
    ordered = sorted(lacking.items(), key=lambda pair: _weight(pair[1]), reverse=True)
    return tuple(OpenTopics(_topics(rules), len(rules), because) for because, rules in ordered)


def _weight(rules: Sequence[RuleResult]) -> tuple[int, int]:
    return sum(one.level is Level.REQUIRED for one in rules), len(rules)


def _topics(rules: Sequence[RuleResult]) -> str:
    sections = [one_line(section) for section, _ in Counter(rule.section for rule in rules).most_common()]
    named = "; ".join(sections[:TOPICS_SHOWN])
    more = len(sections) - TOPICS_SHOWN
    return f"{named}; and {plural(more, 'more section')}" if more > 0 else named


def _because(reason: str) -> str:
    """The reason for a reader who has no profile before him."""
    if reason.startswith("supply "):
        return next((words for mark, words in _NOT_GIVEN if mark in reason), _OTHERWISE)
    return _HIDDEN if "follows from" in reason else _OTHERWISE


def nothing_open(report: Report) -> str | None:
    """What is said if all was judged; None if anything is open, or was not part of the run."""
    whole = len(report.rules) >= report.contract.rules
    judged = all(seen == total for seen, total in report.judged.values())
    return "Everything that the contract asks was looked at." if whole and judged else None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the bar that shows how much was judged."""

    outcome: str
    words: str
    count: int
    start: float
    """Its left edge and its width, in percent."""
    width: float


def judged_bar(report: Report, level: Level) -> tuple[Share, ...]:
    """The rules of a level by what they came to; those that were not part of the run come last."""
    came_to = Counter(rule.outcome for rule in report.rules if rule.level is level)
    counted = [(str(outcome), view.WORDS[outcome], came_to[outcome]) for outcome in _IN_BAR]
    judged = sum(came_to.values())
    total = max(report.judged[level][1], judged)
    counted.append(("left-out", "not part of this run", total - judged))
    shares: list[Share] = []
    start = 0.0
    for outcome, words, count in counted:
        if count:
            width = 100 * count / total
            shares.append(Share(outcome, words, count, round(start, 3), round(width, 3)))
            start += width
    return tuple(shares)


def began_at(run: Run) -> str:
    """When it began, for a reader: "2026-11-28 16:35:42 UTC"."""
    return one_line(run.started.replace("T", " ").replace("+00:00", " UTC"), 60)


def web_address(link: str | None) -> str | None:
    """The link if it leads to the web; a report.json may come from anywhere."""
    return link if link and link.startswith(("https://", "http://")) else None
