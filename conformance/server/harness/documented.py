"""The documented request, and its variations in what is under test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from conformance.config.profile import Target
from conformance.contract.oracle import Known, TokenFacts, bearer
from conformance.evidence.judge import Unmet
from conformance.http.message import Field, Request
from conformance.http.raw import head
from conformance.http.route import Route
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.forger import Forger
from conformance.server.harness.marking import WriteMark
from conformance.tokens import SIGNED_ANEW, expires_at

AUTHORIZATION, TENANT, ORG = "Authorization", "X-Tenant-ID", "X-Org-ID"
THREE_HEADERS = (AUTHORIZATION, TENANT, ORG)


class Default(Enum):
    """The value that the documented request has."""

    VALID = "valid"


VALID = Default.VALID
Value = str | None | tuple[str, ...] | Default
"""A header's value: the valid one, none at all, another, or several fields of one name."""


class Documented:
    """Makes requests that differ from the documented one in what is under test."""

    def __init__(self, target: Target, credentials: Credentials, route: Route) -> None:
        self.target, self.credentials, self.forger = target, credentials, Forger(credentials)
        self.asked_writes: set[tuple[str, str]] = set()
        """Methods and targets of documented writes that were asked."""
        self.authority = route.authority
        self.ordinary = route.ordinary
        """Fields of every request of the run: a target may look at them."""

    def request(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        token: Value = VALID,
        authorization: Value = VALID,
        tenant: Value = VALID,
        org: Value = VALID,
        headers: tuple[Field, ...] = (),
        body: bytes = b"",
        json_body: Any = None,  # noqa: ANN401 - any JSON value
    ) -> Request:
        """The documented request, except for what is given.

        `token` is the token of a Bearer credential, `authorization` the whole field value.
        """
        scope = self.target.scope
        if authorization is VALID:
            authorization = self._bearer(token)
        fields = (
            *_fields(AUTHORIZATION, authorization, ""),
            *_fields(TENANT, tenant, scope.tenant_id),
            *_fields(ORG, org, scope.org_id),
        )
        if json_body is not None:
            body, headers = json.dumps(json_body).encode(), (*headers, ("Content-Type", "application/json"))
        return Request(method, path or self.target.probe.read, (*fields, *headers), body)

    def _bearer(self, token: Value) -> Value:
        match token:
            case None:
                return None
            case Default.VALID:
                return f"Bearer {self.credentials.valid()}"
            case str():
                return f"Bearer {token}"
            case tuple():
                return tuple(f"Bearer {one}" for one in token)

    @property
    def with_body(self) -> str:
        """The method of requests that bring a body to the probe: GET takes one as well (RFC 9110 §9.3.1), and is all
        that may be sent if the profile allows no write."""
        return "GET" if self.target.probe.write is None else "POST"

    def documented(self, *, like: Request | None = None) -> Request:
        """The documented request, or the like of another with all three headers made valid.

        If the other one bears a token that the suite signed, this one bears such a token with nothing wrong in it: a
        target that goes by another key, or by a list of what it issued, refuses them all.
        """
        if like is None:
            return self.request()
        token = bearer(", ".join(like.values(AUTHORIZATION)))
        plain = self.request(token=self.forger.forged(SIGNED_ANEW) if token in self.credentials.minted else VALID)
        return like.without(*THREE_HEADERS).having(*plain.headers)

    def write_request(
        self,
        members: Mapping[str, Any] | None = None,
        mark: WriteMark | None = None,
        **changes: Any,  # noqa: ANN401 - the parameters of `request`
    ) -> Request:
        """The profile's write with these changes, with more members in its body, and with a mark in its texts."""
        write = self.target.probe.write
        if write is None:
            raise Unmet("supply probe.write in the profile")
        body = write.json if mark is None else mark.on(write.json)
        body = {**body, **members} if isinstance(body, dict) and members else body
        return self.request(write.method, write.path, json_body=body, **changes)

    def known(self, more: Mapping[str, TokenFacts] | None = None) -> Known:
        """What the model may know: the time, the valid token and its scope, and more tokens if given."""
        token, scope, write = self.credentials.valid(), self.target.scope, self.target.probe.write
        facts = TokenFacts(scope.tenant_id, frozenset({scope.org_id}), expires_at(token) or float("inf"))
        return Known(
            now=self.credentials.clock.now(),
            tokens={token: facts, **(more or {})},
            reads=frozenset({self.target.probe.read}),
            writes=frozenset(self.asked_writes | (set() if write is None else {(write.method, write.path)})),
        )

    def framed(self, request: Request) -> bytes:
        """The request as octets, with the fields that every other request of the run has."""
        host = ("Host", self.authority)
        return head(request.method, request.target, (host, *self.ordinary, *request.headers)) + request.body


def _fields(name: str, value: Value, valid: str) -> tuple[Field, ...]:
    match value:
        case None:
            return ()
        case Default.VALID:
            return ((name, valid),)
        case str():
            return ((name, value),)
        case tuple():
            return tuple((name, one) for one in value)
