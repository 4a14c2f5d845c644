"""Requests that once broke a rule, kept under a name to be sent again: on another day, with other credentials.

A saved case holds no secret. In place of the token, its segments, the tenant or the organization it has `{token}`,
`{token.header}`, `{token.payload}`, `{token.signature}`, `{tenant}` and `{org}`; in place of any other part of the
token that is long enough to give it away, `{token[40:52]}`, as Python numbers its characters.
Its target is a path of the API, without the path of the base URL, so that it can be sent to any target.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from conformance.contract.rules import Role, load_contract
from conformance.evidence.cuts import Cuts
from conformance.http.message import Field, Request

FOUND = "found.toml"
"""Where a run leaves what its generated requests found, in its report folder."""


_PART = re.compile(r"\{token\[(\d+):(\d*)\]\}")


class RegressionCaseError(ValueError):
    """The file of saved cases cannot be used; the message names the entry and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class RegressionCase:
    """A request by name, with its secrets left out."""

    name: str
    rule: str
    request: Request


def from_request(rule_id: str, request: Request, values: Mapping[str, str], base_path: str) -> RegressionCase:
    """The request as a saved case; its name is the rule's id and what tells it from others of that rule.

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
    import tomli_w

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


def read(path: Path) -> tuple[RegressionCase, ...]:
    """The cases of a file; SavedCaseError where it holds something else."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RegressionCaseError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegressionCaseError(f"{path}: is not valid TOML: {error}") from error
    known = {rule.id for rule in load_contract().of(Role.SERVER)}
    cases: dict[str, RegressionCase] = {}
    for number, entry in enumerate(data.get("case", []), 1):
        where = f"{path}: case {number}"
        case = _case(entry, where)
        if case.rule not in known:
            raise RegressionCaseError(f"{where}: there is no server rule {case.rule!r}")
        if case.name in cases:
            raise RegressionCaseError(f"{where}: the name {case.name!r} is given twice")
        cases[case.name] = case
    if not cases:
        raise RegressionCaseError(f"{path}: holds no [[case]]")
    return tuple(cases.values())


def _case(entry: Mapping[str, object], where: str) -> RegressionCase:
    match entry:
        case {"name": str(name), "rule": str(rule), "method": str(method), "target": str(target), **rest}:
            fields, body = rest.pop("headers", []), rest.pop("body", "")
            if rest:
                raise RegressionCaseError(f"{where}: unknown key {min(rest)}")
            if not isinstance(fields, list) or not isinstance(body, str) or not all(map(_is_field, fields)):
                raise RegressionCaseError(f"{where}: headers must be [name, value] pairs, and body a string")
            headers = tuple((str(field[0]), str(field[1])) for field in fields)
            return RegressionCase(name, rule, Request(method, target, headers, body.encode("latin-1")))
    raise RegressionCaseError(f"{where}: name, rule, method and target are needed, each a string")


def _is_field(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
