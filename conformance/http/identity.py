"""How requests say whose they are: the owner of a target finds the very line in a gateway's log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType
from typing import Protocol

from conformance.http.message import Field

USER_AGENT = "synq-conformance"
REQUEST_ID = "X-Request-ID"
LONGEST_CASE = 48
"""Characters of a case's name in an X-Request-ID: gateways cut or drop long ones."""
NO_FIELDS: Mapping[str, str] = MappingProxyType({})
_UNUSUAL = re.compile(r"[^A-Za-z0-9]+")
_LIKE_AN_ATTACK = re.compile(r"union|select|sql|script|passwd|exec|command", re.IGNORECASE)
"""Words for which a firewall in front of a target blocks a request, although they only name the case."""


class CurrentCase(Protocol):
    """What requests are sent for at the moment."""

    @property
    def rule(self) -> str: ...

    @property
    def case(self) -> str: ...


def ordinary(run_id: str | None = None, given: Mapping[str, str] = NO_FIELDS) -> tuple[Field, ...]:
    """Fields of every request that brings none of their names; coded answers are not asked for (RFC 9110 §12.5.3).

    `given` are those that the target's profile has for every request.
    """
    if run_id is None:
        agent = USER_AGENT
    else:
        from importlib.metadata import version  # late, to spare start-up

        agent = f"{USER_AGENT}/{version('synq-conformance')} (run {run_id})"
    named = {name.lower() for name in given}
    usual = (("User-Agent", agent), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
    return (*(field for field in usual if field[0].lower() not in named), *given.items())


def request_ids(run_id: str, now: CurrentCase, *, process: str = "") -> Callable[[], str]:
    """Makes the X-Request-ID of the next request: run, rule, case and number, such as `1f3a9c0e.token-expired.…-17`."""
    numbers = count(1)

    def next_id() -> str:
        case = _UNUSUAL.sub("-", now.case.removeprefix("test_")).strip("-")[:LONGEST_CASE]
        case = _LIKE_AN_ATTACK.sub(lambda word: word[0][0], case)
        return f"{run_id}.{now.rule or 'preflight'}.{case or 'start'}.{process}{next(numbers)}"

    return next_id
