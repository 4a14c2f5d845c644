"""Who is judged in a calibration: honest targets, faulty ones, and null ones that answer without looking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.exchange import Failure
from conformance.message import Request, Response

HONEST_SEEDS = (0, 1, 2)

Answer = Callable[[Request], Response | Failure]


class Kind(StrEnum):
    """What is expected of a subject."""

    HONEST = "honest"
    FAULT = "fault"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Subject:
    """One target to be judged by the whole suite."""

    name: str
    kind: Kind
    declared: tuple[str, ...] = ()
    """Rules that must fail, or at least the first of them."""
    consequences: tuple[str, ...] = ()
    """Rules that may fail as well."""
    seed: int = 0
    socket: bool = False
    """Whether it is judged over real HTTP."""
    doc: str = ""


def server_subjects(faults: tuple[str, ...] = ()) -> tuple[Subject, ...]:
    """The subjects of the server suite; only these faults where some are named. KeyError for an unknown one."""
    from conformance.mock.faults import FAULTS

    chosen = [FAULTS[name] for name in faults] if faults else list(FAULTS.values())
    bent = tuple(
        Subject(one.name, Kind.FAULT, one.rules, one.consequences, socket=one.socket, doc=one.doc) for one in chosen
    )
    if faults:
        return bent
    honest = tuple(Subject(f"honest-seed-{seed}", Kind.HONEST, seed=seed) for seed in HONEST_SEEDS)
    served = Subject("honest-over-http", Kind.HONEST, socket=True)
    nulls = tuple(Subject(name, Kind.NULL, doc=doc) for name, (doc, _) in NULLS.items())
    # What takes longest goes first, so that no worker is left alone with it in the end.
    return (served, *sorted(bent, key=lambda subject: not subject.socket), *honest, *nulls)


def _always(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Answer:
    response = Response(status, (("Content-Type", "application/json"), *headers), body)
    return lambda _request: response


def _never(failure: Failure) -> Answer:
    return lambda _request: failure


NULLS: Mapping[str, tuple[str, Answer]] = {
    "always-200": ("200 and an empty object.", _always(200, b"{}")),
    "always-200-data": ("200 and a catalogue.", _always(200, b'{"items": [{"id": "prd_1", "name": "Aurora Tent"}]}')),
    "always-200-token": ("200 and something named token.", _always(200, b'{"token": "a.b.c", "expires_in": 3600}')),
    "always-204": ("204.", _always(204)),
    "always-302": ("A redirect to a login page.", _always(302, b"", ("Location", "/login"))),
    "always-400": ("400.", _always(400, b"{}")),
    "always-401": ("401 and a challenge.", _always(401, b"{}", ("WWW-Authenticate", "Bearer"))),
    "always-403": ("403.", _always(403, b"{}")),
    "always-404": ("404.", _always(404, b"{}")),
    "always-429": ("429.", _always(429, b"{}")),
    "always-500": ("500.", _always(500, b"{}")),
    "always-echo": (
        "200, and whatever was sent.",
        lambda request: Response(200, (("Content-Type", "application/json"), *request.headers), request.body),
    ),
    "nobody-listens": ("No connection.", _never(Failure.UNREACHABLE)),
    "never-answers": ("No answer in time.", _never(Failure.TIMEOUT)),
    "hangs-up": ("A closed connection.", _never(Failure.CLOSED)),
    "talks-garbage": ("Something that is not HTTP.", _never(Failure.GARBAGE)),
}
"""Targets that know nothing of the contract: name -> what they do in words, and in deed."""
