"""The gate before the target: once the run can no longer judge, nothing more is sent."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.evidence.judge import NotAssessed, Unmet
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request, path_of

WRITING_METHODS = frozenset(
    {"POST", "PUT", "PATCH", "DELETE", "COPY", "LINK", "LOCK", "MKCOL", "MOVE", "PROPPATCH", "UNLINK", "UNLOCK"}
)
"""Methods of RFC 9110, 5789 and 4918 that ask for a change."""
OVERRIDING = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
OVERRIDING_QUERY = re.compile(r"[?&]_method=([^&#]*)")


class Gate:
    """Open, until it is shut for good with a cause."""

    def __init__(self, tell: Callable[[str], None] = lambda _cause: None) -> None:
        """`tell` is called with the cause when the gate is shut."""
        self.writable: frozenset[str] | None = None
        """The only paths to which requests may go that could write; None: they may go everywhere."""
        self.permitted: Callable[[Request], bool] = lambda _request: False
        """Whether a request may go elsewhere all the same: a documented operation that is safe, or may be asked."""
        self.cause: str | None = None
        """Why nothing more can be asked, once that is so."""
        self._tell = tell
        self.watch: Callable[[Exchange], None] = lambda _exchange: None
        """Is told of every exchange."""

    def shut(self, cause: str) -> None:
        """Send nothing more."""
        if self.cause is None:
            self.cause = cause
            self._tell(cause)

    def pass_through(self, request: Request | None = None) -> None:
        """Raises NotAssessed with the cause once the gate is shut, and Unmet for a request that may not be sent."""
        if self.cause is not None:
            raise NotAssessed(self.cause)
        if request is None or self.writable is None or path_of(request.target) in self.writable:
            return
        if could_write(request) and not self.permitted(request):
            raise Unmet("supply probe.write in the profile: without it nothing is sent that could write")

    def before(self, transport: Transport) -> Transport:
        """The same transport, behind this gate."""
        return _Gated(transport, self)


def could_write(request: Request) -> bool:
    """Whether a server might change something because of it: by its method, or by one that overrides it."""
    overriding = [value for name in OVERRIDING for value in request.values(name)]
    overriding += OVERRIDING_QUERY.findall(request.target)
    return any(method.strip().upper() in WRITING_METHODS for method in (request.method, *overriding))


class _Gated:
    def __init__(self, transport: Transport, gate: Gate) -> None:
        self._transport, self._gate = transport, gate

    def send(self, request: Request) -> Exchange:
        self._gate.pass_through(request)
        exchange = self._transport.send(request)
        self._gate.watch(exchange)
        return exchange

    def close(self) -> None:
        self._transport.close()
