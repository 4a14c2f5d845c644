"""What the guide demands, and what came of it: requirement, rules, outcome, cases, for one report or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.contract import rules as contract
from conformance.contract.requirements import Requirement, load_requirements
from conformance.contract.rules import Level
from conformance.contract.words import plural
from conformance.report import markup, view
from conformance.report.comma_separated import as_csv
from conformance.report.matrix import checked, subject_names
from conformance.report.page import MARKS, environment
from conformance.results.data import Outcome, Report, RuleResult

HEAD = ("requirement", "section", "place", "actor", "force", "demand", "rule", "level", "rule in words")
"""The columns before those of the subjects."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule under a requirement, with its result in each report; None in one that lacks it."""

    id: str
    shown: RuleResult
    """As the first report that has it states it."""
    results: tuple[RuleResult | None, ...]


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement, what it came to in each report, and the rules that are in one of them at least."""

    requirement: Requirement
    outcomes: tuple[Outcome | None, ...]
    """None in a report that has none of its rules."""
    lines: tuple[RuleLine, ...]

    @property
    def unjudged(self) -> str:
        """Why there is no rule under it; empty if there is one."""
        if self.lines:
            return ""
        if self.requirement.untestable:
            return f"cannot be tested: {self.requirement.untestable}"
        return f"judged in a report of a {self.requirement.actor}, by {', '.join(self.requirement.rules)}"


@dataclass(frozen=True, slots=True)
class RequirementsMatrix:
    """Reports by column, requirements by row, rows by the guide's headings."""

    reports: tuple[Report, ...]
    names: tuple[str, ...]
    sections: tuple[tuple[str, tuple[RequirementRow, ...]], ...]

    @property
    def counts(self) -> tuple[tuple[tuple[Outcome, int], ...], ...]:
        """For each report, how many requirements came to what, without the zeros."""
        rows = [row for _, found in self.sections for row in found]
        each = (Counter(row.outcomes[place] for row in rows) for place in range(len(self.reports)))
        return tuple(tuple((one, counted[one]) for one in view.WEIGHT if counted[one]) for counted in each)


def requirements_matrix(reports: Sequence[Report]) -> RequirementsMatrix:
    """Returns the guide's demands over these reports, of servers, clients or both."""
    columns = [{rule.id: rule for rule in report.rules} for report in reports]
    sections: dict[str, list[RequirementRow]] = {}
    for one in load_requirements():
        lines = tuple(_lines(one, columns))
        outcomes = tuple(_came_to(one, column) for column in columns)
        sections.setdefault(one.section, []).append(RequirementRow(one, outcomes, lines))
    grouped = tuple((name, tuple(rows)) for name, rows in sections.items())
    return RequirementsMatrix(tuple(reports), tuple(subject_names(reports)), grouped)


def _lines(requirement: Requirement, columns: Sequence[dict[str, RuleResult]]) -> Iterator[RuleLine]:
    for rule_id in requirement.rules:
        results = tuple(column.get(rule_id) for column in columns)
        if shown := next(filter(None, results), None):
            yield RuleLine(rule_id, shown, results)


def _came_to(requirement: Requirement, column: dict[str, RuleResult]) -> Outcome | None:
    """What a requirement came to in a report: it is as its required rules are, or if it has none, as its rules are.

    A rule that the report lacks was not judged, so a requirement passes only if each of these rules did.
    """
    if not column.keys() & set(requirement.rules):
        return None
    levels = {rule.id: rule.level for rule in contract.load_contract().rules}
    decisive = [one for one in requirement.rules if levels.get(one) is Level.REQUIRED] or requirement.rules
    outcomes = {column[one].outcome if one in column else Outcome.NOT_ASSESSED for one in decisive}
    heavy = next((one for one in (Outcome.FAILED, Outcome.FLAKY, Outcome.ERROR) if one in outcomes), None)
    if heavy or len(outcomes) == 1:
        return heavy or outcomes.pop()
    return Outcome.WAIVED if outcomes == {Outcome.PASSED, Outcome.WAIVED} else Outcome.PARTLY_ASSESSED


def requirements_csv(table: RequirementsMatrix) -> str:
    """The table as comma-separated values: a line for each requirement and rule, with outcome and cases by subject."""
    subjects = [f"{name}: {what}" for name in table.names for what in ("outcome", "cases")]
    lines: list[Sequence[str]] = [(*HEAD, *subjects, "note")]
    for _, rows in table.sections:
        for row in rows:
            one = row.requirement
            first = (one.id, one.section, one.place, str(one.actor), str(one.force), one.sentence)
            if not row.lines:
                lines.append((*first, *[""] * (3 + len(subjects)), row.unjudged))
            for line in row.lines:
                said = (line.id, str(line.shown.level), view.report_title(line.shown))
                lines.append((*first, *said, *_results(line), ""))
    return as_csv(lines)


def _results(line: RuleLine) -> Iterator[str]:
    for result in line.results:
        yield view.WORDS[result.outcome] if result else "not there"
        yield str(view.cases(result)) if result else ""


def requirements_markdown(table: RequirementsMatrix) -> str:
    """The table as Markdown."""
    names = [markup.inline(name) for name in table.names]
    counts = (", ".join(f"{count} {view.WORDS[one]}" for one, count in counted) for counted in table.counts)
    rows: list[Sequence[str]] = [("**Demands**", "", *counts)]
    for section, found in table.sections:
        rows.append((f"**{markup.inline(section)}**", *[""] * (1 + len(names))))
        for row in found:
            rows.append((_demand(row), "", *(MARKS[one] if one else "" for one in row.outcomes)))
            rows += [_rule_cells(line) for line in row.lines]
    legend = ", ".join(f"{MARKS[outcome]} {view.WORDS[outcome]}" for outcome in view.WEIGHT)
    return (
        "\n\n".join(
            ("# The guide, demand by demand", markup.table(("Demand", "Rule", *names), rows), markup.inline(legend))
        )
        + "\n"
    )


def _demand(row: RequirementRow) -> str:
    one = row.requirement
    note = f" ({markup.inline(row.unjudged)})" if row.unjudged else ""
    return f"{markup.code(one.id)} {one.actor} {one.force}: {markup.inline(one.sentence)}{note}"


def _rule_cells(line: RuleLine) -> tuple[str, ...]:
    cells = (
        f"{MARKS[result.outcome]} {plural(view.cases(result), 'case')}" if result else ""
        for result in line.results
    )
    return ("", markup.code(line.id), *cells)


def requirements_html(table: RequirementsMatrix) -> str:
    """The table as a page."""
    page = environment().get_template("requirements.html.jinja")
    return page.render(table=table, checked=checked)
