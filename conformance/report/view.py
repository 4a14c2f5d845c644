"""The report as every format reads it: by section, by outcome, with the contract's own words."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from conformance.contract import explain
from conformance.contract import rules as contract
from conformance.contract.rules import Level
from conformance.contract.versions import stated
from conformance.contract.words import plural
from conformance.http.identity import REQUEST_ID
from conformance.report import visible
from conformance.report.text import COMMAND_SHOWN, COPIED, Part, command, one_line, request_body, request_head, sentence
from conformance.results.data import INTERRUPTED, Finding, Outcome, Report, RuleResult, Run, Verdict
from conformance.results.policy import JUDGED

WEIGHT = (
    *(Outcome.FAILED, Outcome.FLAKY, Outcome.ERROR, Outcome.NOT_ASSESSED, Outcome.PARTLY_ASSESSED),
    *(Outcome.WAIVED, Outcome.PASSED),
)
"""What a reader has to see first."""

WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.FLAKY: "flaky",
    Outcome.PARTLY_ASSESSED: "partly assessed",
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


def report_title(rule: RuleResult) -> str:
    """The rule's sentence."""
    return rule.title or rule.id


def law(rule: RuleResult) -> contract.Rule | None:
    """The rule as a version of the contract has it that states it like this report; None if no version has its id."""
    return stated(rule.id, rule.title, rule.level)


def is_current(rule: contract.Rule) -> bool:
    """Whether the current contract has a rule of this id, so that the project's pages tell of it."""
    return any(one.id == rule.id for one in contract.load_contract().rules)


def by_outcome(report: Report, outcome: Outcome) -> tuple[RuleResult, ...]:
    """The rules of an outcome, heaviest level first."""
    found = [rule for rule in report.rules if rule.outcome is outcome]
    return tuple(sorted(found, key=_weight))


def broken(report: Report) -> tuple[RuleResult, ...]:
    """The rules of which a violation was seen, in one of several runs at least."""
    return (*by_outcome(report, Outcome.FAILED), *by_outcome(report, Outcome.FLAKY))


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


def rule_duration_s(rule: RuleResult) -> float:
    return sum(check.duration_s for check in rule.checks)


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


