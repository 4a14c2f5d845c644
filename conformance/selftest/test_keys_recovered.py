"""Public keys that were not given: computed from signatures, or published by the target."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from conformance.calibrate.opened import opened_subject, shared
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.config.profile import Keys
from conformance.evidence.judge import Unmet
from conformance.evidence.recorder import Recorder
from conformance.server.harness import found_keys
from conformance.server.harness.found_keys import FoundKeys
from conformance.server.harness.gate import Gate
from conformance.server.harness.provided import speaking
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import Material, attacks
from conformance.tokens.public import spki_pem, verifies
from conformance.tokens.recovered import ec_keys_of, rsa_key_of

CURVES = {"ES256": "P-256", "ES384": "P-384"}


def _tokens(algorithm: str, key: ECKey | RSAKey, number: int) -> list[str]:
    registry = jws.JWSRegistry(algorithms=[algorithm])
    return [
        jws.serialize_compact({"alg": algorithm}, f'{{"n":{one}}}'.encode(), key, registry=registry)
        for one in range(number)
    ]


@pytest.mark.parametrize("algorithm", CURVES)
def test_one_ec_signature_leaves_two_keys(algorithm: str) -> None:
    """One of them is the right one."""
    key = ECKey.generate_key(CURVES[algorithm])
    found = ec_keys_of(_tokens(algorithm, key, 1))
    assert len(found) == 2
    assert key.as_pem(private=False).decode() in found


@pytest.mark.parametrize("algorithm", CURVES)
def test_two_ec_signatures_leave_one_key(algorithm: str) -> None:
    """The one that both have in common."""
    key = ECKey.generate_key(CURVES[algorithm])
    assert ec_keys_of(_tokens(algorithm, key, 2)) == [key.as_pem(private=False).decode()]


@pytest.mark.parametrize("token", ["", "a.b.c", "no-token"])
def test_no_key_comes_of_no_token(token: str) -> None:
    """What is no token, or has no such signature, says nothing of a key."""
    assert ec_keys_of([token]) == []
    assert rsa_key_of([token, token]) is None


def _small_rsa() -> RSAKey:
    """A key with the exponent 3, whose numbers are small enough for a test."""
    private = rsa.generate_private_key(public_exponent=3, key_size=2048)
    return RSAKey.import_key(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.fixture
def _without_gmpy2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmpy2", None)


class _Numbers:
    """In place of gmpy2, which is an extra: Python's own numbers do for an exponent of 3."""

    mpz = int

    @staticmethod
    def gcd(one: int, other: int) -> int:
        from math import gcd

        return gcd(one, other)


def test_two_rsa_signatures_leave_the_modulus(monkeypatch: pytest.MonkeyPatch) -> None:
    """It divides both differences; that it verifies both signatures is looked at."""
    from conformance.tokens import modulus, recovered

    monkeypatch.setitem(sys.modules, "gmpy2", _Numbers)
    key = _small_rsa()
    pairs = [recovered._rsa_pair(token) for token in _tokens("RS256", key, 2)]
    assert None not in pairs
    first, second = (pair for pair in pairs if pair is not None)
    assert modulus.modulus_of(first, second, 3) == key.public_key.public_numbers().n


@pytest.mark.usefixtures("_without_gmpy2")
def test_without_gmpy2_there_is_no_modulus() -> None:
    """An extra that is not installed is no failure."""
    from conformance.tokens import modulus

    assert modulus.modulus_of((2, 1), (3, 1), 3) is None


def test_the_modulus_is_waited_for_no_longer_than_said() -> None:
    """A hundred million bits may take longer than a run has."""
    assert rsa_key_of(_tokens("RS256", RSAKey.generate_key(2048), 2), wait_s=0.01) is None


@contextmanager
def _synq(change: Callable[[Keys], Keys]) -> Iterator[TargetApi]:
    common = shared()
    with opened_subject(CalibrationSubject("reference", Kind.REFERENCE), common) as bench:
        target = replace(bench.target, keys=change(bench.target.keys))
        with speaking(replace(bench, target=target), Recorder(None), Gate()) as synq:
            yield synq


def test_a_published_key_is_found() -> None:
    """On the target's own origin, and only if it verifies the genuine token."""
    with _synq(lambda _: Keys()) as synq:
        found = FoundKeys(synq)
        assert [key.source for key in found.keys] == ["published at /.well-known/jwks.json"]
        attack = attacks("key-confusion")[0]
        (_key, answered), *others = found.presented(synq, attack)
        assert not others
        assert answered.exchange.status == 401


@pytest.mark.parametrize(
    ("installed", "asked"),
    [(None, ", or the extra recovery of the suite to compute it: the target"), (object(), "synq.example: the target")],
    ids=["without-gmpy2", "with-gmpy2"],
)  # fmt: skip
def test_only_what_is_lacking_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, installed: object | None, asked: str
) -> None:
    """The run signs in for a second token, so that none has to be supplied."""
    for name in ("_published", "_recovered"):
        monkeypatch.setattr(found_keys, name, lambda _: iter(()))
    monkeypatch.setattr(found_keys, "find_spec", lambda _: installed)
    with _synq(lambda _: Keys()) as synq, pytest.raises(Unmet) as told:
        FoundKeys(synq)
    assert asked in str(told.value)
    assert "second token" not in str(told.value)


def test_no_key_is_looked_for_if_one_is_given() -> None:
    """The checks with the profile's key show the same."""
    with _synq(lambda keys: keys) as synq, pytest.raises(Unmet, match=r"keys\.public is given"):
        FoundKeys(synq)


def test_a_key_of_another_issuer_does_not_verify() -> None:
    """A JWK Set that was found is believed only if the genuine token is signed with it."""
    token = _tokens("ES256", ECKey.generate_key("P-256"), 1)[0]
    other = ECKey.generate_key("P-256")
    assert not verifies(f'{{"keys": [{_jwk(other)}]}}', token)
    assert not verifies("[]", token)


def _jwk(key: ECKey) -> str:
    import json

    return json.dumps(key.as_dict(private=False))


def test_a_computed_key_makes_the_token_that_the_given_key_makes() -> None:
    """The confusion needs the key's PEM, octet for octet."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    key = ECKey.import_key(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    token = _tokens("ES256", key, 2)
    assert spki_pem(Material(token[0], public=ec_keys_of(token)[0])) == pem
