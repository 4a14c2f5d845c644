"""The report as every format reads it: by section, by outcome, with the contract's own words beside it."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from conformance import contract, explain, results
from conformance.contract import Level
from conformance.report import visible
from conformance.report.text import COMMAND_SHOWN, COPIED, Part, command, one_line, request_body, request_head
from conformance.results import Finding, Outcome, Report, RuleResult, Run, Verdict

WEIGHT = (Outcome.FAILED, Outcome.ERROR, Outcome.NOT_ASSESSED, Outcome.WAIVED, Outcome.PASSED)
"""What a reader has to see first."""

WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.NOT_ASSESSED: "not assessed",
    Outcome.WAIVED: "waived",
    Outcome.ERROR: "error",
}

TITLES = {
    Verdict.CONFORMANT: "Conformant",
    Verdict.CONFORMANT_AS_ASSESSED: "Conformant as far as assessed",
    Verdict.NOT_CONFORMANT: "Not conformant",
    Verdict.NOT_ASSESSED: "Not assessed",
}


def title(rule: RuleResult) -> str:
    """The rule's sentence."""
    return rule.title or rule.id


def law(rule: RuleResult) -> contract.Rule | None:
    """The rule as this version's contract states it; None for a rule of another version."""
    try:
        return contract.load().rule(rule.id)
    except KeyError:
        return None


def by_outcome(report: Report, outcome: Outcome) -> tuple[RuleResult, ...]:
    """The rules of an outcome, heaviest level first."""
    found = [rule for rule in report.rules if rule.outcome is outcome]
    return tuple(sorted(found, key=lambda rule: tuple(Level).index(rule.level)))


def sections(report: Report) -> tuple[tuple[str, tuple[RuleResult, ...]], ...]:
    """The rules by the title of their section, in the report's order."""
    grouped: dict[str, list[RuleResult]] = {}
    for rule in report.rules:
        grouped.setdefault(rule.section, []).append(rule)
    return tuple((name, tuple(rules)) for name, rules in grouped.items())


def counts(rules: tuple[RuleResult, ...]) -> tuple[tuple[Outcome, int], ...]:
    """How many rules came out how, in the order of WEIGHT, without the zeros."""
    counted = Counter(rule.outcome for rule in rules)
    return tuple((outcome, counted[outcome]) for outcome in WEIGHT if counted[outcome])


def cases(rule: RuleResult) -> int:
    return sum(check.cases for check in rule.checks)


def exchanges(rule: RuleResult) -> int:
    return sum(check.exchanges for check in rule.checks)


def waivers(report: Report) -> tuple[tuple[RuleResult, str, dict[str, Any]], ...]:
    """Every waiver that covers something: the rule, what of it is waived in words, the waiver."""
    whole = ((rule, rule.id, rule.waiver) for rule in report.rules if rule.waiver)
    single = (
        (rule, f"{rule.id} ({check.id})", check.waiver)
        for rule in report.rules
        for check in rule.checks
        if check.waiver and not rule.waiver
    )
    return (*whole, *single)


def waivers_of(rule: RuleResult) -> tuple[dict[str, Any], ...]:
    """The waivers that cover something of this rule."""
    single = tuple(check.waiver for check in rule.checks if check.waiver)
    return (rule.waiver,) if rule.waiver else single


def waiver_of(rule: RuleResult, finding: Finding) -> dict[str, Any] | None:
    """The waiver that covers this finding: that of the whole rule, or that of its check."""
    checks = {check.id: check.waiver for check in rule.checks}
    return rule.waiver or (checks.get(finding.check) if finding.check else None)


def waiver_line(waiver: dict[str, Any]) -> str:
    """A waiver in one line: reason, ticket, date."""
    reason, ticket, until = (one_line(waiver.get(key, "")) for key in ("reason", "ticket", "until"))
    return f"{reason} ({ticket}, until {until})"


