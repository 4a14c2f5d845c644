"""For authors of Python clients: a reference server to test against, which can be told to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from conformance.client.fake_api.handlers import answered
from conformance.client.fake_api.in_process import played
from conformance.client.fake_api.listening import serving
from conformance.client.fake_api.service import FakeApi, ReceivedRequest
from conformance.mock import world
from conformance.mock.reference import REFERENCE


@dataclass(frozen=True, slots=True)
class ReferenceSynq:
    """A reference server, its address, and the account that may sign in to it."""

    base_url: str
    _fake_api: FakeApi
    email: str = world.EDITOR
    password: str = world.PASSWORDS[world.EDITOR]
    tenant_id: str = world.TENANT
    org_id: str = world.ORG

    @property
    def calls(self) -> tuple[ReceivedRequest, ...]:
        """Every request so far, in order: `.request`, `.status`, `.is_sign_in` and `.token` of each."""
        return self._fake_api.received_requests

    @property
    def sign_ins(self) -> int:
        """How many sign-ins were tried."""
        return sum(call.is_sign_in for call in self.calls)

    def expire(self) -> None:
        """Let every token that was issued so far be expired."""
        self._fake_api.expire()

    def revoke(self) -> None:
        """Revoke every token that was issued."""
        self._fake_api.revoke()

    def rotate(self) -> None:
        """Change the signing keys: every token that was issued is refused."""
        self._fake_api.rotate()

    def refuse(self, status: int = 401, times: int = 1) -> None:
        """Answer the next API requests with this status, whatever they carry."""
        self._fake_api.handlers.extend([answered(status)] * times)

    def refuse_sign_in(self, status: int = 401, times: int = 1) -> None:
        """Answer the next sign-ins with this status."""
        self._fake_api.sign_in.extend([answered(status)] * times)


def _honest() -> FakeApi:
    fake_api = FakeApi(head_start_s=0)
    fake_api.synq.steps = replace(fake_api.synq.steps, respond=REFERENCE.respond)
    return fake_api


@contextmanager
def reference_in_process() -> Iterator[ReferenceSynq]:
    """At https://api.synq.io, for every httpx client of this process: no socket."""
    fake_api = _honest()
    with played(fake_api) as place:
        yield ReferenceSynq(place.base_url, fake_api)


@contextmanager
def reference_on_loopback() -> Iterator[ReferenceSynq]:
    """On a free loopback port, for any client."""
    fake_api = _honest()
    with serving(fake_api) as listener:
        yield ReferenceSynq(listener.base_url, fake_api)
