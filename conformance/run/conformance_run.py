"""One conformance run as a process knows it: what is asked, of what, and what its cases come to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.declared import DEPTHS
from conformance.config.options import RunOptions
from conformance.contract.capabilities import supply
from conformance.contract.rules import Contract, Level
from conformance.evidence.judge import ForeignViolation, HarnessError, NotAssessed, Unmet, Violation, described
from conformance.evidence.recorder import Recorder
from conformance.evidence.regression_cases import FOUND, RegressionCase, dump_cases, read_cases
from conformance.evidence.reproduction import again
from conformance.results.aggregate import Case, Gap
from conformance.results.data import Finding, Outcome
from conformance.run.cases import case_name_of, gap_of, marks_of, outcome_of, reason_of, rule_id
from conformance.run.deadline import Deadline
from conformance.run.subject import SubjectUnderTest

_BEFORE: pytest.StashKey[int] = pytest.StashKey()
"""Exchanges of the process before the item."""
_BEGUN: pytest.StashKey[float] = pytest.StashKey()
"""When the item began, by time.perf_counter."""


class ConformanceRun:
    """What checks and fixtures ask of the run, in the process where they are judged."""

    def __init__(
        self,
        options: RunOptions,
        contract: Contract,
        subject: SubjectUnderTest,
        recorder: Recorder,
        deadline: Deadline | None = None,
    ) -> None:
        self.options, self.contract, self.subject, self.recorder = options, contract, subject, recorder
        self.deadline = deadline
        self.rules = {rule.id: rule for rule in contract.of(options.role)}
        self.selected = options.selected(contract)
        self.regression_cases = read_cases(options.cases) if options.cases is not None else ()
        self.stopped: str | None = None
        """Why nothing more can be judged in this process, once that is so."""
        self.found: list[str] = []
        """Generated requests that broke a rule, as regression cases in TOML."""
        self.unwritten: str | None = None
        """Why what is judged is not written down, if that is so."""
        self.counts_apart = False
        """Whether what this process sends is not counted with the others'."""
        self.enough: Path | None = None
        """The file that is there once a rule was broken and no more is asked for; None if all is asked for."""

    def stop(self, cause: str) -> None:
        """Nothing more can be judged: the run ends with this cause, whatever was found so far."""
        self.stopped = self.stopped or self.recorder.redactor.text(cause)

    def fail_fast(self, rule: str) -> None:
        """This rule was broken: end, if no more is asked for and the level of the run makes it fail by that."""
        if self.enough is not None and self.options.level.includes(self.rules[rule].level):
            self.enough.touch()
            self.stop(f"--fail-fast: ended once {rule} had failed; --resume judges the rest")

    def in_time(self) -> AbstractContextManager[None]:
        """A block that the deadline breaks off; it raises NotAssessed then, and nothing more is judged."""
        return nullcontext() if self.deadline is None else self.deadline.kept(self.stop)

    def is_over(self) -> bool:
        """Whether nothing more is to be judged: the deadline is reached, enough is known, or nothing can be kept."""
        if self.deadline is not None and self.deadline.reached:
            self.stop(self.deadline.cause)
            return True
        if self.enough is not None and self.enough.exists():
            return True
        return (self.unwritten or self.recorder.unwritten) is not None

    def keep(self, case: RegressionCase) -> None:
        """Keep a generated request that broke a rule, so that it can become a case of its own."""
        self.found.append(dump_cases([case]))

    def wants(self, item: pytest.Item) -> bool:
        """Whether the item's rule is selected and the depth reaches it; raises UsageError for an unknown rule."""
        rule = rule_id(item)
        if rule not in self.rules:
            raise pytest.UsageError(f"{item.nodeid}: names the rule {rule!r}, which the contract lacks")
        least = marks_of(item).depth
        deep_enough = least is None or DEPTHS.index(least) <= DEPTHS.index(self.options.depth)
        return rule in self.selected and deep_enough

    def begin(self, item: pytest.Item) -> None:
        """What is recorded from now on belongs to this item."""
        self.recorder.begin(rule_id(item), item.name)
        item.stash[_BEFORE] = self.recorder.exchanges
        item.stash[_BEGUN] = time.perf_counter()

    def require(self, item: pytest.Item, capabilities: frozenset[str]) -> None:
        """Raises Unmet, with what to supply, if the rule or the case needs more than these capabilities."""
        marks = marks_of(item)
        for needs in (self.rules[marks.rule].needs, marks.needs):
            if wanted := supply(needs, capabilities):
                raise Unmet(wanted)

    def cases_of(self, item: pytest.Item, error: BaseException | None) -> tuple[Case, ...]:
        """The case of this item; a service that died under it counts against the rule that forbids dying."""
        marks = marks_of(item)
        case = Case(
            rule=marks.rule,
            check=f"{Path(item.location[0]).stem}::{getattr(item, 'originalname', item.name)}",
            name=case_name_of(item),
            outcome=outcome_of(error),
            exchanges=self.recorder.exchanges - item.stash.get(_BEFORE, 0),
            reason=None if error is None else self.recorder.redactor.text(reason_of(error)),
            findings=self.findings(item, error),
            gap=gap_of(error),
            shows=marks.shows,
            means=marks.means,
            duration_s=round(time.perf_counter() - item.stash.get(_BEGUN, time.perf_counter()), 4),
            operation=marks.operation,
        )
        incidents = tuple(self._incidents(case))
        if isinstance(error, ForeignViolation) and error.rule != case.rule:
            unjudged = replace(case, outcome=Outcome.NOT_ASSESSED, gap=Gap.TROUBLE, findings=(), reason=error.unjudged)
            return unjudged, replace(case, rule=error.rule), *incidents
        return case, *incidents

    def _incidents(self, case: Case) -> Iterator[Case]:
        """What the case came upon in addition to its own matter, each a failed case of the rule that it breaks."""
        name = f"{case.check.partition('::')[2]}[{case.name}]" if case.name else case.check.partition("::")[2]
        for rule, finding in self.recorder.take_incidents():
            redacted = self.recorder.finding(replace(finding, case=name))
            yield Case(rule, f"every-answer::{rule}", name, Outcome.FAILED, 0, redacted.summary, (redacted,))

    def findings(self, item: pytest.Item, error: BaseException | None) -> tuple[Finding, ...]:
        """What the error found, redacted, each with the name of its case."""
        if not isinstance(error, Violation):
            return ()
        name = case_name_of(item) or None
        return tuple(self.recorder.finding(replace(one, case=one.case or name)) for one in error.findings)

    def again(self, item: pytest.Item, *, saved: RegressionCase | None = None, also: str | None = None) -> str:
        """The shell line that judges the item's case once more, or the request of it that was saved.

        It answers for the rule of the item, and for one more if the case broke that as well.
        """
        options, rule = self.options, self.rules[rule_id(item)]
        cases = options.cases
        if saved is not None and options.report_dir is not None:
            cases = options.report_dir / FOUND
        given = {
            "--level": rule.level if rule.level is not Level.REQUIRED else None,
            "--depth": options.depth if options.depth != "standard" else None,
            "--seed": options.seed or None,
            "--cases": cases,
        }
        words = [str(word) for option, value in given.items() if value is not None for word in (option, value)]
        check = item.name if saved is None or cases is None else saved.name
        rules = dict.fromkeys(one for one in (rule.id, also) if one is not None)
        return again(self.named_by, tuple(rules), check, report_dir=options.report_dir, options=words)

    @property
    def named_by(self) -> list[str]:
        """The words that name the subject, without secrets."""
        return [self.recorder.redactor.option(word) for word in self.subject.named_by]

    def told(self, item: pytest.Item, error: BaseException) -> str | None:
        """What to say of an item that did not pass, redacted; None if pytest's own words are to be kept."""
        if isinstance(error, NotAssessed):
            return self.recorder.redactor.text(f"not assessed: {error}")
        if found := [described(one) for one in self.findings(item, error)]:
            return "\n\n".join(found)
        return self.recorder.redactor.text(str(error)) if isinstance(error, HarnessError) else None


RUN: pytest.StashKey[ConformanceRun] = pytest.StashKey()
"""The run of this process, in the stash of pytest's Config."""
