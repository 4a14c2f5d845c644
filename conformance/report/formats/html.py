"""The report as one self-contained page: opened from disk, read on a phone, printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from conformance.contract.rules import Level
from conformance.report import view, visible
from conformance.report.failure_groups import failure_groups, group_note, group_title
from conformance.report.operation_table import operation_table, operations_in_words
from conformance.report.page import environment
from conformance.report.scope_words import REASONS_SHOWN, began_at, judged_bar, nothing_open, open_topics, web_address
from conformance.report.text import COPIED, cut, request_text, response_text, whole_request, whole_response
from conformance.results.data import Finding, Outcome, RuleResult

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report, Run

FILENAME = "report.html"

FULL = 5
"""Findings of a rule that are shown with request, answer and command."""
BRIEF, BRIEF_IN_ALL = 25, 800
"""Findings beyond those, of a rule and of all, that are shown in one line."""
BUDGET = 900_000
"""Octets that all findings shown in full may take together; what is beyond is shown in one line."""
OPENED = 3
"""Up to so many broken rules are opened from the start; of more, only the first."""
MESSAGE_SHOWN = 4000
"""Characters of a request or an answer."""
CASES_SHOWN = 20
ON_PAPER = 12
"""Broken rules that the page to be signed names."""
COMMAND_CUT_TO = 400
"""Characters that are shown of a command that is longer than a terminal would print."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with its evidence."""

    finding: Finding
    request: tuple[tuple[str, str], ...]
    """(mark, line): "-" only in the accepted control, "+" only here, " " in both."""
    whole_request: str | None
    """The whole, to be copied, if what is shown is cut; else None. The same holds for the answer."""
    answer: str
    whole_answer: str | None
    control: str | None
    """How the control was answered, in one line."""
    commands: tuple[tuple[str, str | None], ...]
    """Each as it is shown, and whole if that is cut."""
    waiver: dict[str, Any] | None
    """The waiver that covers it, if another check of the rule fails."""

    @property
    def weight(self) -> int:
        """About how many octets of the page it takes."""
        commands = (text or "" for command in self.commands for text in command)
        whole = (self.whole_request or "", self.whole_answer or "")
        texts = (*(line for _, line in self.request), self.answer, self.control or "", *commands, *whole)
        return 2000 + sum(len(escape(text).encode()) for text in texts)


@dataclass(frozen=True, slots=True)
class Card:
    """A rule as the page shows it."""

    rule: RuleResult
    full: tuple[Shown, ...]
    brief: tuple[Finding, ...]
    unshown: int


def render(report: Report, evidence: Evidence) -> str:
    """The page. Whatever a target said is text in it, and no script but the page's own can run."""
    broken = (*view.broken(report), *view.by_outcome(report, Outcome.ERROR))
    excused = view.by_outcome(report, Outcome.WAIVED)
    groups = failure_groups(report, broken)
    shown = [rule for group in groups for rule in group.rules]
    cards = {card.rule.id: card for card in _cards(report.run, (*shown, *excused))}
    page = environment().get_template("report.html.jinja")
    return page.render(
        report=report,
        sha256=evidence.sha256,
        groups=[
            (group, [cards[rule.id] for rule in group.rules], group_title(group), group_note(group)) for group in groups
        ],
        waived_cards={rule.id: cards[rule.id] for rule in excused},
        opened=[rule.id for rule in (shown if len(shown) <= OPENED else shown[:1])],
        missing=view.missing(report),
        open_rules=sum(len(rules) for _, rules in view.missing(report)),
        shares=judged_bar(report, Level.REQUIRED),
        open_topics=open_topics(report),
        in_part=any(rule.outcome is Outcome.PARTLY_ASSESSED for rule in report.rules),
        topics_shown=REASONS_SHOWN,
        nothing_open=nothing_open(report),
        moment=began_at(report.run),
        pipeline=web_address(report.run.pipeline),
        on_paper={rule.id: True for rule in shown[:ON_PAPER]},
        unprinted=max(0, len(shown) - ON_PAPER),
        charts=view.charts(report),
        operations=operation_table(report) if report.operations else None,
        operations_in_words=operations_in_words(report),
        names_shown=CASES_SHOWN,
        cases_shown=CASES_SHOWN,
    )


def _cards(run: Run, rules: Sequence[RuleResult]) -> Iterator[Card]:
    in_full = _in_full(run, rules)
    brief = min(BRIEF, BRIEF_IN_ALL // max(1, len(rules)))
    for rule in rules:
        shown = tuple(in_full[rule.id])
        rest = view.findings(rule)[len(shown) :]
        yield Card(rule, shown, rest[:brief], max(0, len(rest) - brief))


def _in_full(run: Run, rules: Sequence[RuleResult]) -> dict[str, list[Shown]]:
    """The findings to show in full: the first of every rule, then the second, while the budget lasts."""
    chosen: dict[str, list[Shown]] = {rule.id: [] for rule in rules}
    left = BUDGET
    ordered = {rule.id: view.findings(rule) for rule in rules}
    for rank in range(FULL):
        for rule in rules:
            if len(chosen[rule.id]) == rank < len(rule.findings):
                shown = _shown(run, rule, ordered[rule.id][rank])
                if shown.weight <= left:
                    chosen[rule.id].append(shown)
                    left -= shown.weight
    return chosen


def _shown(run: Run, rule: RuleResult, finding: Finding) -> Shown:
    return Shown(
        finding,
        view.difference(finding.exchange, finding.control) if finding.exchange else (),
        whole_request(finding.exchange),
        cut(response_text(finding.exchange), MESSAGE_SHOWN) if finding.exchange else "",
        whole_response(finding.exchange),
        _answered(finding),
        tuple(map(_command, view.commands(run, rule, finding, COPIED))),
        None if rule.waiver else view.waiver_of(rule, finding),
    )


def _command(whole: str) -> tuple[str, str | None]:
    if len(whole) <= view.PRINTED:
        return whole, None
    return visible.shortened(whole, COMMAND_CUT_TO), whole


def _answered(finding: Finding) -> str | None:
    if not finding.control:
        return None
    line = request_text(finding.control, 0).splitlines()[0]
    return f"{line} was answered {response_text(finding.control, 0).splitlines()[0]}"
