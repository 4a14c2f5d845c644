"""Ways to a server that people have between: a forward proxy, and TLS with a certificate of their own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from conformance.selftest.loopback import HOST, connections_served

START_WITHIN_S = 20.0


@contextmanager
def forward_proxy(folder: Path, *, credentials: str | None = None) -> Iterator[str]:
    """The URL of a proxy (proxy.py) that passes on plain requests and opens tunnels; credentials as `name:password`."""
    file = folder / "port"
    words = ["--hostname", HOST, "--port", "0", "--port-file", str(file), "--threaded", "--log-level", "w"]
    words += ["--num-workers", "1", "--num-acceptors", "1", "--data-dir", str(folder / "proxy")]
    words += ["--basic-auth", credentials] if credentials else []
    command = [sys.executable, "-m", "proxy", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - a command of our own
    try:
        until = time.monotonic() + START_WITHIN_S
        while not (file.exists() and file.read_text("utf-8").strip()):
            assert process.poll() is None, "the proxy has ended"
            assert time.monotonic() < until, "the proxy does not start"
            time.sleep(0.05)
        yield f"http://{f'{credentials}@' if credentials else ''}{HOST}:{file.read_text('utf-8').split()[0]}"
    finally:
        process.terminate()
        process.wait()


class Issuer:
    """A private certificate authority, its files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.certificate = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.certificate)
        self.client = folder / "client.pem"
        self.client_key = folder / "client-key.pem"
        issued = self._ca.issue_cert("client@synq.test")
        issued.cert_chain_pems[0].write_to_path(self.client)
        issued.private_key_pem.write_to_path(self.client_key)

    def server_context(self, *, wants_client: bool = False) -> ssl.SSLContext:
        """The server's side of TLS on this machine; `wants_client`: it demands a client certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(HOST, "localhost").configure_cert(context)
        if wants_client:
            self._ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@contextmanager
def tls_in_front(base_url: str, context: ssl.SSLContext) -> Iterator[str]:
    """The https URL of what takes TLS off and passes everything on to this plain server."""
    host, _, port = base_url.removeprefix("http://").partition(":")

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            client.settimeout(10)
            with context.wrap_socket(client, server_side=True) as secure, socket.create_connection(
                (host, int(port))
            ) as server:
                secure.settimeout(None)
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_passed_on, args=(server, secure), daemon=True).start()
                _passed_on(secure, server)

    with connections_served(serve) as in_front:
        yield f"https://{HOST}:{in_front}"


def _passed_on(source: socket.socket, drain: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while octets := source.recv(65_536):
            drain.sendall(octets)
    with contextlib.suppress(OSError):
        drain.shutdown(socket.SHUT_RDWR)
