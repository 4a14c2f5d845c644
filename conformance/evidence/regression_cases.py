"""Requests that once broke a rule, kept under a name to be sent again: on another day, with other credentials.

A regression case holds no secret. In place of the token, its segments, the tenant or the organization it has `{token}`,
`{token.header}`, `{token.payload}`, `{token.signature}`, `{tenant}` and `{org}`; in place of any other part of the
token that is long enough to give it away, `{token[40:52]}`, as Python numbers its characters.
Its target is a path of the API, without the path of the base URL, so that it can be sent to any target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from conformance.contract.rules import Role, load_contract
from conformance.evidence.cuts import Cuts
from conformance.http.message import Field, Request
from conformance.toml import schema
from conformance.toml.schema import FORBID_UNKNOWN, Check, Problem, Words

FOUND = "found.toml"
"""The file in the report folder where a run leaves what its generated requests found."""


_PART = re.compile(r"\{token\[(\d+):(\d*)\]\}")


class RegressionCaseError(ValueError):
    """The file of regression cases cannot be used: a line for each problem, with the file and the key."""


@dataclass(frozen=True, slots=True)
class RegressionCase:
    """A request by name, with its secrets left out."""

    name: str
    rule: str
    request: Request


def from_request(rule_id: str, request: Request, values: Mapping[str, str], base_path: str) -> RegressionCase:
    """The request as a regression case; its name is the rule's id and what tells it from others of that rule.

    `base_path` is the path of the base URL under which it was sent.
    """
    emptied = Request(
        request.method,
        _emptied(request.target.removeprefix(base_path), values),
        tuple((name, _emptied(value, values)) for name, value in request.headers),
        _emptied(request.body.decode("latin-1"), values).encode("latin-1"),
    )
    return RegressionCase(f"{rule_id}-{sha256(repr(emptied).encode()).hexdigest()[:6]}", rule_id, emptied)


def filled(case: RegressionCase, values: Mapping[str, str], base_path: str) -> Request:
    """The case's request with these credentials, under this path."""
    request = case.request
    fields: tuple[Field, ...] = tuple((name, _filled(value, values)) for name, value in request.headers)
    body = _filled(request.body.decode("latin-1"), values).encode("latin-1")
    return Request(request.method, base_path + _filled(request.target, values), fields, body)


def placeholders(token: str, tenant_id: str, org_id: str) -> dict[str, str]:
    """What each placeholder stands for on a target."""
    parts = token.split(".") if token.count(".") == 2 else []
    named = dict(zip(("{token.header}", "{token.payload}", "{token.signature}"), parts, strict=False))
    return {"{token}": token, **named, "{tenant}": tenant_id, "{org}": org_id}


def _emptied(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in sorted(values.items(), key=lambda item: len(item[1]), reverse=True):
        text = text.replace(value, placeholder)
    cuts, token = Cuts(), values["{token}"]
    cuts.add(token, token.find(".") + 1)
    for run in reversed(cuts.runs(text)):
        end = "" if run.at + run.length == len(token) else run.at + run.length
        text = f"{text[: run.start]}{{token[{run.at}:{end}]}}{text[run.end :]}"
    return text


def _filled(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return _PART.sub(lambda part: values["{token}"][int(part[1]) : int(part[2]) if part[2] else None], text)


def dump_cases(cases: Iterable[RegressionCase]) -> str:
    """The cases as TOML, to be read by a person and loaded again."""
    import tomli_w  # late, to spare start-up

    entries = [
        {
            "name": case.name,
            "rule": case.rule,
            "method": case.request.method,
            "target": case.request.target,
            "headers": [list(field) for field in case.request.headers],
            "body": case.request.body.decode("latin-1"),
        }
        for case in cases
    ]
    return tomli_w.dumps({"case": entries})


def read_cases(path: Path) -> tuple[RegressionCase, ...]:
    """Returns the cases of a file; raises RegressionCaseError if it holds something else, or no case."""
    file = schema.read(_File, path, RegressionCaseError, _contradictions)
    return tuple(
        RegressionCase(one.name, one.rule, Request(one.method, one.target, one.headers, one.body.encode("latin-1")))
        for one in file.case
    )


def _octets(value: str) -> str:
    if not value.isascii() and max(value) > "\xff":
        raise ValueError("must hold no character beyond U+00FF: each stands for one octet")
    return value


Octets = Annotated[str, Check(_octets)]


@dataclass(frozen=True, slots=True)
class _Entry:
    __pydantic_config__ = FORBID_UNKNOWN
    name: Words
    rule: Words
    method: Octets
    target: Octets
    headers: tuple[tuple[Octets, Octets], ...] = ()
    body: Octets = ""


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = FORBID_UNKNOWN
    case: tuple[_Entry, ...]


def _contradictions(file: _File) -> Iterator[Problem]:
    """What is wrong with cases whose types are right."""
    if not file.case:
        yield ("case",), "must have an entry"
    known = {rule.id for rule in load_contract().of(Role.SERVER)}
    names: set[str] = set()
    for number, case in enumerate(file.case):
        if case.rule not in known:
            hint = schema.meant(case.rule, known, "; see `synq-conformance list`")
            yield ("case", number, "rule"), f'there is no server rule "{case.rule}"{hint}'
        if case.name in names:
            yield ("case", number, "name"), f'"{case.name}" is given twice; each case has a name of its own'
        names.add(case.name)