def plural(number: int, noun: str, many: str | None = None) -> str:
    """A number and its noun: 1 rule, 2 rules, 1,000 rules."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


STAND_IN = "[token "
"""How a token that the run made, and did not keep, begins in a command."""


def alone(run: Run, rule: RuleResult) -> str:
    """The command that checks this rule alone, of the same subject, with the same seed."""
    words = ["synq-conformance", str(rule.role), *map(one_line, run.named_by), "--rule", one_line(rule.id)]
    words += ["--level", str(rule.level), "--seed", str(run.seed)]
    words += [] if run.depth == "standard" else ["--depth", one_line(run.depth)]
    return shlex.join(words)


def findings(rule: RuleResult) -> tuple[Finding, ...]:
    """The findings as a reader wants them: those of a case with a name first, and of these the shortest."""
    return tuple(sorted(rule.findings, key=lambda finding: (finding.case is None, _length(finding))))


def _length(finding: Finding) -> int:
    head, body = request_head(finding.exchange), request_body(finding.exchange)
    return len(finding.case or "") + sum(map(len, body)) + sum(len(label) + len(value) for label, value in head)


PRINTED = 1000
"""Characters of a command that a terminal or a summary shows: more is a wall, and the page has it to copy."""


def commands(run: Run, rule: RuleResult, finding: Finding, limit: int = COMMAND_SHOWN) -> tuple[str, ...]:
    """What to type to see the finding again: the request itself, and the rule where a request is not enough.

    It is not where the client sends it, where its token was forged and not kept, and where it is too long.
    """
    if finding.curl is None:
        return (alone(run, rule),)
    sent = command(finding.curl, limit)
    return (sent, alone(run, rule)) if STAND_IN in sent or sent.startswith("#") else (sent,)


def script(run: Run, rule: RuleResult, finding: Finding, limit: int = COMMAND_SHOWN) -> str:
    """The same as lines of a shell, with a word on why there are two."""
    lines = commands(run, rule, finding, limit)
    return f"\n{NOT_KEPT}\n".join(lines) if STAND_IN in lines[0] else "\n".join(lines)


NOT_KEPT = "# [token …] was made by the run and not kept; this makes it again:"


def summary(report: Report) -> str:
    """What the verdict means, in a few sentences."""
    level = report.run.level
    here = [rule for rule in report.rules if level.includes(rule.level)]
    failed = sum(rule.outcome is Outcome.FAILED for rule in here)
    waived = sum(rule.outcome is Outcome.WAIVED for rule in here)
    errors = sum(rule.outcome is Outcome.ERROR for rule in here)
    unseen = sum(rule.outcome is Outcome.NOT_ASSESSED for rule in here)
    scope = {Level.REQUIRED: "required ", Level.STANDARD: "required and standard "}.get(level, "")
    beyond = sum(rule.outcome is Outcome.FAILED for rule in report.rules if not level.includes(rule.level))
    match report.verdict:
        case Verdict.NOT_CONFORMANT:
            said = f"{failed} of {plural(len(here), f'{scope}rule')} {'is' if failed == 1 else 'are'} broken."
        case Verdict.NOT_ASSESSED if results.INTERRUPTED in report.run.notes:
            said = "The run was interrupted, so it vouches for nothing."
        case Verdict.NOT_ASSESSED if errors:
            said = f"The run broke down in {plural(errors, f'{scope}rule')}, so it vouches for nothing."
        case Verdict.NOT_ASSESSED:
            said = "No required rule could be judged."
        case Verdict.CONFORMANT:
            said = f"Every {scope}rule was judged and holds."
        case Verdict.CONFORMANT_AS_ASSESSED:
            said = f"Every {scope}rule that was judged holds{', or is waived' if waived else ''}."
    left_out = report.contract.rules - len(report.rules)
    further = f" Beyond that level {plural(beyond, 'rule')} {'is' if beyond == 1 else 'are'} broken." if beyond else ""
    extra = [
        f"{plural(unseen, 'rule')} could not be assessed" if unseen else "",
        f"{plural(waived, 'failure')} {'is' if waived == 1 else 'are'} waived" if waived else "",
        f"{plural(errors, 'rule')} ended in an error" if errors and report.verdict is Verdict.NOT_CONFORMANT else "",
        f"{plural(left_out, 'rule')} {'was' if left_out == 1 else 'were'} not part of this run" if left_out > 0 else "",
    ]
    rest = ", ".join(item for item in extra if item)
    return f"{said}{further} {rest[0].upper()}{rest[1:]}." if rest else f"{said}{further}"


def missing(report: Report) -> tuple[tuple[str, tuple[RuleResult, ...]], ...]:
    """The rules that were not assessed by what stood in the way, the reason that opens most first."""
    grouped: dict[str, list[RuleResult]] = {}
    for rule in by_outcome(report, Outcome.NOT_ASSESSED):
        grouped.setdefault(rule.reason or "no reason was recorded", []).append(rule)
    ordered = sorted(grouped.items(), key=lambda item: -len(item[1]))
    return tuple((reason, tuple(rules)) for reason, rules in ordered)


def difference(exchange: dict[str, Any], control: dict[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """The request line by line, marked "+" where the accepted control has it not, "-" where it alone has it."""
    beside = exchange if control is None else control
    head = _difference(request_head(exchange), request_head(beside))
    body = _difference([(line, "") for line in request_body(exchange)], [(line, "") for line in request_body(beside)])
    return (*head, *body)


def _difference(here: list[Part], there: list[Part]) -> Iterator[tuple[str, str]]:
    for kind, i, j, k, m in SequenceMatcher(None, there, here, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from ((" ", label + visible.value(value)) for label, value in here[k:m])
        else:
            yield from (("-", _apart(part, here[k:m])) for part in there[i:j])
            yield from (("+", _apart(part, there[i:j])) for part in here[k:m])


def _apart(part: Part, others: list[Part]) -> str:
    """The line, cut so that its difference from the one of the same name on the other side is seen."""
    label, value = part
    beside = (other for name, other in others if name.lower() == label.lower())
    return label + visible.apart(value[:COPIED], next(beside, value)[:COPIED])[0]


def needs(rule: contract.Rule) -> str:
    """What has to be known of the target before the rule can be judged, a line for each."""
    return explain.needs(rule)


@dataclass(frozen=True, slots=True)
class Chart:
    """Counts by label, for a bar each."""

    title: str
    bars: tuple[tuple[str, int], ...]

    @property
    def most(self) -> int:
        return max(count for _, count in self.bars)

    @property
    def room(self) -> int:
        """For the labels, in units of the drawing, of which there are 400."""
        return min(260, max(90, 14 + 7 * max(len(label) for label, _ in self.bars)))


def charts(report: Report) -> tuple[Chart, ...]:
    """How the target answered, and how fast."""
    statuses = tuple(sorted(report.run.statuses.items()))
    bounds = sorted(report.run.latencies_ms.items(), key=lambda item: _bound(item[0]))
    latencies = tuple((f"≤ {bound} ms" if _bound(bound) < math.inf else "slower", count) for bound, count in bounds)
    both = (Chart("Answers by status", statuses), Chart("Exchanges by duration", latencies))
    return tuple(chart for chart in both if chart.bars)


def spread(report: Report) -> tuple[Chart, ...]:
    """How generated inputs came out over their classes: a strategy that never made the odd ones proves little."""
    generated = report.run.generated.items()
    return tuple(Chart(f"Generated {name}", tuple(kinds.items())) for name, kinds in generated if kinds)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf
