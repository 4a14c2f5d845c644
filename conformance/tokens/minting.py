"""Well-formed tokens under any clock, signed with the deployment's own key through joserfc."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from conformance.contract.durations import HOUR_S
from conformance.tokens.attack import Material, NotForgeable, NothingToForge, dated, without
from conformance.tokens.compact import Json
from conformance.tokens.signing import signing_key

Changes = Mapping[str, Any] | Callable[[Json], Json]

REGISTERED = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
"""RFC 7519 §4.1."""


def mint(
    material: Material,
    *,
    claims: Changes | None = None,
    header: Changes | None = None,
    drop: Iterable[str] = (),
    at: float | None = None,
    lifetime: float = HOUR_S,
) -> str:
    """The genuine token's header and claims, issued `at` (lately), changed, and signed anew.

    Changes are members to set, or a function from the old object to the new one; `drop` names claims to leave
    out. Times are in seconds. Raises NotForgeable without a signing key.
    """
    from joserfc import jwt  # late, to spare start-up
    from joserfc.jws import JWSRegistry

    key, algorithm = signing_key(material)
    genuine = material.genuine
    issued = material.lately if at is None else at
    own = {"jti": uuid4().hex} if "jti" in genuine.claims else {}  # so that revoking it revokes it alone
    content = without(_changed(dated(genuine.claims, issued, lifetime) | own, claims), drop)
    protected = _changed(genuine.header | {"alg": algorithm}, header)
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jwt.encode(protected, content, key, registry=registry, default_type=None)


def _changed(members: Json, changes: Changes | None) -> Json:
    if callable(changes):
        return changes(members)
    return members | dict(changes or {})


def aged(material: Material, age_s: float) -> str:
    """A token that was issued `age_s` seconds ago and lives its hour."""
    return mint(material, at=material.now - age_s)


def expired(material: Material, by_s: float) -> str:
    """A token whose hour ended `by_s` seconds ago."""
    return aged(material, HOUR_S + by_s)


def without_scope(material: Material, tenant_id: str, org_id: str) -> str:
    """A token without any claim that names the tenant or the organization (the registered ones stay).

    Raises NotForgeable if no claim names either: a server may know them by other names than callers do.
    """

    def unscoped(claims: Json) -> Json:
        named = [name for name in claims if name not in REGISTERED and names_scope(claims[name])]
        if not named:
            raise NotForgeable(
                "no claim of the valid token names the tenant or the organization as the headers do: "
                "supply tokens.unprovisioned"
            )
        return without(claims, named)

    def names_scope(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(names_scope, [*value.keys(), *value.values()]))
        if isinstance(value, list):
            return any(map(names_scope, value))
        return str(value) in (tenant_id, org_id)  # a number is written without quotes in a claim

    return mint(material, claims=unscoped)


def half_scoped(material: Material, gone: str, stays: str, *, emptied: bool = False) -> str:
    """A token without the claim that names the one id, or with nothing in it, while the other id is named as before.

    Raises NothingToForge if no claim names the one alone.
    """

    def names(value: object, wanted: str) -> bool:
        return value == wanted or (isinstance(value, list) and wanted in value)

    claims = material.genuine.claims
    found = [name for name in claims if name not in REGISTERED and names(claims[name], gone)]
    if not found or gone == stays or any(names(claims[name], stays) for name in found):
        raise NothingToForge("the genuine token has no claim for the tenant or the organization alone")
    if not emptied:
        return mint(material, drop=found)
    return mint(material, claims={name: [] if isinstance(claims[name], list) else "" for name in found})


def no_expiry(material: Material) -> str:
    """A token without `exp`."""
    return mint(material, drop=["exp"])


def issuer(material: Material, value: object) -> str:
    """A token of this issuer."""
    return mint(material, claims={"iss": value})


def audience(material: Material, value: object) -> str:
    """A token for this audience."""
    return mint(material, claims={"aud": value})


def not_yet_valid(material: Material, in_s: float) -> str:
    """A token that counts in `in_s` seconds and was issued lately."""
    return mint(material, claims={"nbf": int(material.now + in_s)})
