"""Published JWS vectors against the embedded Synq's verifier, joserfc under it, and the forger's reading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from conformance.mock import strict_json
from conformance.mock import tokens as mock_tokens
from conformance.mock.keys import ALGORITHMS, KeyPair
from conformance.tokens import malformation

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors" / "wycheproof"

pytestmark = pytest.mark.filterwarnings(f"ignore::{SecurityWarning.__module__}.{SecurityWarning.__name__}")

OTHER_VERDICT = {
    367: "the same text as vector 357, which is valid: the padding in question got lost",
    370: "the same text as vector 357, which is valid: the padding in question got lost",
    372: "a question mark in the header, which RFC 7515 §2 does not let pass",
    373: "a question mark in the payload, which RFC 7515 §2 does not let pass",
}
"""Vectors whose verdict contradicts another vector or the RFC."""

RELABELLED = {
    number: {"alg": alg} for number, alg in ((346, "PS384"), (347, "ES512"), (350, "PS384"), (351, "ES512"))
}
"""RFC 7520 examples whose key in the corpus is labelled with an algorithm other than the example's own."""

MALFORMED_WORDS = (
    "Separator",
    "EmptyString",
    "MissingHeader",
    "ExtraEmpty",
    "ExtraComponent",
    "JsonSerialization",
)


class Vector(NamedTuple):
    """One vector with its group's key."""

    number: int
    comment: str
    token: Any
    valid: bool
    jwk: dict[str, Any]

    @property
    def algorithm(self) -> str:
        usual = {"EC": "ES256", "RSA": "RS256", "oct": "HS256"}[self.jwk["kty"]]
        return str(self.jwk.get("alg", usual))


def _vectors() -> list[Vector]:
    corpus = json.loads((VECTORS / "json_web_signature_test.json").read_text("utf-8"))
    return [
        Vector(
            test["tcId"],
            test["comment"],
            test["jws"],
            (test["result"] == "valid") is (test["tcId"] not in OTHER_VERDICT),
            (group.get("public") or group["private"]) | RELABELLED.get(test["tcId"], {}),
        )
        for group in corpus["testGroups"]
        for test in group["tests"]
    ]


ALL = _vectors()
OURS = [vector for vector in ALL if vector.algorithm in ALGORITHMS]


def _cases(vectors: list[Vector]) -> list[Any]:
    return [pytest.param(vector, id=f"{vector.number}-{vector.comment}") for vector in vectors]


def _key(jwk: dict[str, Any]) -> RSAKey | ECKey | OctKey:
    match jwk["kty"]:
        case "RSA":
            return RSAKey.import_key(jwk)
        case "EC":
            return ECKey.import_key(jwk)
        case _:
            return OctKey.import_key(jwk)


def _verifies(vector: Vector) -> bool:
    registry = jws.JWSRegistry(algorithms=[vector.algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(vector.token, _key(vector.jwk), registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def test_the_corpus_is_whole() -> None:
    """All 401 vectors are read, and both verdicts occur often enough to tell something."""
    assert len(ALL) == 401
    assert sum(vector.valid for vector in ALL) == 46
    assert len(OURS) > 250


@pytest.mark.parametrize("vector", _cases(ALL))
def test_the_library_agrees_with_the_corpus(vector: Vector) -> None:
    """joserfc, on which the embedded Synq and the minting stand, accepts what is valid and nothing else."""
    assert _verifies(vector) is vector.valid


@pytest.mark.parametrize("vector", _cases([vector for vector in OURS if not vector.valid]))
def test_the_embedded_synq_refuses_every_invalid_vector(vector: Vector) -> None:
    """The mock's verifier refuses each of them, with the vector's key in place of Synq's."""
    try:
        key = _key(vector.jwk)
    except JoseError:
        pytest.fail(f"vector {vector.number}: the key cannot be read, so nothing was verified")
    assert isinstance(key, RSAKey | ECKey)
    with pytest.raises(mock_tokens.BadToken):
        mock_tokens.verify(vector.token, KeyPair(vector.algorithm, vector.jwk.get("kid", ""), key))


@pytest.mark.parametrize(
    "vector", _cases([vector for vector in OURS if vector.valid and ".." not in vector.token])
)
def test_the_embedded_synq_verifies_the_signature_of_every_valid_vector(
    vector: Vector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their payloads are no JSON: with that one demand lifted, each that has a payload is accepted."""
    key = _key(vector.jwk)
    assert isinstance(key, RSAKey | ECKey)
    loads = strict_json.strict_loads

    def claims_or_none(octets: bytes) -> object:
        try:
            value = loads(octets)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    monkeypatch.setattr(strict_json, "strict_loads", claims_or_none)
    kid = jws.extract_compact(vector.token.encode()).headers().get("kid", "")
    assert mock_tokens.verify(vector.token, KeyPair(vector.algorithm, kid, key)) == {}


@pytest.mark.parametrize("vector", _cases([vector for vector in ALL if vector.valid]))
def test_the_forger_reads_every_valid_vector(vector: Vector) -> None:
    """What is well formed is not called malformed."""
    assert malformation(vector.token) is None


@pytest.mark.parametrize(
    "vector", _cases([vector for vector in ALL if any(word in vector.comment for word in MALFORMED_WORDS)])
)
def test_the_forger_calls_a_wrong_structure_malformed(vector: Vector) -> None:
    """Missing or surplus segments and the JSON form are no compact token."""
    assert malformation(vector.token) is not None


@pytest.mark.parametrize("number", [*range(360, 367), 368, 369, *range(371, 376)])
def test_the_forger_calls_a_wrong_encoding_malformed(number: int) -> None:
    """A character outside base64url or a stray bit is noticed, also if the corpus lets it pass."""
    vector = next(vector for vector in ALL if vector.number == number)
    assert malformation(vector.token) is not None
