"""The lock of a report folder: one run at a time writes to it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from conformance.evidence.files import error_at

LOCK = ".lock"
"""The file that is locked. It stays; what counts is the lock, which ends with its process, however that ends."""


class FolderInUse(Exception):
    """Another process writes to the folder; the message says which, and what to do."""


def lock(folder: Path) -> IO[str]:
    """Make the folder if it is missing, and hold it until what is returned is closed, or the process ends.

    Raises FolderInUse if another process holds it, OSError if it cannot be made or locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / LOCK).open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.truncate(0)
        file.write(f"{os.getpid()} {datetime.now(UTC).isoformat(' ', 'seconds')}\n")
        file.flush()
    except BlockingIOError:
        file.seek(0)
        pid, _, since = file.read().strip().partition(" ")
        file.close()
        which = f" (process {pid}, since {since})" if since else ""
        raise FolderInUse(
            f"{folder}: another run writes to it{which}; wait for its end, or name another folder"
        ) from None
    except OSError as error:
        with suppress(OSError):  # it holds still what could not be written
            file.close()
        raise error_at(error, folder / LOCK) from error
    return file
