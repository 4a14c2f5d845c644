"""The gate before the target: once the run can no longer judge, nothing more is sent."""

from __future__ import annotations

from collections.abc import Callable

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request


class Gate:
    """Open, until it is shut for good with a cause."""

    def __init__(self, tell: Callable[[str], None] = lambda _cause: None) -> None:
        """`tell` is called with the cause when the gate is shut."""
        self.cause: str | None = None
        """Why nothing more can be asked, once that is so."""
        self._tell = tell

    def shut(self, cause: str) -> None:
        """Send nothing more."""
        if self.cause is None:
            self.cause = cause
            self._tell(cause)

    def pass_through(self) -> None:
        """Raises NotAssessed with the cause, once the gate is shut."""
        if self.cause is not None:
            raise NotAssessed(self.cause)

    def before(self, transport: Transport) -> Transport:
        """The same transport, behind this gate."""
        return _Gated(transport, self)


class _Gated:
    def __init__(self, transport: Transport, gate: Gate) -> None:
        self._transport, self._gate = transport, gate

    def send(self, request: Request) -> Exchange:
        self._gate.pass_through()
        return self._transport.send(request)

    def close(self) -> None:
        self._transport.close()
