"""A folder with an adapter: what its adapter.toml says, and its environment, made once."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance.client.adapters.process import Program
from conformance.config.options import OptionError

FILE = "adapter.toml"
READY = ".ready"
SET_UP_WITHIN_S = 600.0


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter, and how it is set up and started."""

    name: str
    folder: Path
    setup: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]


def load_adapter(where: str) -> Adapter:
    """The adapter of a folder, or of `FOLDER:VARIANT`; SettingsError where that is none."""
    folder, _, variant = where.partition(":")
    file = Path(folder) / FILE
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise OptionError(f"--adapter {where}: {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise OptionError(f"--adapter {where}: {file}: {error}") from error
    commands = data.get("setup", [])
    if not isinstance(commands, list):
        raise OptionError(f"{file}: setup: expected a list of commands, not {commands!r}")
    setup = tuple(_words(command, f"{file}: setup") for command in commands)
    command, name = _words(data.get("command"), f"{file}: command"), str(data.get("name", Path(folder).name))
    variants = _variants(data.get("variant", []), file)
    if not variants and not variant:
        return Adapter(name, Path(folder).absolute(), setup, command)
    if variant not in variants:
        raise OptionError(
            f"--adapter {where}: name one of its variants, such as {folder}:{next(iter(variants))}"
            if variants
            else f"--adapter {where}: {file} has no variants"
        )
    arguments = _words(variants[variant].get("arguments", []), f"{file}: arguments of {variant}")
    return Adapter(f"{name} ({variant})", Path(folder).absolute(), setup, command + arguments)


def _variants(value: Any, file: Path) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - whatever the file has there
    tables = isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if not tables or not all(isinstance(one.get("name"), str) for one in value):
        raise OptionError(f"{file}: variant: expected tables [[variant]], each with a name")
    return {entry["name"]: entry for entry in value}


def _words(value: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401 - whatever the file has there
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise OptionError(f"{where}: expected a list of strings, not {value!r}")
    return tuple(value)


def prepared(adapter: Adapter) -> Program:
    """The adapter's program, its environment made where it is not there yet; SettingsError where that fails."""
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
    """Where the environments of adapters are kept: $SYNQ_ADAPTER_ENVS, or a folder in the user's cache."""
    named = os.environ.get("SYNQ_ADAPTER_ENVS")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(cache, "synq-conformance", "adapters")


def _fingerprint(adapter: Adapter) -> str:
    """Changes with whatever the set-up depends on."""
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
    import fcntl

    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