CAUSE_SHOWN = 600
"""Characters of why a run ended early."""
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
    """What to type to see the finding again: the request itself, and the rule if a request is not enough.

    It is not enough if the client sends it, if its token was forged and not kept, or if it is too long.
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


def headline(report: Report) -> str:
    """The verdict, and what it rests on: "Conformant as far as assessed: 41 of 53 required rules judged"."""
    return f"{TITLES[report.verdict]}: {judged_words(report)}"


def judged_words(report: Report) -> str:
    """How many required rules were judged in full, and by what: "41 of 53 required rules judged, with accounts"."""
    seen, total = report.judged[Level.REQUIRED]
    means = f", {report.tier.means}" if report.tier is not None and seen else ""
    return f"{seen} of {plural(total, 'required rule')} judged{means}"


def report_summary(report: Report) -> str:
    """What the verdict means, in a few sentences."""
    level = report.run.level
    here = [rule for rule in report.rules if level.includes(rule.level)]
    counted = Counter(rule.outcome for rule in here)
    scope = {Level.REQUIRED: "required ", Level.STANDARD: "required and standard "}.get(level, "")
    beyond = sum(rule.outcome is Outcome.FAILED for rule in report.rules if not level.includes(rule.level))
    further = f" Beyond that level {plural(beyond, 'rule')} {'is' if beyond == 1 else 'are'} broken." if beyond else ""
    rest = ", ".join(_besides(report, counted))
    return f"{_said(report, counted, len(here), scope)}{further}" + (f" {rest[0].upper()}{rest[1:]}." if rest else "")


def _said(report: Report, counted: Counter[Outcome], total: int, scope: str) -> str:
    """What the verdict says, in a sentence."""
    failed, errors, flaky = counted[Outcome.FAILED], counted[Outcome.ERROR], counted[Outcome.FLAKY]
    ended = sentence(one_line(report.run.cut_short or "", CAUSE_SHOWN))
    match report.verdict:
        case Verdict.NOT_CONFORMANT:
            said = f"{failed} of {plural(total, f'{scope}rule')} {'is' if failed == 1 else 'are'} broken."
            return f"{said} And the run ended early: {ended}" if ended else said
        case Verdict.NOT_ASSESSED if report.run.cut_short == INTERRUPTED:
            return "The run was interrupted, so it proves nothing."
        case Verdict.NOT_ASSESSED if ended:
            return f"The run ended early, so it proves nothing: {ended}"
        case Verdict.NOT_ASSESSED if errors:
            return f"The run broke down in {plural(errors, f'{scope}rule')}, so it proves nothing."
        case Verdict.NOT_ASSESSED if flaky:
            return f"Repeated runs disagree about {plural(flaky, f'{scope}rule')}, so they prove nothing."
        case Verdict.NOT_ASSESSED if any(rule.outcome in JUDGED for rule in report.rules):
            return "The request that every other rule rests on was not judged itself, so no result can be believed."
        case Verdict.NOT_ASSESSED:
            return f"No {scope or 'required '}rule could be judged{' in full' if _seen_in_part(report) else ''}."
        case Verdict.CONFORMANT:
            return f"Every {scope}rule was judged and holds."
        case Verdict.CONFORMANT_AS_ASSESSED:
            waived = ", or is waived" if counted[Outcome.WAIVED] else ""
            return f"Every {scope}rule that was judged holds{waived}."


def _seen_in_part(report: Report) -> bool:
    return any(rule.outcome is Outcome.PARTLY_ASSESSED for rule in report.rules)


def _besides(report: Report, counted: Counter[Outcome]) -> Iterator[str]:
    """What is not as it should be, in addition to what the verdict says."""
    unseen, partly, waived = counted[Outcome.NOT_ASSESSED], counted[Outcome.PARTLY_ASSESSED], counted[Outcome.WAIVED]
    if unseen:
        yield f"{plural(unseen, 'rule')} could not be assessed"
    if partly:
        yield f"{plural(partly, 'rule')} {'was' if partly == 1 else 'were'} assessed in part only"
    if waived:
        yield f"{plural(waived, 'failure')} {'is' if waived == 1 else 'are'} waived"
    if report.verdict is Verdict.NOT_CONFORMANT:
        if errors := counted[Outcome.ERROR]:
            yield f"{plural(errors, 'rule')} ended in an error"
        if flaky := counted[Outcome.FLAKY]:
            yield f"repeated runs disagree about {plural(flaky, 'rule')}"
    if report.complaints and report.verdict in (Verdict.CONFORMANT, Verdict.CONFORMANT_AS_ASSESSED):
        yield f"the run fails all the same, by {plural(len(report.complaints), 'complaint')}"
    if (left_out := report.contract.rules - len(report.rules)) > 0:
        yield f"{plural(left_out, 'rule')} {'was' if left_out == 1 else 'were'} not part of this run"


def missing(report: Report) -> tuple[tuple[str, tuple[RuleResult, ...]], ...]:
    """The rules that were not judged in full, by the reason; the reason that keeps most rules open comes first."""
    grouped: dict[str, list[RuleResult]] = {}
    for rule in (*by_outcome(report, Outcome.NOT_ASSESSED), *by_outcome(report, Outcome.PARTLY_ASSESSED)):
        grouped.setdefault(rule.reason or "no reason was recorded", []).append(rule)
    ordered = sorted(grouped.items(), key=lambda item: -len(item[1]))
    return tuple((reason, tuple(sorted(rules, key=_weight))) for reason, rules in ordered)


def _weight(rule: RuleResult) -> int:
    """The heaviest level first."""
    return tuple(Level).index(rule.level)


def in_part(rule: RuleResult) -> str:
    """Of a rule that was judged in part, how much is open: "13 of 100 cases not judged"; else nothing."""
    if rule.outcome is not Outcome.PARTLY_ASSESSED:
        return ""
    seen, left = cases(rule), sum(check.left for check in rule.checks)
    return f"{left:,} of {plural(seen + left, 'case')} not judged" if left else "judged in part"


def difference(exchange: dict[str, Any], control: dict[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """The request line by line, marked "+" if the accepted control lacks it, "-" if only the control has it.

    X-Request-ID is another in every request, so it is no difference.
    """
    beside = exchange if control is None else control
    compared, marks = _without_marks(request_head(exchange))
    head = _difference(compared, _without_marks(request_head(beside))[0])
    body = _difference([(line, "") for line in request_body(exchange)], [(line, "") for line in request_body(beside)])
    return (*head, *((" ", label + visible.value(value)) for label, value in marks), *body)


def _without_marks(head: list[Part]) -> tuple[list[Part], list[Part]]:
    """What tells requests apart, and the lines with the run's own marks."""
    marks = [part for part in head if part[0].lower() == f"{REQUEST_ID}: ".lower()]
    return [part for part in head if part not in marks], marks


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


def needs_of(rule: contract.Rule) -> str:
    """What has to be known of the target before the rule can be judged, a line for each."""
    return explain.needs_in_words(rule)


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


def spread_words(report: Report) -> tuple[Chart, ...]:
    """How generated inputs came out over their classes: a strategy that never made the odd ones proves little."""
    generated = report.run.generated.items()
    return tuple(Chart(f"Generated {name}", tuple(kinds.items())) for name, kinds in generated if kinds)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf
