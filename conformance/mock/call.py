"""The types of the embedded Synq: its state, a request under judgment, and the steps of judging it.

A step is a function that can be replaced on its own. The reference ones are in `reference.py`; a fault is a
function from steps to steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.http.message import Request, Response
from conformance.mock.clock import Clock
from conformance.mock.keys import KeyPair
from conformance.mock.world import Account, Note, Product

Claims = Mapping[str, Any]


class Refused(Exception):
    """The request is answered with an error (RFC 9457); nothing of the request goes into `detail`."""

    def __init__(
        self, status: int, detail: str, *, error: str | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.error = error
        """The error code of the challenge (RFC 6750 §3.1)."""
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Caller:
    """The account and the scope that the token and the two headers together stand for."""

    tenant_id: str
    org_id: str
    role: str


@dataclass(frozen=True, slots=True)
class Door:
    """What stands before the steps if the embedded Synq is asked over TLS."""

    oldest_tls: str
    """The oldest version that is negotiated, as ssl.TLSVersion calls it."""
    is_another: Callable[[int], bool]
    """Whether the connection of this number is shown another server's certificate."""
    in_clear: Callable[[Call], Response]
    """The answer to a request without TLS; the call's connection is the URL with TLS."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How a request is judged, step by step. Every step may raise Refused."""

    answer: Callable[[Call], Response]
    """From the request to the finished response: respond, refuse, finish."""
    respond: Callable[[Call], Response]
    """Route the request, demand what the route demands, and serve it."""
    refuse: Callable[[Call, Refused], Response]
    finish: Callable[[Call, Response], Response]
    """What every response needs."""

    values: Callable[[Call, str], tuple[str, ...]]
    """Every value of a field of the request, by its name in lower case."""
    path: Callable[[Call], str]
    method: Callable[[Call], str]

    authenticate: Callable[[Call], Claims]
    """bearer, verify, check_claims, check_revoked."""
    bearer: Callable[[Call], str]
    verify: Callable[[Call, str], Claims]
    """Form and signature of the token."""
    check_claims: Callable[[Call, Claims], None]
    check_revoked: Callable[[Call, Claims], None]

    authorize: Callable[[Call, Claims], Caller]
    """Tenant and organization."""
    check_role: Callable[[Call, Caller, frozenset[str]], None]

    list_products: Callable[[Call, Caller], Response]
    create_product: Callable[[Call, Caller], Response]
    find_product: Callable[[Call, Caller, str], Product]
    """The caller's own product of this id."""
    read_product: Callable[[Call, Caller, str], Response]
    replace_product: Callable[[Call, Caller, str], Response]
    change_product: Callable[[Call, Caller, str], Response]
    delete_product: Callable[[Call, Caller, str], Response]
    list_notes: Callable[[Call, Caller, str], Response]
    add_note: Callable[[Call, Caller, str], Response]
    search_products: Callable[[Call, Caller], Response]
    create_products: Callable[[Call, Caller], Response]
    export_products: Callable[[Call, Caller], Response]

    sign_in: Callable[[Call], Response]
    issue: Callable[[Call, Account], str]
    lifetime: Callable[[Call], int]
    """Seconds that a token lives."""
    revoke: Callable[[Call, Claims], Response]
    jwks: Callable[[Call], Response]
    description: Callable[[Call], Response]
    """What the API offers, in OpenAPI."""
    door: Door


@dataclass(slots=True)
class Synq:
    """The whole state of one embedded Synq."""

    clock: Clock
    keys: KeyPair
    steps: Steps
    lifetime_s: int
    accounts: dict[str, Account]
    products: dict[str, dict[str, Product]]
    """organization -> product id -> product"""
    notes: dict[str, tuple[Note, ...]] = field(default_factory=dict)
    """product id -> what was noted on it"""
    revoked: set[str] = field(default_factory=set)
    """The jti of every revoked token."""
    written: int = 0
    """How many products and notes were created so far."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request under judgment."""

    synq: Synq
    request: Request
    connection: str = ""
    """Which connection it came on; all in-process requests share one connection."""

    @property
    def steps(self) -> Steps:
        return self.synq.steps
