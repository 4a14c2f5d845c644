"""Tells from an adapter's processes whether their clock can be moved from outside. Linux only."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_MAGIC = b"\x7fELF"
_INTERPRETER, _NOTE = 3, 4
"""Types of program headers (System V ABI)."""
_MOST_READ = 64 * 1024
"""Octets of a program header's content that are looked at."""


@dataclass(frozen=True, slots=True)
class RunningProgram:
    """One process of an adapter."""

    pid: int
    executable: Path

    def has_loaded(self, library: str) -> bool:
        """Whether a library with this in its name is part of the process."""
        try:
            return library in (PROC / str(self.pid) / "maps").read_text("utf-8", "replace")
        except OSError:
            return False


def programs_of(session_id: int) -> tuple[RunningProgram, ...]:
    """The processes of a session, the adapter and what it started; none if the system does not say."""
    found = [entry for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.is_dir() else []
    return tuple(program for entry in found if (program := _program(entry, session_id)) is not None)


def _program(entry: Path, session_id: int) -> RunningProgram | None:
    try:
        fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        if int(fields[3]) != session_id:
            return None
        return RunningProgram(int(entry.name), (entry / "exe").resolve(strict=True))
    except (OSError, ValueError, IndexError):
        return None


def fixed_clock(executable: Path) -> str | None:
    """Returns why a program asks the kernel for the time, past any library put before it; None if it asks the libc."""
    try:
        with executable.open("rb") as file:
            contents = list(_program_headers(file.read(2**20)))
    except (OSError, struct.error):
        return None
    if not contents:
        return None
    if any(kind == _NOTE and b"\x04\x00\x00\x00Go\x00\x00" in content for kind, content in contents):
        return f"{executable.name} was built by Go, and asks the kernel for the time"
    interpreter = next((content for kind, content in contents if kind == _INTERPRETER), None)
    if interpreter is None:
        return f"{executable.name} is statically linked, and asks the kernel for the time"
    if b"ld-musl" in interpreter:
        return f"{executable.name} was built for musl, and libfaketime for glibc"
    return None


def _program_headers(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each program header, cut where these octets end; nothing if this is no ELF."""
    if octets[:4] != _MAGIC or len(octets) < 64:
        return
    wide, order = octets[4] == 2, "<" if octets[5] == 1 else ">"
    start = struct.unpack_from(f"{order}Q" if wide else f"{order}I", octets, 32 if wide else 28)[0]
    size, number = struct.unpack_from(f"{order}HH", octets, 54 if wide else 42)
    for index in range(number):
        at = start + index * size
        kind = struct.unpack_from(f"{order}I", octets, at)[0]
        if wide:
            offset, length = (struct.unpack_from(f"{order}Q", octets, at + place)[0] for place in (8, 32))
        else:
            offset, length = (struct.unpack_from(f"{order}I", octets, at + place)[0] for place in (4, 16))
        yield kind, octets[offset : offset + min(length, _MOST_READ)]
