"""Reaching a host of several addresses as browsers and curl do: a dead one costs a moment, and not the time-out."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

HEAD_START_S = 0.25
"""How long an address has to itself before the next one is tried beside it (RFC 8305 §5)."""

Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Reach:
    """Connects to hosts, and knows which of their addresses answered last."""

    _last: dict[tuple[str, int], Address] = field(default_factory=dict)

    def connected(self, host: str, port: int, deadline: float) -> socket.socket:
        """Returns a connection to the address that answers first; `deadline` is a moment of time.monotonic.

        Raises OSError: socket.gaierror if the host has no address, TimeoutError if none answers in time.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found))
        addresses.sort(key=lambda address: address != self._last.get((host, port)))
        with selectors.DefaultSelector() as selector:
            try:
                address, connection = _first(addresses, selector, deadline)
                selector.unregister(connection)
            finally:
                for key in list(selector.get_map().values()):
                    key.fileobj.close()  # type: ignore[union-attr] # they are sockets
        self._last[host, port] = address
        return connection


def _first(
    addresses: Sequence[Address], selector: selectors.BaseSelector, deadline: float
) -> tuple[Address, socket.socket]:
    """The first of the addresses that takes a connection; those that are still asked stay in the selector."""
    left, refused = list(addresses), OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    while left or selector.get_map():
        if left:
            try:
                _begin(left.pop(0), selector)
            except OSError as error:  # this machine has no such kind of address
                refused = error
        begun = time.monotonic()
        while selector.get_map() and not (left and time.monotonic() >= begun + HEAD_START_S):
            now = time.monotonic()
            if now >= deadline:
                raise TimeoutError
            until = min(deadline, begun + HEAD_START_S) if left else deadline
            ready = [key for key, _ in selector.select(max(0.0, until - now))]
            for key in ready:
                connection: socket.socket = key.fileobj  # type: ignore[assignment] # only sockets are registered
                code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    return key.data, connection
                selector.unregister(connection)
                connection.close()
                refused = OSError(code, os.strerror(code))
            if ready and left:
                break
    raise refused


def _begin(address: Address, selector: selectors.BaseSelector) -> None:
    family, sockaddr = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    code = connection.connect_ex(sockaddr)
    if code not in (0, errno.EINPROGRESS):
        connection.close()
        raise OSError(code, os.strerror(code))
    selector.register(connection, selectors.EVENT_WRITE, address)
