"""What faults have in common: ways to let in what the reference steps refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.http.message import Response
from conformance.mock import tokens, world
from conformance.mock.authentication import invalid
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.routes import PROTECTED, SIGN_IN

ANYBODY = Caller(world.TENANT, world.ORG, "viewer")
"""The caller as whom a request is served that should have been refused."""

SCOPE = ("x-tenant-id", "x-org-id")

Condition = Callable[[Call], bool]
Read = Callable[[Call, str], Claims | None]
"""Finds claims in a token; returns None if it finds none that it would believe."""


def open_where(steps: Steps, condition: Condition) -> Steps:
    """The catalogue is given out, with or without credentials, if the condition holds."""

    def respond(call: Call) -> Response:
        return steps.list_products(call, ANYBODY) if condition(call) else steps.respond(call)

    return replace(steps, respond=respond)


def let_in_where(steps: Steps, condition: Condition) -> Steps:
    """The token is not asked for if the condition holds; tenant and organization still are."""

    def authenticate(call: Call) -> Claims:
        return claims_of_somebody(call) if condition(call) else steps.authenticate(call)

    return replace(steps, authenticate=authenticate)


def believing(steps: Steps, read: Read) -> Steps:
    """Tokens in which `read` finds claims pass the checks of form and signature."""

    def verify(call: Call, token: str) -> Claims:
        claims = read(call, token)
        return steps.verify(call, token) if claims is None else claims

    return replace(steps, verify=verify)


def taking_any_text(steps: Steps) -> Steps:
    """Whatever follows "Bearer " is a token, blanks and all."""

    def bearer(call: Call) -> str:
        sent = call.steps.values(call, "authorization")
        scheme, _, text = (sent[0] if len(sent) == 1 else "").partition(" ")
        return text if scheme.lower() == "bearer" and text else steps.bearer(call)

    return replace(steps, bearer=bearer)


def refusing(steps: Steps, change: Callable[[Call, Refused], Refused]) -> Steps:
    """Every refusal goes through `change` before it is answered."""

    def refuse(call: Call, refused: Refused) -> Response:
        return steps.refuse(call, change(call, refused))

    return replace(steps, refuse=refuse)


def with_status(refused: Refused, status: int) -> Refused:
    """The same refusal under another status."""
    return Refused(status, refused.detail, error=refused.error, headers=refused.headers)


def claims_of_somebody(call: Call) -> dict[str, Any]:
    """Claims that pass every check: those of the main account, as if it had just signed in."""
    return tokens.claims_of(call.synq.accounts[world.EDITOR], call.synq.clock.now(), call.steps.lifetime(call))


def guarded(call: Call) -> bool:
    """Whether the path is one that the three headers protect."""
    path = call.steps.path(call)
    return path.startswith(PROTECTED) and path != SIGN_IN


def first_value(call: Call, name: str) -> str:
    """The field's first value, empty if there is none."""
    return next(iter(call.steps.values(call, name)), "")


def reading(steps: Steps, read: Callable[[tuple[str, ...]], tuple[str, ...]], *names: str) -> Steps:
    """Of the fields of one of these names, only what `read` makes of their values is seen."""

    def values(call: Call, name: str) -> tuple[str, ...]:
        sent = steps.values(call, name)
        return read(sent) if name in names else sent

    return replace(steps, values=values)


def refused_token() -> Exception:
    """What a bad token is answered."""
    return invalid()


def written_before_the_role(steps: Steps, condition: Condition, write: Callable[[Call, Caller], object]) -> Steps:
    """What a role that is refused sent is written all the same, if the condition holds."""

    def check_role(call: Call, caller: Caller, allowed: frozenset[str]) -> None:
        try:
            steps.check_role(call, caller, allowed)
        except Refused:
            if condition(call):
                write(call, caller)
            raise

    return replace(steps, check_role=check_role)
