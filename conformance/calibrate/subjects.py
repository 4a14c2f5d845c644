"""Who is judged in a calibration: reference targets, faulty ones, and degenerate ones that answer without looking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.contract.rules import Role
from conformance.http.exchange import Failure
from conformance.http.message import Request, Response
from conformance.mock.faults import FAULTS
from conformance.mock.variants import VARIANTS

REFERENCE_SEEDS = (0, 1, 2)
OVER_HTTP = "-over-http"
"""Ends the name of what is judged in-process as well."""

ANY = "*"
"""In also_breaks: any rule."""

Answer = Callable[[Request], Response | Failure]


TARGETS = {Role.SERVER: "targets", Role.CLIENT: "clients"}
"""What subjects are called that are no faults."""


class Kind(StrEnum):
    """What is expected of a subject."""

    REFERENCE = "reference"
    FAULT = "fault"
    LIBRARY = "library"
    """A real library; what it breaks was found out by hand."""
    DEGENERATE = "degenerate"


class UnknownSubject(ValueError):
    """No subject is called so, or the file that describes it is wrong; the message says what to do."""


@dataclass(frozen=True, slots=True)
class CalibrationSubject:
    """One target, or one client, to be judged by the whole suite."""

    name: str
    kind: Kind
    declared: tuple[str, ...] = ()
    """Rules that must fail, or at least the first of them."""
    also_breaks: tuple[str, ...] = ()
    """Rules that may fail as well."""
    seed: int = 0
    socket: bool = False
    """Whether it is judged over real HTTP."""
    where: str = ""
    """Of a client: the adapter, as --adapter takes it."""
    doc: str = ""
    by_chance: tuple[str, ...] = ()
    """Rules that may fail as well, if generated inputs come upon it."""
    waits_s: float = 0.0
    """How many seconds it is mostly waited for, about: it is judged beside the others, the longest first."""

    @property
    def due(self) -> tuple[str, ...]:
        """The rules that must fail."""
        return self.declared if self.kind is Kind.LIBRARY else self.declared[:1]

    def allows(self, rule_id: str) -> bool:
        """Whether it is known why the rule may fail."""
        known = (*self.declared, *self.also_breaks, *self.by_chance)
        return rule_id in known or ANY in self.also_breaks


def server_subjects(faults: tuple[str, ...] = ()) -> tuple[CalibrationSubject, ...]:
    """The subjects of the server suite, only these faults if any are named; raises UnknownSubject for another name."""
    for name in faults:
        if name not in FAULTS:
            raise UnknownSubject(f"--fault {name}: unknown fault; see `synq-conformance mock --list-faults`")
    chosen = [FAULTS[name] for name in faults] if faults else list(FAULTS.values())
    mutated = tuple(
        CalibrationSubject(
            one.name,
            Kind.FAULT,
            (one.rule,),
            one.also_breaks,
            socket=one.socket,
            doc=one.doc,
            by_chance=one.by_chance,
        )
        for one in chosen
    )
    if faults:
        return mutated
    names = {f"reference-seed-{seed}": seed for seed in REFERENCE_SEEDS}
    reference = tuple(CalibrationSubject(name, Kind.REFERENCE, seed=seed) for name, seed in names.items())
    otherwise = tuple(CalibrationSubject(one.name, Kind.REFERENCE, doc=one.doc) for one in VARIANTS.values())
    served = CalibrationSubject(f"reference{OVER_HTTP}", Kind.REFERENCE, socket=True)
    degenerate = tuple(CalibrationSubject(name, Kind.DEGENERATE, doc=doc) for name, (doc, _) in DEGENERATE.items())
    wired = tuple(replace(one, name=f"{one.name}{OVER_HTTP}", socket=True) for one in degenerate if one.name in WIRED)
    # What takes longest goes first, so that no worker is left alone with it in the end.
    costly_first = sorted(mutated, key=lambda subject: not subject.socket)
    return (*wired, served, *costly_first, *reference, *otherwise, *degenerate)


def _always(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Answer:
    response = Response(status, (("Content-Type", "application/json"), *headers), body)
    return lambda _request: response


def _never(failure: Failure) -> Answer:
    return lambda _request: failure


DEGENERATE: Mapping[str, tuple[str, Answer]] = {
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

WIRED = {
    "always-200": 2.0,
    "always-401": 2.0,
    "nobody-listens": 2.0,
    "never-answers": 0.02,
    "hangs-up": 2.0,
    "talks-garbage": 2.0,
}
"""The degenerate targets that are judged on a real port too, and how many seconds each is waited for."""
