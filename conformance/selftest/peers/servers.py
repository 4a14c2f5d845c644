"""The servers that are tried: the right one, faults sampled by the order of the rules, and defects of another kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from zlib import crc32

from conformance.contract.rules import Role, load_contract
from conformance.http.message import Response
from conformance.mock.call import Call, Synq
from conformance.mock.faults import FAULTS, apply_fault
from conformance.mock.routes import PRODUCTS


@dataclass(frozen=True, slots=True)
class TriedServer:
    """A server by name, with what is wrong with it."""

    name: str
    kind: str
    """"right", "fault" (of a rule), or "beside" (a defect that the contract says nothing of)."""
    about: str
    """The rule that is broken, or what else is wrong."""
    level: str
    change: Callable[[Synq], object]


def tried_servers(every: int) -> Iterator[TriedServer]:
    """All of them, in the order of the contract; of one in so many rules the first fault."""
    yield TriedServer("reference", "right", "nothing", "", lambda _synq: None)
    yield from map(faulty_server, sampled_faults(every))
    for name, (about, spoil) in BESIDE.items():
        yield TriedServer(name, "beside", about, "", _with_answers(spoil))


def faults_without_tls() -> tuple[str, ...]:
    """All but those of a rule on TLS, which an embedded server on a port does without; by name."""
    return tuple(name for name in sorted(FAULTS) if not FAULTS[name].rule.startswith("tls-"))


def sampled_faults(every: int) -> tuple[str, ...]:
    """The first fault of one in so many rules, so that none is picked for what a tool is good at.

    A digest of its id decides of each rule, so that a new one changes nothing for the others. TLS is left out, which
    the embedded server does without.
    """
    by_rule: dict[str, str] = {}
    for name, fault in FAULTS.items():
        by_rule.setdefault(fault.rule, name)
    rules = [one.id for one in load_contract().of(Role.SERVER) if one.section.key != "tls"]
    return tuple(by_rule[rule_id] for rule_id in rules if crc32(rule_id.encode()) % every == 0)


def faulty_server(name: str) -> TriedServer:
    """The embedded Synq with this fault."""
    rule = load_contract().rule(FAULTS[name].rule)
    return TriedServer(name, "fault", rule.id, rule.level.value, partial(apply_fault, name=name))


def _with_answers(spoil: Callable[[Call, Response], Response]) -> Callable[[Synq], object]:
    def change(synq: Synq) -> None:
        answer = synq.steps.answer
        synq.steps = replace(synq.steps, answer=lambda call: spoil(call, answer(call)))

    return change


def _of_list(spoil: Callable[[Response], Response]) -> Callable[[Call, Response], Response]:
    """Only what an accepted GET of the list is answered."""

    def spoiled(call: Call, response: Response) -> Response:
        asked = call.request.method == "GET" and call.request.target.partition("?")[0] == PRODUCTS
        return spoil(response) if asked and response.accepted else response

    return spoiled


def _without_sku(response: Response) -> Response:
    return replace(response, body=json.dumps(_less(json.loads(response.body))).encode())


def _less(value: object) -> object:
    match value:
        case list():
            return [_less(one) for one in value]
        case dict():
            return {name: _less(one) for name, one in value.items() if name != "sku"}
    return value


def _another_status(response: Response) -> Response:
    return replace(response, status=203)


def _another_type(response: Response) -> Response:
    fields = tuple((name, "text/csv" if name.lower() == "content-type" else value) for name, value in response.headers)
    return replace(response, headers=fields)


def _broken_by_a_name(call: Call, response: Response) -> Response:
    """A product whose name is long breaks the handler, after everything that the contract is about."""
    long = call.request.method == "POST" and response.status == 201 and len(call.request.body) > 60
    return replace(response, status=500) if long else response


BESIDE: Mapping[str, tuple[str, Callable[[Call, Response], Response]]] = {
    "member-missing": ("a documented member is missing in the list", _of_list(_without_sku)),
    "status-undocumented": ("the list is answered 203, which is not documented", _of_list(_another_status)),
    "type-undocumented": ("the list is called text/csv", _of_list(_another_type)),
    "long-names-break": ("a valid write with a long name is answered 500", _broken_by_a_name),
}
"""Defects that the description rules out, and that the contract says nothing of."""
