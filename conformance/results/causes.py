"""Failed rules under the one likely cause that they have in common. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.results.policy import Outcome


class HasCause(Protocol):
    """A finding."""

    @property
    def cause(self) -> str | None: ...


class HasFindings(Protocol):
    """A rule with its findings."""

    @property
    def id(self) -> str: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def findings(self) -> Sequence[HasCause]: ...


@dataclass(frozen=True, slots=True)
class Cause:
    """What is likely to be behind the failures of these rules."""

    cause: str
    """In a sentence."""
    rules: tuple[str, ...]
    """The rules of which it explains every finding: they are likely to hold once it is mended."""
    in_part: tuple[str, ...] = ()
    """The rules of which it explains some findings, and others have another cause or none that is known."""


def causes(rules: Iterable[HasFindings]) -> tuple[Cause, ...]:
    """The likely causes of what failed, first the one that explains most rules."""
    whole: dict[str, list[str]] = {}
    in_part: dict[str, list[str]] = {}
    for rule in rules:
        if rule.outcome in (Outcome.FAILED, Outcome.FLAKY):
            for cause, explains_all in _of(rule):
                (whole if explains_all else in_part).setdefault(cause, []).append(rule.id)
    named = dict.fromkeys((*whole, *in_part))
    found = (Cause(one, tuple(whole.get(one, ())), tuple(in_part.get(one, ()))) for one in named)
    return tuple(sorted(found, key=lambda one: (-len(one.rules), -len(one.in_part))))


def _of(rule: HasFindings) -> Iterator[tuple[str, bool]]:
    """The causes of the rule's findings, each with whether it explains all of them."""
    counted = Counter(finding.cause for finding in rule.findings)
    for cause in counted:
        if cause is not None:
            yield cause, len(counted) == 1
