"""Commands in copies of one process that has imported everything: a start takes a fraction of its time.

A test's process has one such parent, which imports what commands need, and forks for each of them. A command sees the
arguments, folder, variables and outputs that it would have as a process of its own, and ends like one.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypedDict

LONGEST_REQUEST = 1_000_000
IMPORTED = (
    "conformance.plugin",
    "conformance.run.controller",
    "conformance.run.hooks",
    "conformance.report.writing",
    "conformance.server.conftest",
    "conformance.client.conftest",
    "jinja2",
    "httpx",
)
"""What most commands import; but xdist, which remembers the path of modules as it is when that is imported."""
PARENT = "from conformance.selftest.forked import parent; exec(parent(int(__import__('sys').argv[1])))"


class _Asked(TypedDict):
    """What a command is to be given."""

    main: str
    arguments: Sequence[str]
    folder: str
    environ: Mapping[str, str]


class NoParent(RuntimeError):
    """The process that forks has ended."""


def run_forked(
    main: str, arguments: Sequence[str], folder: Path, environ: Mapping[str, str], within_s: float
) -> subprocess.CompletedProcess[str]:
    """Run this Python code as a command.

    Raises subprocess.TimeoutExpired if it takes longer, after ending it.
    """
    asked: _Asked = {"main": main, "arguments": arguments, "folder": str(folder), "environ": dict(environ)}
    ours, theirs = socket.socketpair()
    with ours, ours.makefile("rb") as told, TemporaryFile() as out, TemporaryFile() as err:
        with theirs:
            files = [theirs.fileno(), out.fileno(), err.fileno()]
            socket.send_fds(_parent(), [json.dumps(asked).encode()], files)
        pid = int(_line(told))
        ours.settimeout(within_s)
        try:
            status = int(_line(told))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired([main, *arguments], within_s, _text(out), _text(err)) from None
        code = os.waitstatus_to_exitcode(status)
        return subprocess.CompletedProcess([main, *arguments], code, _text(out).decode(), _text(err).decode())


def _line(told: IO[bytes]) -> bytes:
    line = told.readline()
    if not line:
        raise NoParent("the process that forks has ended: see standard error")
    return line


def _text(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@cache
def _parent() -> socket.socket:
    """The way to this process's parent of commands, which ends with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", PARENT, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    atexit.register(_end, process, ours)
    return ours


def _end(process: subprocess.Popen[bytes], channel: socket.socket) -> None:
    channel.close()
    process.wait()


def parent(channel: int) -> str:
    """Fork for each command that is asked for. Returns, in a process of its own, the code of that command."""
    for name in IMPORTED:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=channel) as asked:
        while True:
            said, files, _, _ = socket.recv_fds(asked, LONGEST_REQUEST, 3)
            if not said:
                sys.exit(0)
            if os.fork() == 0:
                break
            for file in files:
                os.close(file)
    return _forked(json.loads(said), *files)


def _forked(asked: _Asked, channel: int, out: int, err: int) -> str:
    """In a child: fork once more, tell how that one ended, and let it run the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        os.write(channel, b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        os.write(channel, b"%d\n" % status)
        os._exit(0)
    os.close(channel)
    for file, place in ((out, 1), (err, 2)):
        os.dup2(file, place)
        os.close(file)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    sys.argv[1:] = asked["arguments"]
    random.seed()
    return asked["main"]
