"""What the suite asks of a client under test, and what it may hear back (adapter protocol, version 2)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from conformance.client.adapters.executables import RunningProgram
from conformance.contract.paths import PRODUCTS_PATH, SIGN_IN_PATH
from conformance.evidence.judge import HarnessError

KINDS = frozenset({"auth", "permission", "transport", "unsupported", "other"})
"""The kinds of error that an adapter may report."""
PRODUCTS = PRODUCTS_PATH


Values = str | tuple[str, ...]
"""The value of a query parameter, or several under one name."""


class Body(Enum):
    """What stands in place of a JSON body."""

    NONE = "no body"


class AdapterError(HarnessError):
    """The adapter died, printed something else than an answer, or did not answer in time."""


class Overdue(AdapterError):
    """The adapter did not answer in time."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The address of Synq, and the account that signs in."""

    base_url: str
    email: str
    password: str
    tenant_id: str
    org_id: str
    sign_in_path: str = SIGN_IN_PATH


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request that the client is asked to make."""

    method: str = "GET"
    path: str = PRODUCTS
    query: Mapping[str, Values] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = Body.NONE
    """Any JSON value; None is the body `null`."""
    form: Mapping[str, str] = field(default_factory=dict)
    """Fields of a form in place of JSON; for adapters with the capability `form`."""
    stream: bool = False
    """Whether the body comes from a file or an iterator; for adapters with the capability `stream`."""

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities without which an adapter cannot make this call."""
        wanted = {"form": bool(self.form), "stream": self.stream}
        return frozenset(name for name, needed in wanted.items() if needed)

    def message(self) -> dict[str, Any]:
        """The call as the fields of a `request` message: what is empty is left out."""
        fields: dict[str, Any] = {"method": self.method, "path": self.path}
        if self.query:
            fields["query"] = {name: list(one) if isinstance(one, tuple) else one for name, one in self.query.items()}
        if self.headers:
            fields["headers"] = dict(self.headers)
        if self.json is not Body.NONE:
            fields["json"] = self.json
        if self.form:
            fields["form"] = dict(self.form)
        if self.stream:
            fields["stream"] = True
        return fields

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Introduction:
    """How the adapter presents its library."""

    name: str
    version: str
    language: str
    capabilities: frozenset[str]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Returned:
    """The library handed a response to its caller."""

    status: int
    body: str

    def __str__(self) -> str:
        return f"the caller got {self.status}"


@dataclass(frozen=True, slots=True)
class Raised:
    """The library raised an error."""

    kind: str
    message: str

    def __str__(self) -> str:
        return f"the caller got an error of kind {self.kind}: {self.message[:200]}"


Answer = Returned | Raised


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The clocks as the client library sees them, in seconds."""

    unix_s: float
    monotonic_s: float


class Driver(Protocol):
    """A client under test, ready to be told what to do. Every method raises AdapterError if the adapter fails."""

    @property
    def alive(self) -> bool:
        """Whether it can still be asked anything."""
        ...

    def configure(self, configuration: Configuration, within_s: float) -> Introduction | Raised:
        """Start over with a fresh client; returns Raised if the library signs in at once and fails."""
        ...

    def request(self, call: ApiCall) -> Future[Answer]:
        """Have the client make this call; several may be in flight together."""
        ...

    def advance_clock(self, seconds: float, within_s: float) -> None:
        """Move the library's own clock (only if the capability `clock` was announced)."""
        ...

    def now(self, within_s: float) -> ClockReading:
        """What the library's clocks show (only if the capability `now` was announced)."""
        ...

    def programs(self) -> tuple[RunningProgram, ...]:
        """The processes that the suite started for it; none if it started none."""
        ...

    def printed(self) -> str | None:
        """What went to standard output and error, without the protocol, since `configure`; None if it is not seen."""
        ...

    def shut_down(self, within_s: float) -> int | None:
        """End in good order; returns the exit code, or None if there is no process to exit."""
        ...

    def close(self) -> None:
        """End at once and leave nothing running."""
        ...


def answer_of(future: Future[Answer], within_s: float) -> Answer:
    """Returns the answer once it is there; raises Overdue if it takes longer than this."""
    try:
        return future.result(within_s)
    except TimeoutError:
        raise Overdue(f"the adapter did not answer a request within {within_s:g} s") from None
