"""Who is under test: address, scope, credentials and limits, from a profile or the environment."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from conformance.config.described import OpenApi, OperationEntry
from conformance.config.renewal import TokenCommand, token_command
from conformance.config.signing_in import Revoke, SignIn, secrets_in
from conformance.config.target_fields import TargetFields, secret_fields, wrong_fields
from conformance.config.types import (
    Count,
    Id,
    Method,
    Path,
    Pointer,
    Positive,
    PublicKey,
    SigningKey,
    Text,
    Token,
    Url,
)
from conformance.config.value_sources import resolved_in
from conformance.contract.inputs import NO_INPUTS, Inputs
from conformance.contract.paths import PRODUCTS_PATH
from conformance.http import address
from conformance.http.tls import TlsFiles, is_pem
from conformance.openapi.operation import Operation
from conformance.toml.schema import FORBID_UNKNOWN, dotted, read_text, tables, validate

T = TypeVar("T", bound="DataclassInstance")

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Scope:
    """The tenant and organization of the valid token, and real ones that it has no claim to."""

    __pydantic_config__ = FORBID_UNKNOWN
    tenant_id: Id
    org_id: Id
    other_tenant_id: Id | None = None
    other_org_id: Id | None = None
    """In the same tenant, outside the token's organizations."""
    other_tenant_org_id: Id | None = None
    """An organization of the other tenant."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Ready-made tokens; all but `valid` and `viewer` are wrong in the one way that their name says."""

    __pydantic_config__ = FORBID_UNKNOWN
    valid: Token | None = field(default=None, repr=False)
    viewer: Token | None = field(default=None, repr=False)
    expired: Token | None = field(default=None, repr=False)
    revoked: Token | None = field(default=None, repr=False)
    other_tenant: Token | None = field(default=None, repr=False)
    unprovisioned: Token | None = field(default=None, repr=False)
    not_yet_valid: Token | None = field(default=None, repr=False)
    wrong_issuer: Token | None = field(default=None, repr=False)
    wrong_audience: Token | None = field(default=None, repr=False)
    no_expiry: Token | None = field(default=None, repr=False)
    retired_key: Token | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """The target's keys: `public` as JWKS or PEM, `signing` as PEM (test deployments only)."""

    __pydantic_config__ = FORBID_UNKNOWN
    public: PublicKey | None = None
    signing: SigningKey | None = field(default=None, repr=False)
    from_issuer: bool = False
    """Whether keys may be asked for at the URL in the token's `iss`, which may be another site. No token is sent."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that a viewer may not make."""

    __pydantic_config__ = FORBID_UNKNOWN
    method: Method = "POST"
    path: Path = PRODUCTS_PATH
    json: Any = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Delete:
    """How what the write created is deleted again: its id stands in the path as {id}."""

    __pydantic_config__ = FORBID_UNKNOWN
    path: Path
    method: Method = "DELETE"
    id_pointer: Pointer = "/id"
    """The place of the id in the answer to the write."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The protected resources that the checks ask for."""

    __pydantic_config__ = FORBID_UNKNOWN
    read: Path = PRODUCTS_PATH
    write: Write | None = None
    """None: no write is ever sent."""
    writes: bool = False
    """Whether documented operations that write may be sent, on what the run itself created."""
    delete: Delete | None = None
    foreign_resource: Path | None = None
    """A path whose resource belongs to another organization."""
    parameters: dict[str, str] = field(default_factory=dict, hash=False)
    """Values of path parameters, by their names."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates and a key in PEM: paths that start from the profile's folder, or PEM itself."""

    __pydantic_config__ = FORBID_UNKNOWN
    ca: Text | None = None
    """What the target's certificate must be issued by; without it, what this machine trusts is trusted."""
    client_certificate: Text | None = None
    client_key: Text | None = field(default=None, repr=False)
    """Without it, the key stands in the certificate's file."""

    @property
    def files(self) -> TlsFiles:
        """The same for connections."""
        return TlsFiles(self.ca, self.client_certificate, self.client_key)


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard the target may be driven. None is no limit: the default on loopback."""

    __pydantic_config__ = FORBID_UNKNOWN
    requests_per_second: Positive | None = 20.0
    concurrency: Count = 4
    max_requests: Count | None = 20_000
    timeout_s: Positive = 10.0
    identify: bool = True
    """Whether User-Agent names the run, and X-Request-ID the run, the rule and the case."""


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment, and all that is known of it. Its paths are request targets, the base URL's path included."""

    name: str
    base_url: str
    """Absolute, without a slash at its end."""
    scope: Scope
    tokens: Tokens = Tokens()
    keys: Keys = Keys()
    sign_in: SignIn | None = None
    revoke: Revoke | None = None
    probe: Probe = Probe()
    tls: Tls = Tls()
    limits: Limits = Limits()
    openapi: OpenApi | None = None
    operation: tuple[OperationEntry, ...] = ()
    operations: tuple[Operation, ...] = ()
    """What config/operations.py made of the two."""
    inputs: Inputs = NO_INPUTS
    """What is tried in addition to the inputs that the suite brings."""
    renewal: TokenCommand | None = None
    """The command that prints a new valid token, if one does."""
    fields: TargetFields = field(default_factory=dict, hash=False, repr=False)
    """What every request bears besides its own fields, such as a gateway's key."""
    extra: frozenset[str] = frozenset()
    """Capabilities of the run rather than of the profile: clock, socket, loopback."""
    run_id: str = ""
    """What stands in the texts of its write that may be other ones each time; empty if none may."""

    @property
    def origin(self) -> str:
        """The base URL without its path: what stands before a request target in a URL."""
        return address.origin(self.base_url)

    @property
    def base_path(self) -> str:
        """The base URL's path, with which every request target begins; empty if it has none."""
        return address.base_path(self.base_url)

    @property
    def is_renewable(self) -> bool:
        """Whether a new token can be had once the valid one runs out: by signing in, or by the profile's command."""
        return self.sign_in is not None or self.renewal is not None

    @property
    def loopback(self) -> bool:
        """Whether the target is on this machine."""
        return address.is_loopback(self.base_url)

    @property
    def capabilities(self) -> frozenset[str]:
        """What a rule may need, as dotted profile keys: `tokens.viewer`, `sign_in`, `probe.write`."""
        tables: dict[str, Scope | Tokens | Keys | Probe] = {
            "scope": self.scope,
            "tokens": self.tokens,
            "keys": self.keys,
            "probe": self.probe,
        }
        present = {
            f"{name}.{each.name}"
            for name, table in tables.items()
            for each in fields(table)
            if getattr(table, each.name)
        }
        optional = {name for name in ("sign_in", "revoke", "openapi", "operation") if getattr(self, name)}
        return self.extra | present | optional

    @property
    def secrets(self) -> frozenset[str]:
        """Every value that no output may show."""
        tokens = {getattr(self.tokens, each.name) for each in fields(self.tokens)}
        password = self.sign_in.password if self.sign_in else None
        key = self.tls.client_key if is_pem(self.tls.client_key or "") else None
        shared = {*self.shared.values(), *secret_fields(self.fields).values()}
        return frozenset(value for value in {*tokens, password, self.keys.signing, key, *shared} if value)

    @property
    def shared(self) -> dict[str, str]:
        """What a client proves itself with when it signs in or revokes, by what it is called in the profile."""
        tables = {"sign_in": self.sign_in, "revoke": self.revoke}
        return {
            f"{name}.fields.{key}": value
            for name, table in tables.items()
            for key, value in (secrets_in(table.fields) if table else {}).items()
        }

    def with_capabilities(self, *names: str) -> Target:
        """The same target in a run that can also do these."""
        return replace(self, extra=self.extra | set(names))


