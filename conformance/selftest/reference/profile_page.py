"""`conformance/PROFILE.md`: every key that a profile may have, its type, its default, and the rules that need it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from itertools import pairwise
from textwrap import dedent
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from conformance.config import types
from conformance.config.described import OperationEntry
from conformance.config.profile import Delete, Write
from conformance.config.run_table import RUN_OPTIONS
from conformance.contract.explain import CAPABILITIES
from conformance.contract.inputs import KINDS
from conformance.contract.rules import Role, load_contract
from conformance.report.markup import code, inline
from conformance.setup.profile_text import EXAMPLES, TABLES, WORDS, toml_value

HEAD = """\
# The profile

A profile says what is known of a server under test, in TOML: `synq-conformance init` writes one, `synq-conformance
doctor` goes through one, and [full.toml](../fixtures/profiles/full.toml) is one with every key. Made by `python -m
conformance.selftest.generated` from the classes that read it.

Every text may be the value itself or come from elsewhere: `{env = "NAME"}` is a variable, `{file = "path"}` the text
of a file beside the profile, `{command = "…"}` what a command prints. `target.base_url`, `scope.tenant_id`,
`scope.org_id` and one way to a token (`tokens.valid` or `[sign_in]`) must be there; what else is absent leaves the
rules that need it not assessed. An unknown key, an absent variable or a wrong type is exit code 2, with the file and
the key."""

RUN = "Options that runs by this profile have by default; see [COMMANDS.md](COMMANDS.md)."
KEYS: Mapping[str, str] = {
    "sign_in.path": "is asked by POST, with the credentials in its body",
    "sign_in.request": "form of that body",
    "sign_in.email_field": "its member for the e-mail",
    "sign_in.password_field": "its member for the password",
    "sign_in.token_pointer": "JSON Pointer to the token in the answer",
    "sign_in.expires_in_pointer": "JSON Pointer to the token's life in seconds",
    "sign_in.email": "of an account",
    "sign_in.password": "of that account",
    "revoke.path": "is asked by POST, with the token in Authorization",
    "openapi.file": "a description in OpenAPI 3.0 or 3.1, beside the profile",
    "tls.client_certificate": "shown to a server that asks for one",
    "limits.requests_per_second": "over all transports and workers together",
    "limits.concurrency": "requests in flight at a time",
    "limits.max_requests": "of a whole run",
    "limits.timeout_s": "seconds until an answer counts as none",
    "keys.public": "as JWKS or PEM",
    "operation.path": "may have parameters, such as /products/{id}",
    "operation.method": "in upper case",
    "operation.body": "what a write sends",
    "probe.write.method": "in upper case",
    "probe.write.path": "of what is created",
    "probe.write.json": "the body; {run_id} in it is the run's id, with more behind it, which is new in each request",
    "probe.delete.path": "with {id} for the id of what was created",
    "probe.delete.method": "in upper case",
}
"""What a key is for, if neither its class nor the contract says so."""
INNER: Mapping[str, type] = {"probe.write": Write, "probe.delete": Delete, "operation": OperationEntry}
"""Tables inside tables, and the one that stands in an array."""
NAMES: Mapping[str, str] = {
    "Url": "URL",
    "Id": "text",
    "Token": "text: a token",
    "Path": "text: a path",
    "Method": "text: a method",
    "Pointer": "text: a JSON Pointer",
    "Text": "text",
    "Positive": "number above 0",
    "Count": "whole number from 1",
    "PublicKey": "text: JWKS or PEM",
    "SigningKey": "text: PEM",
}


def profile_page() -> str:
    """The whole page."""
    parts = [HEAD, ", ".join(f"[{name}](#{name})" for name in (*TABLES, "operation", "inputs"))]
    for name, kind in TABLES.items():
        parts += [f"## {name}", _about(name, kind), _table(name, kind)]
        for inner in (one for one in INNER if one.startswith(f"{name}.")):
            parts += [f"### {inner}", _about(inner, INNER[inner]), _table(inner, INNER[inner])]
    parts += ["## operation", _about("operation", OperationEntry), _table("operation", OperationEntry)]
    parts += ["## inputs", "Inputs that are tried in addition to those of the suite, each a table in an array:"]
    parts += ["\n".join(_inputs())]
    return "\n\n".join(parts) + "\n"


def described_keys() -> Iterator[tuple[str, str]]:
    """Every key by its dotted name, and what the page says of it."""
    for name, kind in (*TABLES.items(), *INNER.items()):
        said = _said_by(kind)
        yield from ((f"{name}.{each.name}", _words(f"{name}.{each.name}", said)) for each in fields(kind))


def _about(name: str, kind: Any) -> str:  # noqa: ANN401 - a dataclass, made or written
    if name == "run":
        return f"{RUN} Files start from the folder of the profile."
    if name == "target":
        return "The deployment."
    return inline((inspect.getdoc(kind) or "").split("\n")[0])


def _table(name: str, kind: Any) -> str:  # noqa: ANN401 - the same
    said, hints = _said_by(kind), get_type_hints(kind, include_extras=True)
    lines = ["| key | type | default | what it is for | rules that need it |", "| --- | --- | --- | --- | --- |"]
    for each in fields(kind):
        key = f"{name}.{each.name}"
        cells = (f"`{key}`", _type(hints[each.name]), _default(each), inline(_words(key, said)), _needing(key))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + _example(name, kind)


def _example(name: str, kind: Any) -> str:  # noqa: ANN401 - the same
    """Lines of a profile for the keys that have no default, in a block of their own."""
    values = {each.name: EXAMPLES.get(f"{name}.{each.name}") for each in fields(kind) if name != "run"}
    lines = [f"{key} = {toml_value(value)}" for key, value in values.items() if value is not None]
    return "\n\n```toml\n" + "\n".join([f"[{name}]", *lines]) + "\n```" if lines else ""


def _said_by(kind: Any) -> dict[str, str]:  # noqa: ANN401 - the same
    """What stands below the fields of a class."""
    if kind is TABLES["run"]:
        return {}
    (body,) = ast.parse(dedent(inspect.getsource(kind))).body
    found: dict[str, str] = {}
    inner = body.body if isinstance(body, ast.ClassDef) else []
    for field, below in pairwise(inner):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


def _words(key: str, said: Mapping[str, str]) -> str:
    own = RUN_OPTIONS[key.removeprefix("run.")].help if key.startswith("run.") else None
    return own or WORDS.get(key) or said.get(key.rpartition(".")[2]) or CAPABILITIES.get(key) or KEYS.get(key, "")


def _type(hint: Any) -> str:  # noqa: ANN401 - an annotation
    for name, words in NAMES.items():
        if hint == getattr(types, name):
            return words
    if get_origin(hint) in {Union, UnionType}:
        return " or ".join(_type(one) for one in get_args(hint) if one is not NoneType)
    if get_origin(hint) is Literal:
        return " or ".join(code(one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return f"array of {_type(get_args(hint)[0])}"
    plain = {str: "text", bool: "true or false", int: "whole number", float: "number", Any: "any value"}
    return plain.get(hint, "table")


def _default(each: Field[Any]) -> str:
    if each.default is MISSING:
        return "" if each.default_factory is not MISSING else "must be given"
    return "" if each.default is None or each.default == () else code(toml_value(each.default))


def _needing(key: str) -> str:
    rules = [rule.id for rule in load_contract().of(Role.SERVER) if any(key in need for need in rule.needs)]
    return ", ".join(f"[{rule_id}](RULES.md#{rule_id})" for rule_id in rules)


def _inputs() -> Iterator[str]:
    for name, kind in KINDS.items():
        keys = ", ".join(f"`{each.name}`" for each in fields(kind))  # type: ignore[arg-type]  # each is a dataclass
        yield f"- `[[inputs.{name}]]` with {keys}: {inline(inspect.getdoc(kind) or '')}"
