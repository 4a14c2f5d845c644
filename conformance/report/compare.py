"""Two reports of one target: what broke since, what was fixed, what is no longer judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from enum import StrEnum

from conformance.contract.rules import Level
from conformance.contract.words import plural
from conformance.report import markup, view
from conformance.report.contract_origin import ContractStep, Origin, contract_step
from conformance.report.page import environment
from conformance.report.text import one_line
from conformance.results.data import CheckResult, Outcome, Report, ReportError, RuleResult
from conformance.results.policy import JUDGED
from conformance.results.renamed_checks import current_check_id

LISTED = 200
"""Cases of a kind that are listed, on the page those of a rule; beyond that they are only counted."""
UNFOLDED = 6
"""Up to so many cases of a rule are seen at once; more are folded."""


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

    @property
    def in_both(self) -> bool:
        """Whether both reports have the rule."""
        return self.old is not None and self.new is not None


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case that came out differently, or that one side lacks; with the whole check the case is empty."""

    kind: Change
    rule: str
    check: str
    case: str
    old: Outcome | None
    new: Outcome | None


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule of which something changed in one way."""

    rule: RuleResult
    change: RuleChange | None
    """None if only cases of it changed so."""
    cases: tuple[CaseChange, ...]
    unlisted: int

    @property
    def colour(self) -> str:
        """The outcome that it is shown in the colour of."""
        first = self.change or self.cases[0]
        return str(first.new or first.old)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changed from one report to the other."""

    old: Report
    new: Report
    rules: tuple[RuleChange, ...]
    cases: tuple[CaseChange, ...]
    contract: ContractStep

    @property
    def regressed(self) -> bool:
        """Whether something fails that did not, or a required rule is judged less than it was."""
        return bool(self.regressions)

    @property
    def regressions(self) -> dict[str, tuple[str, ...]]:
        """The rules that regressed, by how."""
        failing = {change.rule.id for change in self.rules if change.kind is Change.NEWLY_FAILING}
        failing |= {change.rule for change in self.cases if change.kind is Change.NEWLY_FAILING}
        lost = {change.rule.id for change in self.rules if self._lost(change)}
        found = {str(Change.NEWLY_FAILING): failing, "judged less than before": lost - failing}
        return {kind: tuple(sorted(ids)) for kind, ids in found.items() if ids}

    def _lost(self, change: RuleChange) -> bool:
        if change.rule.level is not Level.REQUIRED:
            return False
        left_out = (
            change.kind is Change.REMOVED
            and change.old in JUDGED
            and self.contract.origin(change.rule.id, in_both=False) is Origin.RUN
            and self.contract.level(change.rule) is Level.REQUIRED
        )
        return change.kind is Change.NEWLY_UNASSESSED or left_out


def comparison(old: Report, new: Report) -> Comparison:
    """Returns what changed from `old` to `new`; raises ReportError if one is of a server and the other of a client."""
    if old.subject.role is not new.subject.role:
        raise ReportError(f"one report is of a {old.subject.role}, the other of a {new.subject.role}")
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    ids = dict.fromkeys((*after, *before))
    rules = tuple(change for one in ids if (change := _rule(before.get(one), after.get(one))))
    cases = tuple(change for one in ids if one in before and one in after for change in _cases(before[one], after[one]))
    return Comparison(old, new, rules, cases, contract_step(old.contract.version, new.contract.version))


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
    if _extent(new) < _extent(old):
        return Change.NEWLY_UNASSESSED
    if old is Outcome.FAILED and new is Outcome.PASSED:
        return Change.FIXED
    return Change.OTHERWISE


def _extent(outcome: Outcome) -> int:
    """How far it was judged: 2 in full, 1 in part, 0 not at all."""
    return 2 if outcome in JUDGED else int(outcome is Outcome.PARTLY_ASSESSED)


def _cases(old: RuleResult, new: RuleResult) -> Iterator[CaseChange]:
    before, after = ({current_check_id(check.id): check for check in rule.checks} for rule in (old, new))
    for check in dict.fromkeys((*after, *before)):
        if check not in before:
            yield CaseChange(Change.ADDED, new.id, check, "", None, after[check].outcome)
        elif check not in after:
            yield CaseChange(Change.REMOVED, new.id, check, "", before[check].outcome, None)
        else:
            yield from _within(new.id, before[check], after[check])


def _within(rule: str, old: CheckResult, new: CheckResult) -> Iterator[CaseChange]:
    """What changed from case to case of a check, of the cases that both reports name."""
    if not (_kept(old) and _kept(new)):
        return
    # A report that does not name what passed leaves it open whether a case is new, so it is taken for one that passed.
    absent = None if _named(old) and _named(new) else Outcome.PASSED
    before, after = _cases_of(old), _cases_of(new)
    for case in dict.fromkeys((*after, *before)):
        was, now = before.get(case, absent), after.get(case, absent)
        if was is None or now is None:
            yield CaseChange(Change.ADDED if was is None else Change.REMOVED, rule, new.id, case, was, now)
        elif kind := _kind(was, now):
            yield CaseChange(kind, rule, new.id, case, was, now)


def _cases_of(check: CheckResult) -> dict[str, Outcome]:
    """The cases that the report names, by outcome; those of a check whose failure is waived are waived with it."""
    waived = {Outcome.FAILED: Outcome.WAIVED} if check.outcome is Outcome.WAIVED else {}
    others = {name: waived.get(outcome, outcome) for name, outcome in check.case_outcomes.items()}
    return dict.fromkeys(check.passed_cases, Outcome.PASSED) | others


