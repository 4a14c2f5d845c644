"""The other machine: an sshd of our own on a loopback port, which lets one key in."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

STARTS_WITHIN_S = 10.0
SERVER = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile {folder}/pid
StrictModes no
UsePAM no
"""
CLIENT = """
Host there
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/user
  BatchMode yes
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  LogLevel ERROR
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """How it is named to xdist."""

    config: Path

    def gateway(self, python: str, host: str = "there") -> str:
        """The specification of a gateway to this interpreter."""
        return f"ssh=-F {self.config} {host}//python={python}"


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine that is reached by ssh; fails if there is no sshd."""
    folder = tmp_path_factory.mktemp("ssh")
    sshd, keygen = shutil.which("sshd", path="/usr/sbin:/usr/bin:/usr/local/sbin"), shutil.which("ssh-keygen")
    if sshd is None or keygen is None:
        pytest.fail("sshd and ssh-keygen are needed: install openssh-server")
    for name in ("host", "user"):
        command = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)  # noqa: S603 - our own arguments
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(SERVER.format(port=port, folder=folder), "utf-8")
    (folder / "config").write_text(CLIENT.format(port=port, folder=folder, user=getpass.getuser()), "utf-8")
    command = [sshd, "-D", "-f", str(folder / "sshd_config"), "-E", str(folder / "log")]
    with subprocess.Popen(command) as server:  # noqa: S603 - the same
        try:
            _listening(port, folder / "log")
            yield Machine(folder / "config")
        finally:
            server.terminate()


def _listening(port: int, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"sshd does not listen: {log.read_text('utf-8') if log.is_file() else 'no word of it'}")
