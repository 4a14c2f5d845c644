"""Keys of the token's issuer: asked for if the profile allows it, without a token, and never in clear."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from conformance.calibrate.opened import opened_subject, shared
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.config.profile import Keys
from conformance.evidence.judge import Unmet
from conformance.evidence.recorder import Recorder
from conformance.http.fetching import FetchError
from conformance.selftest.answering import answering_paths
from conformance.server.harness import found_keys
from conformance.server.harness.found_keys import FoundKeys
from conformance.server.harness.gate import Gate
from conformance.server.harness.issuer_keys import issuer_key_sets, issuer_of
from conformance.server.harness.provided import speaking
from conformance.server.harness.target_api import TargetApi

KEY = RSAKey.generate_key(2048)
JWKS = "/.well-known/jwks.json"
SET = json.dumps({"keys": [KEY.as_dict(private=False)]})


def token_of(issuer: object) -> str:
    """A token that this issuer is said to have signed."""
    return jwt.encode({"alg": "RS256"}, {"iss": issuer, "sub": "x"}, KEY)


@pytest.mark.parametrize(
    ("issuer", "asked"),
    [
        ("https://login.example/tenant", "https://login.example/tenant"),
        ("https://login.example/tenant/", "https://login.example/tenant"),
        ("http://127.0.0.1:8080/realms/a", "http://127.0.0.1:8080/realms/a"),
        ("http://login.example/", None),
        ("https://name:word@login.example/", None),
        ("https://login.example:none/", None),
        ("login.example", None),
        ("file:///etc/passwd", None),
        ("synq", None),
        (["https://login.example"], None),
        (None, None),
    ],
    ids=str,
)
def test_an_issuer_is_asked_if_it_is_a_url_over_tls(issuer: object, asked: str | None) -> None:
    """Or on this machine; of anything else nothing is known."""
    assert issuer_of(token_of(issuer)) == asked


def _fetching(documents: dict[str, object], asked: list[str]) -> Callable[[str], bytes]:
    def fetch(url: str) -> bytes:
        asked.append(url)
        if url not in documents:
            raise FetchError(f"{url}: was answered 404")
        return json.dumps(documents[url]).encode()

    return fetch


@pytest.mark.parametrize(
    ("documents", "found"),
    [
        pytest.param(
            {"https://a/t/.well-known/openid-configuration": {"jwks_uri": "https://b/keys"}, "https://b/keys": SET},
            "https://b/keys", id="openid",
        ),
        pytest.param(
            {"https://a/.well-known/oauth-authorization-server/t": {"jwks_uri": "https://a/k"}, "https://a/k": SET},
            "https://a/k", id="oauth",
        ),
        pytest.param({"https://a/t/.well-known/jwks.json": SET}, "https://a/t/.well-known/jwks.json", id="beside"),
        pytest.param(
            {"https://a/t/.well-known/openid-configuration": {"jwks_uri": "http://b/keys"}, "http://b/keys": SET},
            None, id="in-clear",
        ),
        pytest.param({"https://a/t/.well-known/jwks.json": "[]"}, None, id="no-object"),
        pytest.param({"https://a/t/.well-known/jwks.json": '{"keys": []}'}, None, id="empty"),
    ],
)  # fmt: skip
def test_the_keys_are_found_by_metadata_or_beside_it(documents: dict[str, object], found: str | None) -> None:
    """OpenID Connect Discovery puts its path behind the issuer's, RFC 8414 before it."""
    asked: list[str] = []
    loaded = {url: json.loads(one) if isinstance(one, str) else one for url, one in documents.items()}
    sets = list(issuer_key_sets("https://a/t", _fetching(loaded, asked)))
    assert [url for url, _ in sets] == ([found] if found else [])
    assert not [url for url in asked if url.startswith("http:")]


@contextmanager
def keyless() -> Iterator[tuple[TargetApi, str]]:
    """The reference server without keys in its profile, and the JWK Set that verifies its tokens."""
    with opened_subject(CalibrationSubject("reference", Kind.REFERENCE), shared()) as bench:
        target = replace(bench.target, keys=Keys())
        with speaking(replace(bench, target=target), Recorder(None), Gate()) as synq:
            yield synq, str(bench.target.keys.public)


@pytest.fixture
def _unpublished(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target publishes no key, and none can be computed."""
    monkeypatch.setattr(found_keys, "JWKS_PATHS", ())
    monkeypatch.setattr(found_keys, "METADATA_PATHS", ())
    monkeypatch.setattr(found_keys, "_recovered", lambda _synq: iter(()))


@pytest.mark.usefixtures("_unpublished")
def test_the_issuer_is_asked_only_if_the_profile_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the reason says which key of the profile would allow it; a finding says where its key is from."""
    with keyless() as (synq, key_set), answering_paths({JWKS: key_set.encode()}) as (url, asked):
        monkeypatch.setattr(found_keys, "issuer_of", lambda _token: url)
        with pytest.raises(Unmet, match=f"keys.from_issuer = true to ask {url}"):
            FoundKeys(synq)
        assert asked == []
        synq.target = replace(synq.target, keys=Keys(from_issuer=True))
        (key,) = FoundKeys(synq).keys
        assert key.source == f"published by the token's issuer at {url}{JWKS}"
        assert not [one for one in asked if one.values("Authorization")]


@pytest.mark.usefixtures("_unpublished")
def test_an_issuer_that_publishes_another_key_is_no_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is one only if it verifies the genuine token."""
    with keyless() as (synq, _), answering_paths({JWKS: SET.encode()}) as (url, _):
        monkeypatch.setattr(found_keys, "issuer_of", lambda _token: url)
        synq.target = replace(synq.target, keys=Keys(from_issuer=True))
        with pytest.raises(Unmet, match="neither the target's own origin nor the token's issuer"):
            FoundKeys(synq)
