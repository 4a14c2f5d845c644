"""A loopback server that a forged token points to: a call to it is a finding."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from conformance.tokens import own_certificate_pem, own_jwks

CONFIGURATIONS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


@dataclass(slots=True)
class KeyListener:
    """Serves the keys of forged tokens, and notes which were fetched."""

    base_url: str
    _calls: list[str] = field(default_factory=list)

    def called(self, path: str) -> None:
        self._calls.append(path)

    def calls_since_last_asked(self) -> tuple[str, ...]:
        """The paths that were fetched since the last look."""
        calls = tuple(self._calls)
        self._calls.clear()
        return calls


def _told(path: str, base_url: str) -> dict[str, Any]:
    """What an issuer says at this path: where its keys are if it is asked for its configuration, else the keys."""
    if path.endswith(CONFIGURATIONS):
        return {"issuer": base_url, "jwks_uri": f"{base_url}/jwks.json"}
    return own_jwks()


@contextmanager
def listening_for_keys() -> Iterator[KeyListener]:
    """A listener on a free loopback port."""
    listener = KeyListener("")

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            listener.called(self.path)
            pem = self.path.endswith(".pem")
            body = (own_certificate_pem() if pem else json.dumps(_told(self.path, listener.base_url))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-pem-file" if pem else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the calls are kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listener.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
