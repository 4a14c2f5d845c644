"""`synq-conformance forge NAME`: the token of an attack, made of the reader's own genuine token."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from conformance.config.profile import Keys, Target, Tokens, from_profile
from conformance.tokens import Attack, Material, NotForgeable, listed, named

TOKEN, VIEWER = "SYNQ_TOKEN", "SYNQ_TOKEN_VIEWER"
PUBLIC, SIGNING = "SYNQ_PUBLIC_KEY", "SYNQ_SIGNING_KEY"
TENANT, ORG = "SYNQ_TENANT_ID", "SYNQ_ORG_ID"
SUPPLY = {"keys.public": (PUBLIC, "keys.public"), "keys.signing": (SIGNING, "keys.signing")}
"""The variable, and the key of a profile, that give a capability."""


class ForgeError(ValueError):
    """The token cannot be made; the message says why and what to do."""


def forged(
    name: str,
    environ: Mapping[str, str],
    profile: Path | None = None,
    listener: str | None = None,
    *,
    spoiled: bool = False,
) -> str:
    """The token of this name; `spoiled`: with forged claims that ended long ago.

    Variables go before the profile. Raises ForgeError, which says what is missing, or ProfileError for a profile
    that cannot be read.
    """
    attack = _called(name)
    material = _material(environ, None if profile is None else from_profile(profile, environ), listener)
    for capability in sorted(attack.needs - material.capabilities):
        variable, key = SUPPLY[capability]
        raise ForgeError(f"{name} needs {key}: set {variable} (the text of the key), or name a --profile that has it")
    if "spare" in attack.takes and material.spare is None:
        raise ForgeError(f"{name} needs a second genuine token: set {VIEWER}, or name a --profile with tokens.viewer")
    try:
        return attack.forge(replace(material, spoiled=spoiled))
    except NotForgeable as error:
        raise ForgeError(f"{name} cannot be made: {error}") from error


def _called(name: str) -> Attack:
    try:
        return named(name)
    except KeyError:
        near = get_close_matches(name, listed(), n=1)
        hint = f"did you mean {near[0]}?" if near else "see `synq-conformance forge --list`"
        raise ForgeError(f"unknown attack {name!r}; {hint}") from None


def _material(environ: Mapping[str, str], target: Target | None, listener: str | None) -> Material:
    given = {name: text.strip("\r\n") for name, text in environ.items() if text.strip()}
    tokens, keys = (Tokens(), Keys()) if target is None else (target.tokens, target.keys)
    scope = None if target is None else (target.scope.tenant_id, target.scope.org_id)
    valid = given.get(TOKEN) or tokens.valid
    if valid is None:
        raise ForgeError(f"a genuine token is needed: set {TOKEN}, or name a --profile that has tokens.valid")
    return Material(
        valid=valid,
        spare=given.get(VIEWER) or tokens.viewer,
        public=given.get(PUBLIC) or keys.public,
        signing=given.get(SIGNING) or keys.signing,
        listener=listener,
        now=time.time(),
        scope=(given[TENANT], given[ORG]) if {TENANT, ORG} <= given.keys() else scope,
    )