def _kept(check: CheckResult) -> bool:
    """Whether the report says which cases did not pass; older ones do not."""
    return check.outcome is Outcome.PASSED or bool(check.case_outcomes)


def _named(check: CheckResult) -> bool:
    """Whether the report names the cases that passed as well."""
    return len(check.passed_cases) + len(check.case_outcomes) >= check.cases > 0


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


def by_rule(comparison: Comparison) -> tuple[tuple[Change, tuple[ChangedRule, ...]], ...]:
    """The changes by kind, and within a kind by rule: what became of the rule, if anything, and of its cases."""
    rules = {rule.id: rule for rule in (*comparison.old.rules, *comparison.new.rules)}
    return tuple((kind, tuple(_changed(rules, own, cases))) for kind, own, cases in grouped(comparison))


def _changed(
    rules: dict[str, RuleResult], own: Sequence[RuleChange], cases: Sequence[CaseChange]
) -> Iterator[ChangedRule]:
    changes = {change.rule.id: change for change in own}
    by_id: dict[str, list[CaseChange]] = {name: [] for name in changes}
    for case in cases:
        by_id.setdefault(case.rule, []).append(case)
    for name, found in by_id.items():
        yield ChangedRule(rules[name], changes.get(name), tuple(found[:LISTED]), max(0, len(found) - LISTED))


def comparison_title(comparison: Comparison) -> str:
    """The comparison in a word or two."""
    return "Regressed" if comparison.regressed else "No regression"


def comparison_summary(comparison: Comparison) -> str:
    """The comparison in one sentence."""
    counted = (
        f"{' and '.join(_counted(rules, 'rule') + _counted(cases, 'case'))} {kind}"
        for kind, rules, cases in grouped(comparison)
    )
    said = f"{', '.join(counted)}." if comparison.rules or comparison.cases else "Nothing changed."
    return f"{said} {_origins(comparison)}".strip()


def _origins(comparison: Comparison) -> str:
    """How many rules changed by the contract and how many by the target, if two versions are compared."""
    step = comparison.contract
    if step.same:
        return ""
    found = Counter(step.origin(change.rule.id, in_both=change.in_both) for change in comparison.rules)
    each = ", ".join(f"{plural(found[one], 'change')} by {one}" for one in Origin if found[one])
    return f"{step.summary} Of rules: {each}." if each else step.summary


def _counted(changes: Sized, noun: str) -> list[str]:
    return [plural(len(changes), noun)] if changes else []


def subject_line(report: Report) -> str:
    """Which run a side is of."""
    return f"{one_line(report.subject.name)}, {view.TITLES[report.verdict].lower()}, {one_line(report.run.started)}"


def case_of(change: CaseChange) -> str:
    return f"{change.check}[{change.case}]" if change.case else change.check


def became(old: Outcome | None, new: Outcome | None) -> str:
    """The two outcomes in words."""
    return f"{view.WORDS[old] if old else 'not there'} → {view.WORDS[new] if new else 'not there'}"


def _became(change: RuleChange) -> str:
    waivers = "; ".join(map(view.waiver_line, view.waivers_of(change.rule))) if change.new is Outcome.WAIVED else ""
    return became(change.old, change.new) + (f": {waivers}" if waivers else "")


def comparison_markdown(comparison: Comparison) -> str:
    """The comparison as Markdown."""
    parts = [
        "# Conformance compared",
        f"Old: {markup.inline(subject_line(comparison.old))}  \nNew: {markup.inline(subject_line(comparison.new))}",
        f"**{comparison_title(comparison)}: {markup.inline(comparison_summary(comparison))}**",
    ]
    for kind, rules, cases in grouped(comparison):
        parts.append(f"## {kind.capitalize()}")
        if rules:
            rows = [
                (
                    *(markup.code(one.rule.id), one.rule.level, markup.inline(_became(one))),
                    *_whence(comparison, one.rule.id, in_both=one.in_both),
                    markup.inline(one.rule.title),
                )
                for one in rules
            ]
            parts.append(markup.table(("Rule", "Level", "Outcome", *_column(comparison), "Sentence"), rows))
        if cases:
            lines = [
                (
                    *(markup.code(one.rule), markup.code(case_of(one)), became(one.old, one.new)),
                    *_whence(comparison, one.rule, in_both=True),
                )
                for one in cases[:LISTED]
            ]
            parts.append(markup.table(("Rule", "Case", "Outcome", *_column(comparison)), lines))
        if len(cases) > LISTED:
            parts.append(f"And {plural(len(cases) - LISTED, 'more case')}.")
    return "\n\n".join(parts) + "\n"


def _column(comparison: Comparison) -> Sequence[str]:
    """The heading of the column that says whence a change comes, if two contract versions are compared."""
    return () if comparison.contract.same else ("Comes from",)


def _whence(comparison: Comparison, rule_id: str, *, in_both: bool) -> Sequence[str]:
    step = comparison.contract
    return () if step.same else (markup.inline(step.said(rule_id, in_both=in_both), 500),)


def comparison_html(comparison: Comparison) -> str:
    """The comparison as a page: a rule with what became of its cases."""
    page = environment().get_template("compare.html.jinja")
    return page.render(
        comparison=comparison,
        groups=by_rule(comparison),
        title=comparison_title(comparison),
        summary=comparison_summary(comparison),
        subject_line=subject_line,
        case_name=case_of,
        became=became,
        unfolded=UNFOLDED,
    )