@dataclass(frozen=True, slots=True)
class _Address:
    __pydantic_config__ = FORBID_UNKNOWN
    base_url: Url
    name: Id | None = None
    fields: dict[str, Id] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Profile:
    __pydantic_config__ = FORBID_UNKNOWN
    target: _Address
    scope: Scope
    tokens: Tokens = Tokens()
    keys: Keys = Keys()
    sign_in: SignIn | None = None
    revoke: Revoke | None = None
    probe: Probe = Probe()
    openapi: OpenApi | None = None
    operation: tuple[OperationEntry, ...] = ()
    tls: Tls = Tls()
    limits: Limits = Limits()
    inputs: Inputs = NO_INPUTS
    run: Any = None
    """Options of a run: config/run_table.py reads them."""


class ProfileError(ValueError):
    """The profile cannot be used. Every problem is one line: source, dotted key, what to do."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


VARIABLES = {
    "SYNQ_BASE_URL": "target.base_url",
    "SYNQ_TENANT_ID": "scope.tenant_id",
    "SYNQ_ORG_ID": "scope.org_id",
    "SYNQ_TOKEN": "tokens.valid",
    "SYNQ_EMAIL": "sign_in.email",
    "SYNQ_PASSWORD": "sign_in.password",
}
"""The environment variables that describe a target without a profile, and the keys they stand for."""


def from_profile(path: str | os.PathLike[str], environ: Mapping[str, str] | None = None) -> Target:
    """Read a profile; raises ProfileError, which names the file and every key that is wrong.

    `environ` stands in for the process environment in `{env = "NAME"}`.
    """
    file = pathlib.Path(path)
    data = tables(read_text(file, ProfileError), str(file), ProfileError)
    return from_mapping(data, str(file), folder=file.parent, environ=os.environ if environ is None else environ)


def from_environment(environ: Mapping[str, str], url: str | None = None) -> Target:
    """The target that the SYNQ_ variables describe; `url` goes before SYNQ_BASE_URL."""
    given = {name: value for name in VARIABLES if (value := environ.get(name, "").strip("\r\n"))}
    data: dict[str, dict[str, Any]] = {}
    for name, value in (given | ({"SYNQ_BASE_URL": url} if url else {})).items():
        table, key = VARIABLES[name].split(".")
        data.setdefault(table, {})[key] = value
    labels = {key: name for name, key in VARIABLES.items()} | ({"target.base_url": "--url"} if url else {})
    return from_mapping(data, "environment", labels=labels)


def from_mapping(
    data: Mapping[str, Any],
    source: str,
    *,
    folder: pathlib.Path | None = None,
    environ: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Target:
    """The target that a profile's content describes; `source` is what an error calls it.

    `folder` is where `{file = …}` and `{command = …}` start from, `environ` what `{env = …}` looks into, and
    `labels` what an error calls a key instead of its dotted path.
    """
    problems: dict[str, str] = {}
    resolved = resolved_in(data, folder or pathlib.Path(), environ or {}, problems)
    profile, wrong = validate(_Profile, _with_defaults(resolved))
    problems = {dotted(path): problem for path, problem in wrong} | problems
    if profile:
        problems = dict(_contradictions(profile)) | problems
    if problems or not profile:
        names = labels or {}
        raise ProfileError(*(f"{source}: {names.get(key, key)}: {text}" for key, text in problems.items()))
    base_url = profile.target.base_url
    if profile.openapi is not None:
        profile = replace(profile, openapi=profile.openapi.beside(folder or pathlib.Path()))
    profile = replace(profile, tls=_located(profile.tls, folder or pathlib.Path()))
    placed = _under(profile, address.base_path(base_url))
    return Target(
        name=profile.target.name or base_url.partition("://")[2],
        base_url=base_url,
        fields=profile.target.fields,
        renewal=token_command(data.get("tokens"), folder or pathlib.Path()),
        **{each.name: getattr(placed, each.name) for each in fields(placed) if each.name not in ("target", "run")},
    )


def _located(tls: Tls, folder: pathlib.Path) -> Tls:
    """The same files, found from wherever this process is."""
    files = {each.name: getattr(tls, each.name) for each in fields(tls)}
    return replace(tls, **{name: str(folder / file) for name, file in files.items() if file and not is_pem(file)})


def _under(table: T, base_path: str) -> T:
    """The table with every path in it under the base URL's. What is a Path by its type is one of the API."""
    changes: dict[str, object] = {}
    for name, kind in get_type_hints(type(table), include_extras=True).items():
        value = getattr(table, name)
        if is_dataclass(value) and not isinstance(value, type):
            changes[name] = _under(value, base_path)
        elif value is not None and Path in (kind, *get_args(kind)):
            changes[name] = base_path + value
    return replace(table, **changes)


