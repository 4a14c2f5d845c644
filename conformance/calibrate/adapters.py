"""The clients that a calibration judges: the adapters of a folder, and what is right to find of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from conformance.calibrate.matrix import Trial, in_words, misses
from conformance.calibrate.subjects import ANY, REFERENCE_SEEDS, CalibrationSubject, Kind, UnknownSubject
from conformance.client.adapters.adapter import FILE, AdapterFile, AdapterVariant, contradictions
from conformance.contract.rules import Level, Role, Rule, load_contract
from conformance.results.data import Outcome
from conformance.toml.schema import Problem, meant, read

FOLDER = Path("fixtures", "adapters")
"""Their folder in a checkout; they are not in the wheel."""
FAULTY = "faulty"
"""The folder whose variants have one fault each."""
KINDS: Mapping[str | None, Kind] = {"conformant": Kind.REFERENCE, "breaks": Kind.LIBRARY, "error": Kind.DEGENERATE}
"""What each `expect` makes of a client."""


def client_subjects(
    folder: Path, faults: Sequence[str] = (), only: Sequence[str] = ()
) -> tuple[CalibrationSubject, ...]:
    """The adapters of a folder; of these faults, or of names that match one of these patterns, if any are given.

    Raises UnknownSubject if there are none, or if an adapter.toml is wrong or does not say what is right to find.
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
    folder, adapter = file.parent, read(AdapterFile, file, UnknownSubject, _unfit)
    for _, one in adapter.expectations():
        suffix = f":{one.name}" if isinstance(one, AdapterVariant) else ""
        kind = KINDS[one.expect]
        if kind is Kind.LIBRARY and folder.name == FAULTY:
            kind = Kind.FAULT
        for seed in REFERENCE_SEEDS if kind is Kind.REFERENCE and folder.name == FAULTY else REFERENCE_SEEDS[:1]:
            yield CalibrationSubject(
                name=f"{folder.name}{suffix}" + (f" (seed {seed})" if seed else ""),
                kind=kind,
                declared=one.breaks,
                also_breaks=one.also_breaks,
                seed=seed,
                where=f"{folder}{suffix}",
                doc=one.notes,
                waits_s=one.waits_s,
            )


def _unfit(file: AdapterFile) -> Iterator[Problem]:
    """Why clients that could be run cannot be calibrated."""
    yield from contradictions(file)
    known = {rule.id for rule in load_contract().of(Role.CLIENT)}
    for path, one in file.expectations():
        if one.expect is None:
            yield (*path, "expect"), "is missing and must be given for a calibration"
        for key, rules in {"breaks": known, "also_breaks": known | {ANY}}.items():
            for number, rule in enumerate(getattr(one, key)):
                if rule not in rules:
                    hint = meant(rule, known, "; see `synq-conformance list --role client`")
                    yield (*path, key, number), f'there is no client rule "{rule}"{hint}'


def problems_of_client(trial: Trial, rules: Iterable[Rule]) -> tuple[str, ...]:
    """The differences between what was found of a client and what is right, in words."""
    required = [rule.id for rule in rules if rule.level is Level.REQUIRED]
    if trial.subject.kind is Kind.DEGENERATE:
        return tuple(
            f"{rule} is {outcome} although there is no client"
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
