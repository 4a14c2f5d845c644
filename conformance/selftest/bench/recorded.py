"""The requests of a run, written down as they are sent; and sent again by a bare httpx.Client.

As a program: `record FILE ARGUMENTS…` runs synq-conformance with these arguments, `replay FILE URL NUMBER` prints the
number of exchanges and the seconds that they took.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from pathlib import Path

import httpx

from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.http.transport import SocketTransport


def record(path: Path, arguments: list[str]) -> None:
    """Run the suite with these arguments and keep what it sends by itself; raises SystemExit as it does."""
    from conformance.cli import main  # late, since replaying needs none of it

    sent: list[Request] = []
    send = SocketTransport.send

    def kept(self: SocketTransport, request: Request) -> Exchange:
        sent.append(request)
        return send(self, request)

    SocketTransport.send = kept  # type: ignore[method-assign]  # in a process of its own
    try:
        main(arguments)
    finally:
        path.write_bytes(pickle.dumps(sent))


def replay(path: Path, base_url: str, number: int) -> tuple[int, float]:
    """Send so many of them again, those that httpx can send; returns how many, and the seconds that it took."""
    requests: list[Request] = pickle.loads(path.read_bytes())  # noqa: S301 - our own file
    done = 0
    with httpx.Client(base_url=base_url, timeout=10) as client:
        begun = time.perf_counter()
        for request in requests:
            if done == number:
                break
            fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
            try:
                client.request(request.method, request.target, headers=fields, content=request.body or None)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError):
                continue
            done += 1
        return done, time.perf_counter() - begun


if __name__ == "__main__":
    _, what, file, *rest = sys.argv
    if what == "record":
        record(Path(file), rest)
    else:
        sys.stdout.write(json.dumps(replay(Path(file), rest[0], int(rest[1]))))
