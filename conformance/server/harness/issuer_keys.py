"""Keys that the issuer of the genuine token publishes: asked for if the profile allows it, and never with a token."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from conformance.config.profile import Target
from conformance.http.address import is_loopback
from conformance.http.fetching import Fetcher, FetchError
from conformance.server.harness.json_body import json_in
from conformance.tokens import decode

LARGEST = 2**20
"""Octets of a key set or of metadata."""
BESIDE_METADATA = "/.well-known/jwks.json"
Fetch = Callable[[str], bytes]


def issuer_of(token: str) -> str | None:
    """The token's `iss`, if it is a URL by which keys may be looked up; None if it is another text, or in clear.

    What comes over plain HTTP may be anyone's; this machine's own addresses are excepted.
    """
    parts = decode(token)
    issuer = None if parts is None else parts.claims.get("iss")
    return issuer.rstrip("/") if isinstance(issuer, str) and _may_be_asked(issuer) else None


def issuer_fetch(target: Target) -> Fetch:
    """Fetches over the way of every other request: proxies, certificates, time and size."""
    timeout_s, fields = target.limits.timeout_s, target.fields
    return Fetcher(target.base_url, target.tls.files, os.environ, timeout_s, LARGEST, fields).fetch


def issuer_key_sets(issuer: str, fetch: Fetch) -> Iterator[tuple[str, str]]:
    """The JWK Sets that this issuer publishes, each after its address (OpenID Connect Discovery §4, RFC 8414 §3)."""
    for url in dict.fromkeys((*_named(issuer, fetch), f"{issuer}{BESIDE_METADATA}")):
        found = _object_at(url, fetch)
        keys = found.get("keys")
        if isinstance(keys, list) and keys:
            yield url, json.dumps(found)


def _named(issuer: str, fetch: Fetch) -> Iterator[str]:
    """The addresses of key sets in the issuer's metadata."""
    parts = urlsplit(issuer)
    inserted = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path}"
    for url in (f"{issuer}/.well-known/openid-configuration", inserted):
        named = _object_at(url, fetch).get("jwks_uri")
        if isinstance(named, str) and _may_be_asked(named):
            yield named


def _may_be_asked(url: str) -> bool:
    """Whether it is an https URL without a name and a password in it, or one of this machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
    return secure and bool(parts.hostname) and "@" not in parts.netloc


def _object_at(url: str, fetch: Fetch) -> dict[str, object]:
    """The JSON object at this address; an empty one if there is none."""
    try:
        found = json_in(fetch(url))
    except FetchError:
        return {}
    return found if isinstance(found, dict) else {}
