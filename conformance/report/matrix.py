"""Several subjects side by side: rules by implementations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.contract.rules import Level
from conformance.report import markup, view
from conformance.report.comma_separated import as_csv
from conformance.report.page import MARKS, environment
from conformance.report.text import one_line
from conformance.results.data import Outcome, Report, ReportError, RuleResult


@dataclass(frozen=True, slots=True)
class Row:
    """A rule and how it came out for every subject; None if a report lacks it."""

    rule: RuleResult
    cells: tuple[RuleResult | None, ...]

    @property
    def alike(self) -> bool:
        """Whether it came out the same for all."""
        return len({cell.outcome if cell else None for cell in self.cells}) == 1


@dataclass(frozen=True, slots=True)
class OutcomeMatrix:
    """Reports by column, rules by row, rows by section."""

    reports: tuple[Report, ...]
    names: tuple[str, ...]
    """The subjects' names, told apart if two are the same."""
    sections: tuple[tuple[str, tuple[Row, ...]], ...]


def outcome_matrix(reports: Sequence[Report]) -> OutcomeMatrix:
    """Returns the reports side by side; raises ReportError if one is of a server and another of a client."""
    roles = {report.subject.role for report in reports}
    if len(roles) != 1:
        raise ReportError("reports of servers and of clients do not fit into one table")
    sections: dict[str, dict[str, RuleResult]] = {}
    for report in reports:
        for rule in report.rules:
            sections.setdefault(rule.section, {}).setdefault(rule.id, rule)
    columns = [{rule.id: rule for rule in report.rules} for report in reports]
    rows = {
        name: tuple(Row(rule, tuple(column.get(rule.id) for column in columns)) for rule in rules.values())
        for name, rules in sections.items()
    }
    return OutcomeMatrix(tuple(reports), tuple(subject_names(reports)), tuple(rows.items()))


def subject_names(reports: Sequence[Report]) -> Iterator[str]:
    """The subjects' names, told apart if two are the same."""
    seen: dict[str, int] = {}
    for report in reports:
        name = one_line(report.subject.name, 80)
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"


def score(report: Report, level: Level) -> str:
    """Of the rules at this level, how many hold: "51 of 53"."""
    at_level = [rule for rule in report.rules if rule.level is level]
    return f"{sum(rule.outcome is Outcome.PASSED for rule in at_level)} of {len(at_level)}"


def checked(report: Report) -> str:
    """When, and by which contract."""
    return f"{one_line(report.run.started[:10])}, contract {one_line(report.contract.version, 40)}"


def matrix_markdown(table: OutcomeMatrix) -> str:
    """The table as Markdown."""
    names = [markup.inline(name) for name in table.names]
    blank = [""] * len(names)
    verdicts = [view.TITLES[report.verdict] for report in table.reports]
    dates = [markup.inline(checked(report)) for report in table.reports]
    rows: list[Sequence[str]] = [("**Verdict**", "", *verdicts), ("**Checked**", "", *dates)]
    rows.append(("**Judged**", "", *map(view.judged_words, table.reports)))
    rows += [(f"**{level}**", "", *(score(report, level) for report in table.reports)) for level in Level]
    for section, found in table.sections:
        rows.append((f"**{markup.inline(section)}**", "", *blank))
        rows += [(markup.code(row.rule.id), row.rule.level, *map(_cell, row.cells)) for row in found]
    role = table.reports[0].subject.role
    legend = ", ".join(f"{MARKS[outcome]} {view.WORDS[outcome]}" for outcome in view.WEIGHT)
    head = f"# {role.capitalize()}s by rule"
    waived = [
        f"- {names[column]}, {markup.code(what)} is waived: {markup.inline(view.waiver_line(waiver))}"
        for column, report in enumerate(table.reports)
        for _, what, waiver in view.waivers(report)
    ]
    blocks = (head, markup.table(("Rule", "Level", *names), rows), markup.inline(legend), "\n".join(waived))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _cell(rule: RuleResult | None) -> str:
    if rule is None:
        return ""
    return markup.inline(MARKS[rule.outcome])


def matrix_csv(table: OutcomeMatrix) -> str:
    """The table as comma-separated values: a line for each rule."""
    lines: list[Sequence[str]] = [("rule", "section", "level", "rule in words", *table.names)]
    for section, rows in table.sections:
        for row in rows:
            cells = (view.WORDS[cell.outcome] if cell else "not there" for cell in row.cells)
            lines.append((row.rule.id, section, row.rule.level, view.report_title(row.rule), *cells))
    return as_csv(lines)


def matrix_html(table: OutcomeMatrix) -> str:
    """The table as a page."""
    page = environment().get_template("matrix.html.jinja")
    rows = [row for _, found in table.sections for row in found]
    differing = sum(not row.alike for row in rows)
    return page.render(
        table=table, levels=tuple(Level), score=score, checked=checked, rules=len(rows), differing=differing
    )
