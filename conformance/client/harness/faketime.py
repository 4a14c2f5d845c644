"""libfaketime around an adapter's process: a library that answers what a file says the time is."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from conformance.client.adapters.driver import AdapterError
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.clocks import ClientClock
from conformance.client.harness.session import Session
from conformance.evidence.judge import NotAssessed

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps it, not a place for files of ours
LIBRARY = "libfaketime"
NOBODY_YET = struct.pack("@QQ" + "qq" * 8, 0, 0, *(0, -1) * 8)
"""What libfaketime's processes share before the first of them has looked at the clock: the times are not set."""


class FakeTime(ClientClock):
    """The wall clock of a process and of its children moved, or the monotonic clock as well."""

    def __init__(self, library: Path, folder: Path, *, monotonic: bool) -> None:
        which = "wall and monotonic clock" if monotonic else "wall clock"
        self.name = f"libfaketime, {which}"
        self._file = folder / f"offset-{monotonic:d}"
        self._offset_s = 0.0
        self._write()
        self._shared = SharedClock()
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_SHARED": f"{self._shared.semaphore} {self._shared.memory}",
            **({} if monotonic else {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}),
        }

    def offset_s(self) -> float:
        return self._offset_s

    @contextmanager
    def session(self, bench: ClientSessions) -> Iterator[Session]:
        self.renew()
        with super().session(bench) as session:
            for program in session.driver.programs():
                if not program.has_loaded(LIBRARY):
                    raise NotAssessed(f"{self.name}: {program.executable.name} runs without it")
            yield session

    def renew(self) -> None:
        """Forget the processes so far, of which some may have been killed; raises AdapterError."""
        self._shared.renew()

    def move(self, session: Session, seconds: float) -> None:  # noqa: ARG002 - it is the process that is moved
        self._offset_s += seconds
        self._write()

    def close(self) -> None:
        self._shared.remove()

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"+{self._offset_s:.1f}\n", "ascii")
        new.replace(self._file)


class SharedClock:
    """The semaphore and the memory that the processes under libfaketime share.

    Left to themselves they make their own, named after their process ids. What a killed process left there stays for
    ever, and the next process of that id ends with code 1 before it has begun.
    """

    def __init__(self) -> None:
        name = f"synq-{uuid.uuid4().hex}"
        self.semaphore, self.memory = f"/{name}-semaphore", f"/{name}-memory"

    def renew(self) -> None:
        """Make both anew, so that nothing is left of a process that was killed; raises AdapterError if that fails."""
        self.remove()
        try:
            _semaphore(self.semaphore)
            (SHARED_MEMORY / self.memory[1:]).write_bytes(NOBODY_YET)
        except OSError as error:
            raise AdapterError(f"libfaketime cannot be used: {self.semaphore}: {error.strerror}") from error

    def remove(self) -> None:
        """Leave nothing behind; harmless when repeated."""
        ctypes.CDLL(None).sem_unlink(self.semaphore.encode())
        (SHARED_MEMORY / self.memory[1:]).unlink(missing_ok=True)


def _semaphore(name: str) -> None:
    """Make a named semaphore that is free; raises OSError. Python itself offers only ones without a name."""
    system = ctypes.CDLL(None, use_errno=True)
    system.sem_open.restype = ctypes.c_void_p
    made = system.sem_open(name.encode(), os.O_CREAT | os.O_EXCL, ctypes.c_uint(0o600), ctypes.c_uint(1))
    if made is None:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    system.sem_close(ctypes.c_void_p(made))


@contextmanager
def fake_times(folder: Path) -> Iterator[tuple[FakeTime, ...]]:
    """The clocks that libfaketime can move, none if it is not installed."""
    library = faketime_library()
    with contextlib.ExitStack() as stack:
        clocks = [FakeTime(library, folder, monotonic=monotonic) for monotonic in (False, True)] if library else []
        for clock in clocks:
            stack.callback(clock.close)
        yield tuple(clocks)


def faketime_library() -> Path | None:
    """The library of the package libfaketime, or None if it is not installed."""
    found = find_spec("libfaketime")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.rglob("libfaketime.so.1"), None)
