"""A profile as text for its owner: what is given stands there, everything else is a comment with what it is for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from conformance.config.described import OpenApi
from conformance.config.profile import Keys, Limits, Probe, Scope, Tls, Tokens
from conformance.config.run_table import RUN_OPTIONS, RunTable
from conformance.config.signing_in import Revoke, SignIn
from conformance.config.target_fields import TargetFields
from conformance.contract.explain import CAPABILITIES
from conformance.contract.paths import PRODUCTS_PATH
from conformance.contract.rules import Role, load_contract

HEAD = """\
# What synq-conformance knows of a deployment. A line without "#" counts; a commented one that is made true lets more
# rules be judged. Every string may be the value itself, {env = "NAME"}, {file = "path"} or {command = "…"}.
# `synq-conformance doctor` says whether each item is what it claims to be."""


@dataclass(frozen=True, slots=True)
class _Target:
    base_url: str
    name: str | None = None
    fields: TargetFields = field(default_factory=dict)


TABLES: Mapping[str, Any] = {
    "target": _Target,
    "scope": Scope,
    "tokens": Tokens,
    "sign_in": SignIn,
    "revoke": Revoke,
    "probe": Probe,
    "openapi": OpenApi,
    "keys": Keys,
    "tls": Tls,
    "limits": Limits,
    "run": RunTable,
}
"""The tables of a profile, what is most useful first."""
EXAMPLES: Mapping[str, Any] = {
    "target.name": "staging",
    "target.fields": {"X-Gateway-Key": {"env": "GATEWAY_KEY"}},
    "scope.other_tenant_id": "tenant-2",
    "scope.other_org_id": "org-2",
    "scope.other_tenant_org_id": "org-3",
    "keys.public": {"file": "jwks.json"},
    "keys.signing": {"env": "SYNQ_SIGNING_KEY"},
    "keys.from_issuer": True,
    "sign_in.email": {"env": "SYNQ_EMAIL"},
    "sign_in.password": {"env": "SYNQ_PASSWORD"},
    "sign_in.fields": {"grant_type": "password", "client_id": "synq"},
    "revoke.token_field": "token",
    "revoke.fields": {"client_id": "synq"},
    "probe.write": {"method": "POST", "path": PRODUCTS_PATH, "json": {"name": "probe {run_id}"}},
    "probe.writes": True,
    "probe.delete": {"path": f"{PRODUCTS_PATH}/{{id}}"},
    "probe.foreign_resource": f"{PRODUCTS_PATH}/123",
    "probe.parameters": {"product_id": "122"},
    "openapi.file": "openapi.yaml",
    "openapi.url": "https://staging.example/openapi.json",
    "tls.ca": "ca.pem",
    "tls.client_certificate": "client.pem",
    "tls.client_key": "client.key",
    "run.formats": ["junit"],
    "run.waivers": "waivers.toml",
    "run.unassessed": "unassessed.toml",
    "run.strict_coverage": True,
    "run.min_assessed": "90%",
    "run.fail_on": ["not-assessed"],
    "run.baseline": "main/report.json",
    "run.operator": "the platform team",
    "run.deadline": "30m",
    "run.vault": "tokens.vault",
    "run.wait_for_expiry": True,
    **{f"run.{key}": option.default for key, option in RUN_OPTIONS.items() if option.default is not None},
}
"""What stands behind a key that is commented out and has no default."""
WORDS: Mapping[str, str] = {
    "target.base_url": "its path, if it has one, is put before every path below",
    "target.name": "in reports; else the host",
    "target.fields": "of every request besides, such as the key for a gateway in front of the target",
    "scope.tenant_id": "of tokens.valid",
    "scope.org_id": "of tokens.valid",
    "probe.read": "protected, and readable by tokens.valid",
    "probe.delete": "so that what the run's write created is deleted again",
    "probe.parameters": "of paths of the description, if neither a list nor an example has them",
    "sign_in.fields": "what the body says besides",
    "revoke.token_field": "of a form that bears the token as well, if revoking takes one",
    "revoke.fields": "what that form says besides",
    "openapi.url": "in place of file",
    "keys.from_issuer": "in place of public: keys are looked for at the token's iss, over https and without a token",
    "tls.ca": "if the certificate's issuer is not one that this machine trusts",
    "limits.identify": "whether requests bear the run's id",
    "run": "options of every run by this profile",
    **{f"run.{key}": option.help for key, option in RUN_OPTIONS.items()},
}
"""What to say of keys that are no capability of the contract."""


def profile_text(given: Mapping[str, Mapping[str, Any]], *further: str) -> str:
    """The profile; `further` are lines for its head. What is given of a table must be enough for it."""
    head = "\n".join([HEAD, *(f"# {line}" for line in further)])
    return "\n\n".join([head, *("\n".join(_table(name, given.get(name))) for name in TABLES)]) + "\n"


def _table(name: str, given: Mapping[str, Any] | None) -> Iterator[str]:
    words = _words(name)
    off = "" if given is not None else "# "
    yield f"{off}[{name}]" + (f"  # {words}" if words else "")
    for each in fields(TABLES[name]):
        key = f"{name}.{each.name}"
        value, mark = _value(key, each, given or {})
        if value is not None:
            behind = _words(key)
            yield f"{mark}{each.name} = {toml_value(value)}" + (f"  # {behind}" if behind else "")


def _value(key: str, each: Field[Any], given: Mapping[str, Any]) -> tuple[Any, str]:
    """What stands behind the key, and what stands before it."""
    if each.name in given:
        return given[each.name], ""
    if key.startswith("tokens."):
        return {"env": "SYNQ_TOKEN" if each.name == "valid" else f"SYNQ_TOKEN_{each.name.upper()}"}, "# "
    default = None if each.default is MISSING else each.default
    return EXAMPLES.get(key, default), "# "


def _words(key: str) -> str:
    """What the key is for, and how many rules need it."""
    known = WORDS.get(key) or CAPABILITIES.get(key, "")
    needing = sum(any(key in need for need in rule.needs) for rule in load_contract().of(Role.SERVER))
    counted = f"({needing} {'rule' if needing == 1 else 'rules'})" if needing else ""
    return " ".join(filter(None, (known, counted)))


def toml_value(value: object) -> str:
    """The value as TOML writes it on one line."""
    match value:
        case bool() | int() | float():
            return json.dumps(value)
        case Mapping():
            return "{" + ", ".join(f"{_key(name)} = {toml_value(each)}" for name, each in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
