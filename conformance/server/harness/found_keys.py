"""The target's public key if the profile does not give it: published by the target, or computed from its signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import chain
from urllib.parse import urlsplit

from conformance.evidence.judge import HarnessError, Unmet
from conformance.http.message import Request
from conformance.server.harness.issuer_keys import issuer_fetch, issuer_key_sets, issuer_of
from conformance.server.harness.json_body import json_in
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import Attack, NotForgeable, decode
from conformance.tokens.public import verifies
from conformance.tokens.recovered import ec_keys_of, rsa_key_of

JWKS_PATHS = (
    *("/.well-known/jwks.json", "/jwks.json", "/.well-known/jwks", "/jwks", "/oauth2/jwks", "/oauth/jwks"),
    *("/api/v1/auth/jwks.json", "/api/v1/auth/jwks", "/auth/jwks", "/discovery/keys", "/oauth2/v1/keys"),
)
"""The paths at which servers publish their keys."""
METADATA_PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
"""The paths at which servers name that path (OpenID Connect Discovery §4, RFC 8414 §3)."""


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key that verifies the genuine token, or one of two that may."""

    public: str
    """A JWK Set or PEM."""
    source: str
    """How it was come by, in words."""


class FoundKeys:
    """The keys of one target, looked for when they are first asked for."""

    def __init__(self, synq: TargetApi) -> None:
        """Raises Unmet, with what to supply, if no key can be found; or if one was given, and none is looked for."""
        given = synq.target.keys.public
        if given is not None and not synq.forger.is_of_another_key(given):
            raise Unmet("keys.public is given in the profile, so no key was looked for")
        token = synq.credentials.valid()
        published = chain(_published(synq), _of_the_issuer(synq, token))
        known = next((key for key in published if verifies(key.public, token)), None)
        self.keys = list(_recovered(synq)) if known is None else [known]
        if not self.keys:
            raise Unmet(_nothing_found(synq.target.keys.from_issuer, issuer_of(token), tokens=len(_genuine(synq))))

    def presented(self, synq: TargetApi, attack: Attack) -> list[tuple[FoundKey, ResponseAssertion]]:
        """The documented request with the forged token, once for each key that may be the right one.

        Raises NotForgeable if no key has what the attack takes.
        """
        made, failures = [], []
        for key in self.keys:
            try:
                token = _forged_with(synq, attack, key)
            except NotForgeable as error:
                failures.append(error)
            else:
                made.append((key, synq.get(token=token)))
        if not made:
            raise failures[0] if failures else HarnessError("there is no key, and no reason why")
        return made


def _forged_with(synq: TargetApi, attack: Attack, key: FoundKey) -> str:
    """The token of this attack, made with a key that was found; raises NotForgeable.

    No shell line makes it again, so that a finding is shown again by its case.
    """
    material = synq.forger.material(spare="spare" in attack.takes)
    token = attack.forge(replace(material, public=key.public))
    synq.recorder.redactor.derive(token, f"[token of {attack.name}, with a key that was found]", expands=False)
    return token


def _nothing_found(allowed: bool, issuer: str | None, *, tokens: int) -> str:
    """What to supply; `tokens`: how many genuine ones the run has, of which two are enough with the extra."""
    if allowed:
        where = "neither the target's own origin nor the token's issuer publishes its key"
    else:
        where = "the target publishes no key on its own origin"
    ask = f", or keys.from_issuer = true to ask {issuer}" if issuer and not allowed else ""
    lacking = [
        *(["a second token (tokens.viewer or [sign_in])"] if tokens < 2 else []),
        *(["the extra recovery of the suite"] if find_spec("gmpy2") is None else []),
    ]
    compute = f", or {' and '.join(lacking)} to compute it" if lacking else ""
    return f"supply keys.public in the profile{ask}{compute}: {where}, and none could be computed"


def _of_the_issuer(synq: TargetApi, token: str) -> Iterator[FoundKey]:
    """JWK Sets of the token's issuer, if the profile allows to ask there."""
    issuer = issuer_of(token)
    if issuer is not None and synq.target.keys.from_issuer:
        for url, text in issuer_key_sets(issuer, issuer_fetch(synq.target)):
            yield FoundKey(text, f"published by the token's issuer at {url}")


def _published(synq: TargetApi) -> Iterator[FoundKey]:
    """JWK Sets of the target's own origin."""
    bases = dict.fromkeys((synq.target.base_path, ""))
    asked = [f"{base}{path}" for base in bases for path in (*_named_in_metadata(synq), *JWKS_PATHS)]
    for path in dict.fromkeys(asked):
        text = _got(synq, path)
        if text is not None and isinstance(text.get("keys"), list) and text["keys"]:
            yield FoundKey(json.dumps(text), f"published at {path}")


def _named_in_metadata(synq: TargetApi) -> Iterator[str]:
    for path in METADATA_PATHS:
        named = (_got(synq, path) or {}).get("jwks_uri")
        if isinstance(named, str):
            parts = urlsplit(named)
            if f"{parts.scheme}://{parts.netloc}" == synq.target.origin:
                yield parts.path


def _got(synq: TargetApi, path: str) -> dict[str, object] | None:
    """The JSON object at this path; None if there is none."""
    exchange = synq.step(Request("GET", path))
    if exchange.response is None or not exchange.accepted:
        return None
    found = json_in(exchange.response.body)
    return found if isinstance(found, dict) else None


def _recovered(synq: TargetApi) -> Iterator[FoundKey]:
    """Keys computed from the signatures of the genuine tokens that the run has."""
    tokens = _genuine(synq)
    keys = ec_keys_of(tokens)
    for number, key in enumerate(keys, start=1):
        which = "" if len(keys) == 1 else f", {number} of the {len(keys)} that one signature leaves"
        yield FoundKey(key, f"computed from the signatures of {len(tokens)} tokens{which}")
    if not keys and (modulus := rsa_key_of(tokens)) is not None:
        yield FoundKey(modulus, "computed from two signatures, as what both have in common")


def _genuine(synq: TargetApi) -> list[str]:
    """Tokens of one issuer: those that were given, and one more from signing in."""
    credentials, given = synq.credentials, synq.target.tokens
    tokens = [credentials.valid(), *(one for one in (given.viewer, given.expired, given.other_tenant) if one)]
    if synq.target.sign_in is not None and len(tokens) < 2:
        tokens.append(credentials.fresh())
    headers = {token: decode(token) for token in dict.fromkeys(tokens)}
    first = headers[tokens[0]]
    return [token for token, parts in headers.items() if parts and first and _alike(parts.header, first.header)]


def _alike(one: dict[str, object], other: dict[str, object]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("alg", "kid"))