def _with_defaults(data: dict[str, Any]) -> dict[str, Any]:
    """The same data with both required tables, and without limits for a target on loopback."""
    limits = data.get("limits", {})
    match data.get("target"):
        case {"base_url": str(url)} if address.is_loopback(url) and isinstance(limits, dict):
            limits = {"requests_per_second": None, "max_requests": None} | limits
    return {"target": {}, "scope": {}} | data | {"limits": limits}


def _contradictions(profile: _Profile) -> Iterator[tuple[str, str]]:
    """Values that name one thing twice: a check would take the target's own tenant for a foreign one."""
    scope, tokens = profile.scope, profile.tokens
    yield from wrong_fields(profile.target.fields)
    if not tokens.valid and not profile.sign_in:
        yield "tokens.valid", "is missing and must be given, unless there is a [sign_in]"
    if profile.openapi is not None and (profile.openapi.file is None) is (profile.openapi.url is None):
        yield "openapi", "must name a file or a url, and not both"
    if profile.probe.delete is not None and "{id}" not in profile.probe.delete.path:
        yield "probe.delete.path", "must hold {id}, which stands for the id of what was created"
    own = {"other_tenant_id": "tenant_id", "other_org_id": "org_id", "other_tenant_org_id": "org_id"}
    for other, mine in own.items():
        if getattr(scope, other) == getattr(scope, mine):
            yield f"scope.{other}", f"is the same as scope.{mine}; give another one, or leave it out"
    for each in fields(tokens)[1:]:
        if tokens.valid and getattr(tokens, each.name) == tokens.valid:
            yield f"tokens.{each.name}", "is the same token as tokens.valid; give another one, or leave it out"
