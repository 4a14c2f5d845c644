"""For authors of Python clients: an honest Synq to test against, which can be told to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from conformance.client.fake_api.handlers import answered
from conformance.client.fake_api.in_process import played
from conformance.client.fake_api.listening import listening
from conformance.client.fake_api.service import Arrival, Service
from conformance.mock import world
from conformance.mock.honest import HONEST


@dataclass(frozen=True, slots=True)
class Synq:
    """An honest Synq, where it is, and the account that may sign in to it."""

    base_url: str
    _service: Service
    email: str = world.EDITOR
    password: str = world.PASSWORDS[world.EDITOR]
    tenant_id: str = world.TENANT
    org_id: str = world.ORG

    @property
    def calls(self) -> tuple[Arrival, ...]:
        """Every request so far, in order: `.request`, `.status`, `.is_sign_in` and `.token` of each."""
        return self._service.arrivals

    @property
    def sign_ins(self) -> int:
        """How often anyone tried to sign in."""
        return sum(call.is_sign_in for call in self.calls)

    def expire(self) -> None:
        """Let an hour and a minute pass: every token that was issued is expired."""
        self._service.expire()

    def revoke(self) -> None:
        """Revoke every token that was issued."""
        self._service.revoke()

    def rotate(self) -> None:
        """Change the signing keys: every token that was issued is refused."""
        self._service.rotate()

    def refuse(self, status: int = 401, times: int = 1) -> None:
        """Answer the next API requests with this status, whatever they carry."""
        self._service.api.extend([answered(status)] * times)

    def refuse_sign_in(self, status: int = 401, times: int = 1) -> None:
        """Answer the next sign-ins with this status."""
        self._service.sign_in.extend([answered(status)] * times)


def _honest() -> Service:
    service = Service()
    service.synq.steps = replace(service.synq.steps, respond=HONEST.respond)
    return service


@contextmanager
def in_process() -> Iterator[Synq]:
    """At https://api.synq.io, for every httpx client of this process: no socket."""
    service = _honest()
    with played(service) as place:
        yield Synq(place.base_url, service)


@contextmanager
def on_loopback() -> Iterator[Synq]:
    """On a free loopback port, for any client."""
    service = _honest()
    with listening(service) as listener:
        yield Synq(listener.base_url, service)
