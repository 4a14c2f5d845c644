"""What is right of a single request on the wire, and of two compared. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterable
from urllib.parse import quote, quote_plus

from conformance.client.fake_api.service import ReceivedRequest
from conformance.contract.words import plural
from conformance.evidence.judge import Surplus, Violation, evidence
from conformance.http.message import Request
from conformance.mock import world
from conformance.results.data import Finding

AUTHORIZATION, TENANT, ORG = "Authorization", "X-Tenant-ID", "X-Org-ID"
BEARER = re.compile(r"Bearer (\S+)")

Fault = Callable[[ReceivedRequest], str | None]
"""What is wrong with a request, in words; None if nothing is."""


def each_must(
    received_requests: Iterable[ReceivedRequest], fault_of: Fault, *, expected: str, counted: bool = False
) -> None:
    """Raises Violation with the first request that is wrong; Surplus if it is wrong that it was sent at all."""
    faults = [(received, fault) for received in received_requests if (fault := fault_of(received)) is not None]
    if not faults:
        return
    (received, fault), more = faults[0], len(faults) - 1
    summary = f"{fault}; the same is wrong with {plural(more, 'further request')}" if more else fault
    kind = Surplus if counted else Violation
    raise kind(Finding(summary, (expected,), fault, exchange=evidence(received.exchange)))


def headers_fault(received: ReceivedRequest, issued: Collection[str]) -> str | None:
    """Whether the three headers are there, once each, the credential well spelled and the token as it was given."""
    for name in (AUTHORIZATION, TENANT, ORG):
        values = received.request.values(name)
        if len(values) != 1:
            return f"{received.request.method} with {len(values) or 'no'} {name} fields"
    (authorization,) = received.request.values(AUTHORIZATION)
    credential = BEARER.fullmatch(authorization)
    if credential is None:
        return "Authorization is not `Bearer`, one space and the token"
    if credential[1] not in issued:
        return "the token was never issued: it is not sent as it was given"
    return None


def scope_fault(received: ReceivedRequest, tenant: str = world.TENANT, org: str = world.ORG) -> str | None:
    """Whether tenant and organization, if they are named, are the configured ones."""
    for name, configured in ((TENANT, tenant), (ORG, org)):
        other = [value for value in received.request.values(name) if value != configured]
        if other:
            return f"{name} is {other[0]!r} although {configured!r} is configured"
    return None


def foreign_fault(received: ReceivedRequest, foreign: Collection[str]) -> str | None:
    """Whether a request for an account of another tenant carries a foreign token, or names a foreign scope."""
    if received.token in foreign:
        return "the token of another account, whose client was there before"
    return scope_fault(received, world.OTHER_TENANT, world.OTHER_TENANT_ORG)


def token_fault(received: ReceivedRequest, issued: Collection[str]) -> str | None:
    """Whether the request carries a token that was issued."""
    token = received.token
    if token is None or not token.strip():
        return "an API request without a token"
    return None if token.strip('"') in issued else "an API request with a token that was never issued"


def forms(secret: str) -> frozenset[str]:
    """A secret as it may stand in text, in a URL, or in Basic credentials."""
    raw = secret.encode()
    pair = f"{world.EDITOR}:{secret}".encode()
    encoded = {secret, quote(secret, safe=""), quote_plus(secret), raw.hex()}
    return frozenset(
        encoded
        | {base64.b64encode(octets).decode().rstrip("=") for octets in (raw, pair)}
        | {base64.urlsafe_b64encode(octets).decode().rstrip("=") for octets in (raw, pair)}
    )


def token_forms(token: str) -> frozenset[str]:
    """A token, or the part of it that makes it one: the signature."""
    return forms(token) | {token.rpartition(".")[2]}


def holds(text: str, secret_forms: Iterable[str]) -> bool:
    """Whether a text contains a secret in any of these forms."""
    return any(form in text for form in secret_forms)


def whole(request: Request) -> str:
    """A request as one text."""
    fields = "\n".join(f"{name}: {value}" for name, value in request.headers)
    return f"{request.method} {request.target}\n{fields}\n\n{request.body.decode('utf-8', 'replace')}"


def differences(first: Request, again: Request, names: Iterable[str]) -> str | None:
    """How a retry differs from the request that it repeats; None if it does not.

    Of the fields only those of these names are compared: clients add others by themselves.
    """
    if again.method != first.method:
        return f"the method was {first.method} and is {again.method}"
    if again.target != first.target:
        return f"the target was {first.target} and is {again.target}"
    if again.body != first.body:
        others = "as many others" if len(first.body) == len(again.body) else str(len(again.body))
        return f"the body was of {len(first.body)} octets and is of {others}"
    changed = sorted(name for name in names if first.values(name) != again.values(name))
    return f"header fields differ: {', '.join(changed)}" if changed else None
