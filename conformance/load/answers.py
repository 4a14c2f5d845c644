"""What callers ask for under load, and what is wrong with an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.contract.oracle import Known, TokenFacts, answer
from conformance.http.message import Request, Response
from conformance.http.patience import PASSING, TOO_MANY


class Ask(StrEnum):
    """What a caller asks for, each with another right answer."""

    DOCUMENTED = "documented request"
    NEW_TOKEN = "documented request with a new token"  # noqa: S105 - no secret, a name
    NO_TOKEN = "no token"  # noqa: S105 - the same
    ALTERED_TOKEN = "altered token"  # noqa: S105 - the same
    OTHER_TENANT = "another tenant"
    OTHER_ORG = "another organization"


@dataclass(frozen=True, slots=True)
class CallerToken:
    """A token, and the scope that it is for."""

    token: str
    tenant_id: str
    org_id: str
    expires_at: float
    """Seconds since the epoch; infinite if that is not known."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """A tenant and an organization that no caller belongs to."""

    tenant_id: str
    org_id: str


def request_of(ask: Ask, path: str, held: CallerToken, strangers: Strangers) -> Request:
    """The documented read, except for what is asked."""
    token = altered(held.token) if ask is Ask.ALTERED_TOKEN else held.token
    authorization = () if ask is Ask.NO_TOKEN else (("Authorization", f"Bearer {token}"),)
    tenant = strangers.tenant_id if ask is Ask.OTHER_TENANT else held.tenant_id
    org = strangers.org_id if ask is Ask.OTHER_ORG else held.org_id
    return Request("GET", path, (*authorization, ("X-Tenant-ID", tenant), ("X-Org-ID", org)))


def altered(token: str) -> str:
    """The token with one character in the middle of its last segment changed, which never is a spare bit's."""
    start = token.rfind(".") + 1
    place = start + (len(token) - start) // 2
    return token[:place] + ("B" if token[place] == "A" else "A") + token[place + 1 :]


def is_judged(response: Response) -> bool:
    """Whether the answer says anything of the contract: what an overload or a gateway answers does not."""
    return response.status not in PASSING | {TOO_MANY}


def problem_with(request: Request, response: Response, held: CallerToken, now: float) -> str | None:
    """What is wrong with the answer, in words; None if it is right. `now` in seconds since the epoch."""
    facts = TokenFacts(held.tenant_id, frozenset({held.org_id}), held.expires_at)
    right = answer(request, Known(now, {held.token: facts}, frozenset({request.target})))
    if response.status in right.statuses:
        return None
    return f"answered {response.status}, right is {_listed(right.statuses)}: {right.why}"


def crossed(response: Response, held: CallerToken, alone: Mapping[str, bytes]) -> str | None:
    """What is wrong with whom an accepted answer is for, in words; None if nothing is known to be.

    `alone` is what each tenant was answered before the others called.
    """
    own = alone.get(held.tenant_id)
    if own is None or response.body == own or response.body not in alone.values():
        return None
    return "the answer is another tenant's"


def _listed(statuses: frozenset[int]) -> str:
    if frozenset(range(200, 300)) <= statuses:
        return "2xx"
    return " or ".join(map(str, sorted(statuses)))
