"""The clients that a calibration judges: the adapters of a folder, and what is right to find of each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from conformance.calibrate.matrix import Trial, in_words, misses
from conformance.calibrate.subjects import HONEST_SEEDS, CalibrationSubject, Kind, UnknownSubject
from conformance.contract.rules import Level, Rule
from conformance.results.data import Outcome

FILE = "adapter.toml"
FOLDER = Path("fixtures", "adapters")
"""Where a checkout keeps them; they are not in the wheel."""
FAULTY = "faulty"
"""The folder whose variants have one fault each."""


def client_subjects(
    folder: Path, faults: Sequence[str] = (), only: Sequence[str] = ()
) -> tuple[CalibrationSubject, ...]:
    """The adapters of a folder; of these faults, or of names that match one of these patterns, where any are given.

    UnknownSubject where there are none.
    """
    every = tuple(subject for file in sorted(folder.glob(f"*/{FILE}")) for subject in _of(file))
    if not every:
        raise UnknownSubject(
            f"{folder} has no adapters: run this in a checkout, or name one's fixtures/adapters with --adapters"
        )
    patterns = [*(f"{FAULTY}:{name}" for name in faults), *only]
    for pattern in patterns:
        if not any(_is(one, pattern) for one in every):
            raise UnknownSubject(f"no adapter in {folder} is called {pattern}")
    chosen = [one for one in every if not patterns or any(_is(one, pattern) for pattern in patterns)]
    # What takes longest goes first, so that no worker is left alone with it in the end.
    return tuple(sorted(chosen, key=lambda one: one.name.startswith(FAULTY)))


def _is(subject: CalibrationSubject, pattern: str) -> bool:
    return fnmatch(Path(subject.where).name, pattern)


def _of(file: Path) -> Iterator[CalibrationSubject]:
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise UnknownSubject(f"{file}: {error}") from error
    folder = file.parent
    for variant in data.get("variant", [data]):
        suffix = f":{variant['name']}" if "variant" in data else ""
        kind = _kind(variant.get("expect"), file)
        for seed in HONEST_SEEDS if kind is Kind.HONEST and folder.name == FAULTY else HONEST_SEEDS[:1]:
            yield CalibrationSubject(
                name=f"{folder.name}{suffix}" + (f" (seed {seed})" if seed else ""),
                kind=kind,
                declared=tuple(variant.get("breaks", ())),
                also_breaks=tuple(variant.get("also_breaks", ())),
                seed=seed,
                where=f"{folder}{suffix}",
                doc=variant.get("notes", ""),
            )


def _kind(expect: str | None, file: Path) -> Kind:
    match expect:
        case "conformant":
            return Kind.HONEST
        case "error":
            return Kind.NULL
        case "breaks":
            return Kind.FAULT if file.parent.name == FAULTY else Kind.LIBRARY
        case _:
            raise UnknownSubject(f'{file}: expect is "conformant", "breaks" or "error", not {expect!r}')


def problems_of_client(trial: Trial, rules: Iterable[Rule]) -> tuple[str, ...]:
    """How what was found of a client differs from what is right, in words."""
    required = [rule.id for rule in rules if rule.level is Level.REQUIRED]
    if trial.subject.kind is Kind.NULL:
        return tuple(
            f"{rule} is {outcome}, though there is no client"
            for rule, outcome in trial.outcomes.items()
            if outcome is not Outcome.NOT_ASSESSED
        )
    open_ones = [
        f"{rule} is {in_words(trial.outcomes[rule])}: {trial.reasons.get(rule)}"
        for rule in trial.open
        if rule in required and not trial.subject.allows(rule)
    ]
    errors = [f"{rule} ended in an error: {trial.reasons.get(rule)}" for rule in trial.having(Outcome.ERROR)]
    return (*errors, *misses(trial), *open_ones)
