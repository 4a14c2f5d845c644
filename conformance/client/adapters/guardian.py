"""Ends adapters whose suite was killed: a process of its own, which is told of each and waits for the suite's end.

An adapter that keeps the protocol ends with its standard input. One that hangs, or has children of its own, does not.
Run as a program it reads a line for each process group that begins (`+123`) or has ended (`-123`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import IO

_starting = threading.Lock()


class Guardian:
    """The guardian of this process's adapters, started with the first of them."""

    def __init__(self) -> None:
        self._lines: IO[bytes] | None = None

    def begun(self, group: int) -> None:
        """From now on this process group ends with this process, however that ends."""
        with _starting:
            if self._lines is None:
                self._lines = _started()
        self._tell(b"+%d\n" % group)

    def ended(self, group: int) -> None:
        """The group is no more, and its number may become another's."""
        self._tell(b"-%d\n" % group)

    def _tell(self, line: bytes) -> None:
        with contextlib.suppress(OSError):  # a guardian that was killed guards nothing, and nothing depends on it
            if self._lines is not None:
                self._lines.write(line)
                self._lines.flush()


GUARDIAN = Guardian()


def _started() -> IO[bytes] | None:
    # In a session of its own: Ctrl-C is not for it. Isolated, and without site: it is there at once.
    process = subprocess.Popen(  # noqa: S603 - this very file
        [sys.executable, "-I", "-S", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    process.returncode = 0  # it is not waited for: it ends after this process
    return process.stdin


def guard(lines: IO[bytes]) -> None:
    """Until the lines end, learn of groups; then kill those that are left."""
    groups: set[int] = set()
    for line in lines:
        (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    guard(sys.stdin.buffer)
