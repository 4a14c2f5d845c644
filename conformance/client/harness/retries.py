"""Every retry of a session compared with the request that it repeats: what is wrong with it, by which rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from conformance.client.adapters.driver import ApiCall
from conformance.client.fake_api.service import ReceivedRequest
from conformance.client.harness import wire

OWN_FIELDS = ("Content-Type",)
"""Fields of the application that a client may set by itself; the other ones it was given by its caller."""

Fault = tuple[str, str, ReceivedRequest]
"""The rule, what is wrong, and with which request."""


class RetryWatch:
    """Looks at the requests of a session as they come; a retry is what has the target of a request that was refused."""

    def __init__(self, issued: Mapping[str, float]) -> None:
        self._issued = issued
        self._refused: dict[str, ReceivedRequest] = {}
        """The last refused request to each target."""
        self._granted_at = -1
        """The number of the last sign-in that brought a token."""

    def look(self, received_requests: Sequence[ReceivedRequest], calls: Collection[ApiCall]) -> Iterator[Fault]:
        """Yields what is wrong with the retries among the requests of these calls, one fault for each."""
        names = {*OWN_FIELDS, *(name for call in calls for name in call.headers)}
        for received in received_requests:
            if received.is_sign_in:
                self._granted_at = received.number if received.granted else self._granted_at
                continue
            first = self._refused.pop(received.request.target, None)
            if first is not None and (fault := self._fault_of(first, received, names)):
                yield (*fault, received)
            if received.status == 401:
                self._refused[received.request.target] = received
        self._refused.clear()  # another call may well have the same target

    def _fault_of(self, first: ReceivedRequest, again: ReceivedRequest, names: set[str]) -> tuple[str, str] | None:
        if fault := wire.headers_fault(again, self._issued):
            return "three-headers", f"on a retry: {fault}"
        if fault := wire.scope_fault(again):
            return "scope-constant", f"on a retry: {fault}"
        # Before the token is looked at: retries of two callers that both lost their query look like one another's
        if fault := wire.differences(first.request, again.request, names):
            return "retry-same-request", f"the retry is another request: {fault}"
        if again.token == first.token and first.number < self._granted_at:
            return "retry-fresh-token", "a retry carries the token that was refused, although a new one had been issued"
        return None
