"""Files that are there whole or not at all, and what a disk without room is told from."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A full disk, a spent quota, and the greatest size that a file may have."""
JOURNAL = "journal.jsonl"
"""The file in the report folder that has a line for the run, and one for each case that was judged."""
PROFILE = "profile.json"
"""The file in the report folder that has what was known of a server, without its secrets."""
PART = ".part"
"""Ends the name of a file that is being written; it begins with a dot."""


def write_whole(path: Path, text: str) -> None:
    """Write the file in UTF-8, so that a reader finds the old one or the new one, and never half of it.

    Raises OSError, with the file's name, if that cannot be done; the old file is as it was then.
    """
    target = path.resolve()  # a link is written through
    if target.exists() and not target.is_file():
        target.write_text(text, "utf-8", newline="\n")  # such as /dev/stdout, which nothing can take the place of
        return
    part = target.with_name(f".{target.name}.{os.getpid()}{PART}")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise error_at(error, path) from error


def whole_lines(lines: Iterable[str]) -> Iterator[str]:
    """The lines of JSON Lines, each with its end; a last one that its writer did not bring to an end is left out."""
    for line in lines:
        if line.endswith("\n"):
            yield line
        elif _is_json(line):
            yield f"{line}\n"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def error_at(error: OSError, path: Path) -> OSError:
    """The same error with the name of the file: the operating system leaves it out if it was open already."""
    return OSError(error.errno, error.strerror or str(error), str(path))


def has_no_room(error: BaseException | None) -> bool:
    """Whether it says that there is no room left to write to."""
    return isinstance(error, OSError) and error.errno in NO_ROOM


def not_written(error: OSError) -> str:
    """In a line, what cannot be written, and why."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}cannot be written: {error.strerror or error}"
