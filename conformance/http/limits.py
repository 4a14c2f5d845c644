"""What a run may send to its target, over whichever way and in whichever process: so much a second, so much in all."""

from __future__ import annotations

import fcntl
import os
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

_STATE = struct.Struct("<qq")
"""Requests sent by now, and the moment of the monotonic clock, in nanoseconds, from which the next may be sent."""
CATCHING_UP_NS = 50_000_000
"""By how much a run that was kept from sending may fall behind its rate and make up for it."""


class Ledger:
    """Counts what the processes of a run send, in a file that they share."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` is that of another process's ledger; else a new one, which goes when this one is closed."""
        self._own = None
        if path is None:
            self._own = tempfile.NamedTemporaryFile(prefix="synq-ledger-")  # noqa: SIM115 - closed by close
            path = Path(self._own.name)
        self.path = path
        self._file = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        self._threads = Lock()

    @property
    def sent(self) -> int:
        """Requests that were sent by now."""
        with self._held():
            return self._state()[0]

    def take(self, requests: int, *, most: int | None, interval_ns: int) -> int | None:
        """Count so many more requests, `interval_ns` apart.

        Returns the moment of the monotonic clock, in nanoseconds, at which they may be sent, or None, and counts
        nothing, if that would be more than `most` in all.
        """
        with self._held():
            sent, free = self._state()
            if most is not None and sent + requests > most:
                return None
            begin = max(free, time.monotonic_ns() - CATCHING_UP_NS)
            os.pwrite(self._file, _STATE.pack(sent + requests, begin + requests * interval_ns), 0)
            return begin

    def close(self) -> None:
        os.close(self._file)
        if self._own is not None:
            self._own.close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._threads:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _state(self) -> tuple[int, int]:
        written = os.pread(self._file, _STATE.size, 0)
        return _STATE.unpack(written) if written else (0, 0)


class Allowance:
    """What may still be sent to the target: by all processes of the run together, as one ledger counts it."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        requests_per_second: float | None,
        max_requests: int | None,
        exhausted: Callable[[str], Exception] = RuntimeError,
    ) -> None:
        """`exhausted` makes what is raised, with the reason, once the run's requests are used up."""
        self._ledger, self._most, self._exhausted = ledger, max_requests, exhausted
        self._interval_ns = 0 if requests_per_second is None else round(1e9 / requests_per_second)

    def take(self, requests: int = 1) -> None:
        """Wait until so many more may be sent; raises what `exhausted` makes once the requests are used up."""
        begin = self._ledger.take(requests, most=self._most, interval_ns=self._interval_ns)
        if begin is None:
            raise self._exhausted(
                f"limits.max_requests = {self._most} is used up: raise it in the profile, or ask for fewer rules"
            )
        left_ns = begin - time.monotonic_ns()
        if self._interval_ns and left_ns > 0:  # to sleep for no time at all gives the processor away
            time.sleep(left_ns / 1e9)
