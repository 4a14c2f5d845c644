"""The adapters that the suite is proved with, and what is right to find of each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "adapter.toml"
ANY = "*"


@dataclass(frozen=True, slots=True)
class Subject:
    """An adapter, or a variant of one."""

    name: str
    """FOLDER, or FOLDER:VARIANT."""
    where: str
    """What --adapter takes."""
    language: str
    expect: str
    """conformant, breaks or error."""
    breaks: tuple[str, ...]
    """The rules that must fail, the declared one first."""
    consequences: tuple[str, ...]
    """Rules that may fail, or be left open, because of that."""
    notes: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a run of the suite came to."""

    exit_code: int | None
    """None where it did not end in time."""
    seconds: float
    rules: dict[str, dict[str, Any]]
    """Rule id -> its entry in report.json; empty without a report."""
    said: str
    """The end of what was printed."""
    clock: str | None = None

    def having(self, outcome: str, level: str | None = None) -> tuple[str, ...]:
        """Ids of the rules with this outcome, of one level or of all."""
        return tuple(
            rule_id
            for rule_id, rule in self.rules.items()
            if rule["outcome"] == outcome and level in (None, rule["level"])
        )


def load(folder: Path) -> tuple[Subject, ...]:
    """Every adapter below this folder."""
    return tuple(subject for file in sorted(folder.glob(f"*/{FILE}")) for subject in _subjects(file))


def _subjects(file: Path) -> Iterator[Subject]:
    data = tomllib.loads(file.read_text("utf-8"))
    folder = file.parent
    for variant in data.get("variant", [data]):
        suffix = f":{variant['name']}" if "variant" in data else ""
        yield Subject(
            name=f"{folder.name}{suffix}",
            where=f"{folder}{suffix}",
            language=data["language"],
            expect=variant["expect"],
            breaks=tuple(variant.get("breaks", ())),
            consequences=tuple(variant.get("consequences", ())),
            notes=variant.get("notes", ""),
        )


def differences(subject: Subject, found: Found) -> tuple[str, ...]:
    """How what was found differs from what is right, in words."""
    if found.exit_code is None:
        return (f"did not end within {found.seconds:.0f} s",)
    if not found.rules:
        return (f"exit {found.exit_code} and no report: {found.said}",)
    judges = {"conformant": _conformant, "breaks": _breaks, "error": _error}
    return tuple(judges[subject.expect](subject, found))


def _conformant(_subject: Subject, found: Found) -> Iterator[str]:
    yield from _exit(found, 0)
    for outcome in ("failed", "error"):
        yield from _listed(outcome, found.having(outcome))
    yield from _listed("required and not assessed", found.having("not-assessed", "required"))


def _breaks(subject: Subject, found: Found) -> Iterator[str]:
    yield from _exit(found, 1)
    failed = found.having("failed")
    yield from _listed("not caught by", [rule for rule in subject.breaks if rule not in failed])
    yield from _listed("error", found.having("error"))
    if ANY in subject.consequences:
        return
    declared = {*subject.breaks, *subject.consequences}
    yield from _listed("failed besides", [rule for rule in failed if rule not in declared])
    open_rules = found.having("not-assessed", "required")
    yield from _listed("not assessed besides", [rule for rule in open_rules if rule not in declared])


def _error(_subject: Subject, found: Found) -> Iterator[str]:
    yield from _exit(found, 3)
    yield from _listed("passed", found.having("passed"))
    yield from _listed("failed", found.having("failed"))


def _exit(found: Found, right: int) -> Iterator[str]:
    if found.exit_code != right:
        yield f"exit {found.exit_code} instead of {right}"


def _listed(what: str, rules: object) -> Iterator[str]:
    names = list(rules) if isinstance(rules, list | tuple) else []
    if names:
        yield f"{what}: {', '.join(names)}"
