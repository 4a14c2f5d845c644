"""A folder with an adapter: what its adapter.toml says, and its environment, made once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from conformance.client.adapters.process import Program
from conformance.config.options import OptionError
from conformance.toml.schema import FORBID_UNKNOWN, Check, KeyPath, Problem, Words, read

FILE = "adapter.toml"
READY = ".ready"
SET_UP_WITHIN_S = 600.0


def _names_a_program(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words or not words[0].strip():
        raise ValueError("must name a program, and then its arguments, each a string of its own")
    return words


Command = Annotated[tuple[str, ...], Check(_names_a_program)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOutcome:
    """What is right to find of a client; only a calibration asks."""

    __pydantic_config__ = FORBID_UNKNOWN
    expect: Literal["conformant", "breaks", "error"] | None = None
    breaks: tuple[Words, ...] = ()
    """The rules that it breaks, the one it stands for first."""
    also_breaks: tuple[Words, ...] = ()
    """The rules that may fail, or stay open, because of that."""
    notes: str = ""
    waits_s: float = 0.0
    """How many seconds a calibration waits for it, about, if that is much: it begins first, beside the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterVariant(ExpectedOutcome):
    """A [[variant]]: one of several programs of a folder."""

    name: Words
    arguments: tuple[str, ...] = ()
    """Words behind the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFile(ExpectedOutcome):
    """What an adapter.toml says."""

    name: Words | None = None
    language: Words | None = None
    setup: tuple[Command, ...] = ()
    command: Command
    variant: tuple[AdapterVariant, ...] = ()

    def expectations(self) -> Iterable[tuple[KeyPath, ExpectedOutcome]]:
        """What is right to find of each program, and at which key that stands."""
        if self.variant:
            return tuple((("variant", number), one) for number, one in enumerate(self.variant))
        return (((), self),)


def contradictions(file: AdapterFile) -> Iterator[Problem]:
    """What is wrong with an adapter.toml whose types are right."""
    for path, one in file.expectations():
        if one.expect == "breaks" and not one.breaks:
            yield (*path, "breaks"), 'must name a rule, since expect is "breaks"'
        for key in ("breaks", "also_breaks"):
            if one.expect != "breaks" and getattr(one, key):
                yield (*path, key), 'is for expect = "breaks"; leave it out'
    if file.variant:
        for key in ("expect", "breaks", "also_breaks", "waits_s"):
            if getattr(file, key):
                yield (key,), "is each variant's own; leave it out"
    names: set[str] = set()
    for number, variant in enumerate(file.variant):
        if variant.name in names:
            yield ("variant", number, "name"), f'"{variant.name}" is given twice; each variant has a name of its own'
        names.add(variant.name)


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter, and how it is set up and started."""

    name: str
    folder: Path
    setup: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]


def load_adapter(where: str) -> Adapter:
    """Returns the adapter of a folder or of `FOLDER:VARIANT`; raises OptionError if it is missing or wrong."""
    named, _, variant = where.partition(":")
    folder = Path(named).absolute()
    file = read(AdapterFile, Path(named, FILE), OptionError, contradictions)
    name = file.name or folder.name
    if not file.variant and not variant:
        return Adapter(name, folder, file.setup, file.command)
    for one in file.variant:
        if one.name == variant:
            return Adapter(f"{name} ({variant})", folder, file.setup, file.command + one.arguments)
    raise OptionError(
        f"--adapter {where}: name one of its variants, such as {named}:{file.variant[0].name}"
        if file.variant
        else f"--adapter {where}: {Path(named, FILE)} has no variants"
    )


def prepared(adapter: Adapter) -> Program:
    """The adapter's program, its environment made if it is not there yet; raises OptionError if that fails."""
    env = environments() / f"{adapter.folder.name}-{_fingerprint(adapter)}"
    env.mkdir(parents=True, exist_ok=True)
    with _locked(env.with_suffix(".lock")):
        if not (env / READY).exists():
            for command in adapter.setup:
                _set_up(adapter, command, env)
            (env / READY).touch()
    words = tuple(word.replace("{env}", str(env)) for word in adapter.command)
    return Program(words, adapter.folder, {"ADAPTER_ENV": str(env)})


def environments() -> Path:
    """The folder of the adapters' environments: $SYNQ_ADAPTER_ENVS, or one in the user's cache."""
    named = os.environ.get("SYNQ_ADAPTER_ENVS")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(cache, "synq-conformance", "adapters")


def _fingerprint(adapter: Adapter) -> str:
    """Changes with all that the set-up depends on."""
    digest = sha256(repr((adapter.folder, adapter.setup)).encode())
    named = {word for command in adapter.setup for word in command if "{env}" not in word}
    for file in sorted(adapter.folder / word for word in named if (adapter.folder / word).is_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _set_up(adapter: Adapter, command: tuple[str, ...], env: Path) -> None:
    words = [word.replace("{env}", str(env)) for word in command]
    try:
        ended = subprocess.run(  # noqa: S603 - the adapter's own set-up is what is asked for
            words,
            cwd=adapter.folder,
            env={**os.environ, "ADAPTER_ENV": str(env)},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SET_UP_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OptionError(f"{adapter.name}: its set-up `{' '.join(command)}` failed: {error}") from error
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()[-400:]
        raise OptionError(f"{adapter.name}: its set-up `{' '.join(command)}` ended with {ended.returncode}: {said}")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """One process at a time: workers start together."""
    import fcntl  # late, to spare start-up

    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
