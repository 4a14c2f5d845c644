"""Two reports of one target: what broke since, what was fixed, what is no longer judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from conformance.contract import Level
from conformance.report import markup, view
from conformance.report.page import environment
from conformance.report.text import one_line
from conformance.results import CheckResult, Outcome, Report, ReportError, RuleResult

LISTED = 200
"""Cases of a kind that are listed; beyond that they are only counted."""


class Change(StrEnum):
    """What became of a rule or a case, heaviest first."""

    NEWLY_FAILING = "newly failing"
    NEWLY_UNASSESSED = "newly unassessed"
    REMOVED = "removed"
    FIXED = "fixed"
    ADDED = "added"
    OTHERWISE = "changed otherwise"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that came out differently; None for a side that lacks it."""

    kind: Change
    rule: RuleResult
    """As the newer report has it, or else the older."""
    old: Outcome | None
    new: Outcome | None


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case that came out differently within a check that both reports have."""

    kind: Change
    rule: str
    check: str
    case: str
    old: Outcome
    new: Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changed from one report to the other."""

    old: Report
    new: Report
    rules: tuple[RuleChange, ...]
    cases: tuple[CaseChange, ...]

    @property
    def regressed(self) -> bool:
        """Whether something fails that did not, or a required rule that was judged no longer is."""
        kinds = {change.kind for change in self.rules} | {change.kind for change in self.cases}
        return Change.NEWLY_FAILING in kinds or any(map(self._lost, self.rules))

    def _lost(self, change: RuleChange) -> bool:
        if change.rule.level is not Level.REQUIRED:
            return False
        removed_from_the_same_contract = (
            change.kind is Change.REMOVED
            and change.old in _JUDGED
            and self.old.contract.version == self.new.contract.version
        )
        return change.kind is Change.NEWLY_UNASSESSED or removed_from_the_same_contract


_JUDGED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.WAIVED})


def compare(old: Report, new: Report) -> Comparison:
    """What changed from `old` to `new`; ReportError where one speaks of a server and the other of a client."""
    if old.subject.role is not new.subject.role:
        raise ReportError(f"one report is of a {old.subject.role}, the other of a {new.subject.role}")
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    ids = dict.fromkeys((*after, *before))
    rules = tuple(change for one in ids if (change := _rule(before.get(one), after.get(one))))
    cases = tuple(change for one in ids if one in before and one in after for change in _cases(before[one], after[one]))
    return Comparison(old, new, rules, cases)


def _rule(old: RuleResult | None, new: RuleResult | None) -> RuleChange | None:
    match old, new:
        case RuleResult(), None:
            return RuleChange(Change.REMOVED, old, old.outcome, None)
        case None, RuleResult():
            return RuleChange(Change.ADDED, new, None, new.outcome)
        case RuleResult(), RuleResult() if kind := _kind(old.outcome, new.outcome):
            return RuleChange(kind, new, old.outcome, new.outcome)
    return None


def _kind(old: Outcome, new: Outcome) -> Change | None:
    if old is new:
        return None
    if new is Outcome.FAILED:
        return Change.NEWLY_FAILING
    if old in _JUDGED and new not in _JUDGED:
        return Change.NEWLY_UNASSESSED
    if old is Outcome.FAILED and new is Outcome.PASSED:
        return Change.FIXED
    return Change.OTHERWISE


def _cases(old: RuleResult, new: RuleResult) -> Iterator[CaseChange]:
    before = {check.id: check for check in old.checks}
    for check in new.checks:
        if (earlier := before.get(check.id)) and _kept(earlier) and _kept(check):
            for case in dict.fromkeys((*check.case_outcomes, *earlier.case_outcomes)):
                was = earlier.case_outcomes.get(case, Outcome.PASSED)
                now = check.case_outcomes.get(case, Outcome.PASSED)
                if kind := _kind(was, now):
                    yield CaseChange(kind, new.id, check.id, case, was, now)


def _kept(check: CheckResult) -> bool:
    """Whether the report says which cases did not pass; older ones do not."""
    return check.outcome is Outcome.PASSED or bool(check.case_outcomes)


def grouped(comparison: Comparison) -> tuple[tuple[Change, tuple[RuleChange, ...], tuple[CaseChange, ...]], ...]:
    """The changes by kind, heaviest first, without the kinds that did not occur."""
    found = (
        (
            kind,
            tuple(change for change in comparison.rules if change.kind is kind),
            tuple(change for change in comparison.cases if change.kind is kind),
        )
        for kind in Change
    )
    return tuple(group for group in found if group[1] or group[2])


def title(comparison: Comparison) -> str:
    """The comparison in a word or two."""
    return "Regressed" if comparison.regressed else "No regression"


def summary(comparison: Comparison) -> str:
    """The comparison in one sentence."""
    counted = [
        f"{view.plural(len(rules), 'rule')} and {view.plural(len(cases), 'case')} {kind}"
        for kind, rules, cases in grouped(comparison)
    ]
    return f"{', '.join(counted)}." if counted else "Nothing changed."


def subject_line(report: Report) -> str:
    """Which run a side is of."""
    return f"{one_line(report.subject.name)}, {view.TITLES[report.verdict].lower()}, {one_line(report.run.started)}"


def case_name(change: CaseChange) -> str:
    return f"{change.check}[{change.case}]" if change.case else change.check


def became(old: Outcome | None, new: Outcome | None) -> str:
    """The two outcomes in words."""
    return f"{view.WORDS[old] if old else 'not there'} → {view.WORDS[new] if new else 'not there'}"


def _became(change: RuleChange) -> str:
    waivers = "; ".join(map(view.waiver_line, view.waivers_of(change.rule))) if change.new is Outcome.WAIVED else ""
    return became(change.old, change.new) + (f": {waivers}" if waivers else "")


def markdown(comparison: Comparison) -> str:
    """The comparison as Markdown."""
    parts = [
        "# Conformance compared",
        f"Old: {markup.inline(subject_line(comparison.old))}  \nNew: {markup.inline(subject_line(comparison.new))}",
        f"**{title(comparison)}: {markup.inline(summary(comparison))}**",
    ]
    for kind, rules, cases in grouped(comparison):
        parts.append(f"## {kind.capitalize()}")
        if rules:
            rows = [
                (markup.code(one.rule.id), one.rule.level, markup.inline(_became(one)), markup.inline(one.rule.title))
                for one in rules
            ]
            parts.append(markup.table(("Rule", "Level", "Outcome", "Sentence"), rows))
        if cases:
            lines = [
                (markup.code(one.rule), markup.code(case_name(one)), became(one.old, one.new)) for one in cases[:LISTED]
            ]
            parts.append(markup.table(("Rule", "Case", "Outcome"), lines))
        if len(cases) > LISTED:
            parts.append(f"And {view.plural(len(cases) - LISTED, 'more case')}.")
    return "\n\n".join(parts) + "\n"


def html(comparison: Comparison) -> str:
    """The comparison as a page."""
    page = environment().get_template("compare.html.jinja")
    return page.render(
        comparison=comparison,
        groups=grouped(comparison),
        title=title(comparison),
        summary=summary(comparison),
        subject_line=subject_line,
        case_name=case_name,
        became=became,
        listed=LISTED,
    )
