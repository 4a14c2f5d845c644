"""Sources of a profile's strings: an environment variable, a file, or a command's output."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Any

from conformance.toml.schema import dotted

COMMAND_TIMEOUT_S = 30.0
FORMS = '{env = "NAME"}, {file = "path"} or {command = "…"}'


class SourceError(ValueError):
    """A string could not be had from the source that the profile names."""


def resolve(value: object, folder: Path, environ: Mapping[str, str]) -> object:
    """Returns the string that the value stands for, or the value itself if it names no source.

    Files are looked for, and commands run, in `folder`. Raises SourceError, which says why there is no string.
    """
    if not isinstance(value, Mapping) or not value or not set(value) <= set(_READERS):
        return value
    (kind, name), *more = value.items()
    if more or not isinstance(name, str) or not name:
        raise SourceError(f"must be a string, or one of {FORMS}")
    return _READERS[kind](name, folder, environ)


def resolved_in(
    data: Mapping[str, object], folder: Path, environ: Mapping[str, str], problems: dict[str, str]
) -> dict[str, Any]:
    """A profile's data with every source replaced by its string; what has none becomes a problem and None."""

    def walk(value: object, *path: str | int) -> object:
        if isinstance(value, date | time):
            problems[dotted(path)] = "must not be a date; write it as a string"
            return None
        try:
            value = resolve(value, folder, environ) if len(path) > 1 and not _is_sent(path) else value
        except SourceError as error:
            problems[dotted(path)] = str(error)
            return None
        match value:
            case Mapping():
                return {name: walk(each, *path, name) for name, each in value.items()}
            case list():
                return [walk(each, *path, number) for number, each in enumerate(value)]
        return value

    return {name: walk(value, name) for name, value in data.items()}


def _is_sent(path: tuple[str | int, ...]) -> bool:
    """Whether a value at this path is a body to send, which may look like a source and is none."""
    near_password = (path[:2], path[3:4]) == (("inputs", "near_password"), ("value",))
    return near_password or path[:3] == ("probe", "write", "json") or (path[0], path[2:3]) == ("operation", ("body",))


def _variable(name: str, _folder: Path, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "")
    if not value:
        state = "empty" if name in environ else "not set"
        raise SourceError(f"the environment variable {name} is {state}; export it, or leave the key out")
    return _text(value.encode("utf-8", "surrogateescape"), f"the environment variable {name}")


def _file(name: str, folder: Path, _environ: Mapping[str, str]) -> str:
    path = folder / Path(name).expanduser()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"the file {path} cannot be read: {error.strerror}") from error
    return _text(content, f"the file {path}")


def _command(command: str, folder: Path, environ: Mapping[str, str]) -> str:
    with subprocess.Popen(  # noqa: S602 - the profile's author asks for the shell, as in a Makefile
        command,
        shell=True,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            output, complaint = process.communicate(timeout=COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"the command gave no answer within {COMMAND_TIMEOUT_S:g} s") from error
        finally:
            # The command's group: what it started itself must not outlive it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        raise SourceError(f"the command exited with {process.returncode}" + (f": {last}" if last else ""))
    return _text(output, "the command's output").strip()


def _text(content: bytes, what: str) -> str:
    try:
        text = content.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise SourceError(f"{what} is not UTF-8 text") from error
    if not text.strip():
        raise SourceError(f"{what} is empty")
    return text


_READERS: dict[str, Callable[[str, Path, Mapping[str, str]], str]] = {
    "env": _variable,
    "file": _file,
    "command": _command,
}
