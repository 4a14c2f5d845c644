"""Callers for Locust: each signs in, refreshes and calls as the profile says, and checks every answer.

`synq-conformance load` runs it; any other way to start Locust does so too, distributed ones included.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from pathlib import Path
from threading import Lock
from typing import Any

import locust
from locust import HttpUser, constant, events, task
from locust.env import Environment

from conformance.config.profile import Target, from_environment, from_profile
from conformance.contract.durations import MINUTE_S
from conformance.http.identity import ordinary
from conformance.http.limits import Allowance, Ledger
from conformance.http.message import Request, Response
from conformance.http.proxies import proxy_for
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.load.answers import Ask, CallerToken, Strangers, crossed, is_judged, problem_with, request_of
from conformance.load.outcome import NO_ANSWER, LoadOutcome, write_outcome
from conformance.load.settings import LEDGER, PROFILE, REPORT_DIR, SHARED_TOKEN
from conformance.server.harness.credentials import sign_in_request
from conformance.server.harness.json_body import json_at
from conformance.tokens import expires_at

AHEAD_S = float(MINUTE_S)
"""How long before its end a token is replaced."""


class Deployment:
    """The target of a load run, in one process."""

    def __init__(self) -> None:
        """Read the profile that the environment names; raises ProfileError if it is not usable."""
        profile = os.environ.get(PROFILE)
        self.target: Target = from_profile(profile) if profile else from_environment(os.environ)
        limits = self.target.limits
        ledger = os.environ.get(LEDGER)
        self.allowance = Allowance(
            Ledger(Path(ledger) if ledger else None),
            requests_per_second=limits.requests_per_second,
            max_requests=None,
        )
        self._lock = Lock()
        self._alone: dict[str, bytes] | None = None
        self._shared = os.environ.get(SHARED_TOKEN)
        self.signs_in = self.target.sign_in is not None and self._shared is None
        """Whether callers get tokens of their own."""

    def supplied(self) -> list[CallerToken]:
        """The tokens that the profile supplies, each with its scope."""
        tokens, scope = self.target.tokens, self.target.scope
        valid = self._shared or tokens.valid
        held = [] if valid is None else [_held(valid, scope.tenant_id, scope.org_id)]
        if held and tokens.other_tenant and scope.other_tenant_id and scope.other_tenant_org_id:
            held.append(_held(tokens.other_tenant, scope.other_tenant_id, scope.other_tenant_org_id))
        return held

    def alone(self) -> dict[str, bytes]:
        """What each tenant is answered before callers come together: the first of them asks."""
        with self._lock:
            if self._alone is None:
                self._alone = self._asked_alone()
            return self._alone

    def _asked_alone(self) -> dict[str, bytes]:
        target = self.target
        proxy = proxy_for(target.base_url, os.environ)
        way = Route(
            target.base_url, target.limits.timeout_s, tls=target.tls.files, proxy=proxy,
            ordinary=ordinary(None, target.fields),
        )  # fmt: skip
        transport = SocketTransport(way)
        alone = {}
        for held in self.supplied():
            request = request_of(Ask.DOCUMENTED, target.probe.read, held, self.strangers_to(held))
            response = transport.send(request).response
            if response is not None and response.accepted:
                alone[held.tenant_id] = response.body
        transport.close()
        return alone

    def strangers_to(self, held: CallerToken) -> Strangers:
        """Ids that a caller with this token may not act for: those of the profile, else some that are made up."""
        scope = self.target.scope
        if held.tenant_id != scope.tenant_id:
            return Strangers(scope.tenant_id, scope.org_id)
        return Strangers(scope.other_tenant_id or str(uuid.uuid4()), scope.other_org_id or str(uuid.uuid4()))


DEPLOYMENT: list[Deployment] = []
"""The one of this process, once Locust has begun."""


def begin(environment: Environment, **_: Any) -> None:  # noqa: ANN401 - what Locust may add
    """Read the target. Nothing is sent yet: a worker is given callers as soon as anything is waited for."""
    DEPLOYMENT[:] = [Deployment()]
    environment.host = DEPLOYMENT[0].target.origin


class LoadUser(HttpUser):
    """One caller with a token of its own; every other one, with the token of the other tenant if there is one."""

    wait_time = constant(0)
    number = 0
    """Of the next caller."""

    def on_start(self) -> None:
        """Take a token."""
        number, LoadUser.number = LoadUser.number, LoadUser.number + 1
        self.deployment = DEPLOYMENT[0]
        self.alone = self.deployment.alone()
        tls = self.deployment.target.tls
        self.client.verify = tls.ca or True
        if tls.client_certificate:
            self.client.cert = (tls.client_certificate, tls.client_key) if tls.client_key else tls.client_certificate
        supplied = self.deployment.supplied()
        self.held = supplied[number % len(supplied)] if supplied else self.signed_in()
        self.is_supplied = bool(supplied) and self.held is not supplied[0]

    def signed_in(self) -> CallerToken:
        """A new token; ends this caller if there is none."""
        target = self.deployment.target
        if target.sign_in is None:
            raise locust.exception.StopUser("the profile has neither tokens.valid nor [sign_in]")
        account = target.sign_in
        fields = {account.email_field: account.email, account.password_field: account.password}
        response = self.sent(sign_in_request(account, fields), "sign in")
        token = None if response is None else json_at(response.body, account.token_pointer)
        if not isinstance(token, str) or not token:
            raise locust.exception.StopUser("signing in brought no token")
        return _held(token, target.scope.tenant_id, target.scope.org_id)

    def sent(self, request: Request, name: str, held: CallerToken | None = None) -> Response | None:
        """The answer, None if there was none; what is wrong with it is told to Locust."""
        self.deployment.allowance.take()
        with self.client.request(
            request.method,
            request.target,
            name=name,
            headers=self.deployment.target.fields | dict(request.headers),
            data=request.body or None,
            allow_redirects=False,
            catch_response=True,
        ) as answered:
            if not answered.status_code:
                answered.failure(f"{NO_ANSWER}: {type(answered.error).__name__}")
                return None
            response = Response(answered.status_code, tuple(answered.headers.items()), answered.content)
            if not is_judged(response):
                answered.failure(f"{NO_ANSWER}: {response.status}")
                return None
            problem = self.problem_with(request, response, held) if held else _sign_in_problem(response)
            if problem is None:
                answered.success()
            else:
                answered.failure(problem)
            return response

    def problem_with(self, request: Request, response: Response, held: CallerToken) -> str | None:
        """What is wrong with the answer to this caller, if anything is."""
        problem = problem_with(request, response, held, time.time())
        return crossed(response, held, self.alone) if not problem and response.accepted else problem

    def ask(self, ask: Ask) -> None:
        """Send one request of this kind, with a token that is not about to end."""
        if self.deployment.signs_in and self.held.expires_at - time.time() < AHEAD_S:
            self.held = self.signed_in()
        strangers = self.deployment.strangers_to(self.held)
        request = request_of(ask, self.deployment.target.probe.read, self.held, strangers)
        self.sent(request, ask, self.held)

    @task(24)
    def documented(self) -> None:
        self.ask(Ask.DOCUMENTED)

    @task(1)
    def new_token(self) -> None:
        if self.deployment.signs_in and not self.is_supplied:
            self.held = self.signed_in()
        self.ask(Ask.NEW_TOKEN)

    @task(4)
    def no_token(self) -> None:
        self.ask(Ask.NO_TOKEN)

    @task(4)
    def altered_token(self) -> None:
        self.ask(Ask.ALTERED_TOKEN)

    @task(4)
    def another_tenant(self) -> None:
        self.ask(Ask.OTHER_TENANT)

    @task(3)
    def another_organization(self) -> None:
        self.ask(Ask.OTHER_ORG)


def _held(token: str, tenant_id: str, org_id: str) -> CallerToken:
    return CallerToken(token, tenant_id, org_id, expires_at(token) or float("inf"))


def _told(error: object) -> str:
    """What was said of an error, which a worker hands over as the code that makes the exception."""
    said = re.fullmatch(r"""CatchResponseError\((['"])(.*)\1\)""", str(error))
    return said[2] if said else str(error)


def _sign_in_problem(response: Response) -> str | None:
    return None if response.accepted else f"signing in was answered {response.status}"


def end(environment: Environment, **_: Any) -> None:  # noqa: ANN401 - what Locust may add
    """Write what came of it down, once for all workers, and choose the exit code."""
    if isinstance(environment.runner, locust.runners.WorkerRunner):
        return
    stats = environment.stats
    errors = {f"{error.name}: {_told(error.error)}": int(error.occurrences) for error in stats.errors.values()}
    total = stats.total
    outcome = LoadOutcome.of(
        DEPLOYMENT[0].target.base_url,
        requests=int(total.num_requests),
        errors=errors,
        duration_s=max(0.0, (total.last_request_timestamp or 0.0) - (total.start_time or 0.0)),
        latencies_ms={str(share): total.get_response_time_percentile(share) or 0 for share in (0.5, 0.95, 0.99, 1.0)},
        by_kind={entry.name: int(entry.num_requests) for entry in stats.entries.values()},
    )
    write_outcome(outcome, Path(os.environ.get(REPORT_DIR, "reports")))
    environment.process_exit_code = outcome.exit_code


events.init.add_listener(begin)  # type: ignore[no-untyped-call]  # Locust's is not typed
events.quitting.add_listener(end)  # type: ignore[no-untyped-call]  # the same
