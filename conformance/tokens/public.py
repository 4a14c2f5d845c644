"""The key by which tokens are verified, in every encoding that a verifier may mistake for an HMAC secret."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from conformance.tokens.attack import Material, NotForgeable, NothingToForge, without
from conformance.tokens.signing import imported

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey


def public_key(material: Material) -> PublicKey:
    """The RSA, EC or Edwards key; of a set the one that the genuine token names, else the first that signs."""
    from cryptography.exceptions import UnsupportedAlgorithm  # late, to spare start-up
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from joserfc.errors import JoseError

    try:
        key = _read(material)
    except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise NotForgeable(f"keys.public cannot be read as a JWK Set or as PEM: {error}") from error
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey):
        raise NotForgeable("keys.public holds neither an RSA key nor an EC or Ed25519 key")
    return key


def _read(material: Material) -> object:
    from cryptography import x509  # late, to spare start-up
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    text = _given(material)
    if text.lstrip().startswith("{"):
        members = without(published_jwk(material), ["key_ops", "use", "alg"])
        kinds: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
        return kinds[members["kty"]].import_key(members).public_key
    if "BEGIN CERTIFICATE" in text:
        return x509.load_pem_x509_certificate(text.encode()).public_key()
    return load_pem_public_key(text.encode())


def _given(material: Material) -> str:
    if material.public is None:
        raise NotForgeable("supply keys.public, the JWK Set or PEM by which tokens are verified")
    return material.public


def published_set(material: Material) -> str:
    """Returns the JWK Set as its text was given; raises NothingToForge if the key was given in PEM."""
    text = _given(material)
    if not text.lstrip().startswith("{"):
        raise NothingToForge("keys.public is PEM, and no JWK Set; if the target publishes one, supply that")
    return text


def published_jwk(material: Material) -> dict[str, Any]:
    """The member of the JWK Set by which the genuine token is verified."""
    found = json.loads(published_set(material))
    keys = [key for key in found.get("keys", [found]) if key.get("kty") in {"RSA", "EC", "OKP"}]
    if not keys:
        raise NotForgeable("keys.public is a JWK Set without an RSA, EC or OKP key")
    named = material.genuine.header.get("kid")
    ranked = sorted(keys, key=lambda key: (key.get("kid") != named, key.get("use", "sig") != "sig"))
    return dict(ranked[0])


def spki_pem(material: Material) -> str:
    """SubjectPublicKeyInfo in PEM, with its final newline (RFC 7468 §13)."""
    return _encoded(material, "PEM", "SubjectPublicKeyInfo").decode("ascii")


def spki_der(material: Material) -> bytes:
    """SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7)."""
    return _encoded(material, "DER", "SubjectPublicKeyInfo")


def pkcs1_pem(material: Material) -> str:
    """RSAPublicKey in PEM, with its final newline (RFC 8017 §A.1.1)."""
    rsa_numbers(material)
    return _encoded(material, "PEM", "PKCS1").decode("ascii")


def pkcs1_der(material: Material) -> bytes:
    """RSAPublicKey in DER."""
    rsa_numbers(material)
    return _encoded(material, "DER", "PKCS1")


def openssh(material: Material) -> str:
    """The key as a line of `authorized_keys` (RFC 4253 §6.6), without a newline."""
    return _encoded(material, "OpenSSH", "OpenSSH").decode("ascii")


def _encoded(material: Material, encoding: str, form: str) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # late, to spare start-up

    try:
        return public_key(material).public_bytes(getattr(Encoding, encoding), getattr(PublicFormat, form))
    except ValueError as error:
        raise NothingToForge(f"keys.public has no {form} form: {error}") from error


def rsa_numbers(material: Material) -> bytes:
    """Returns the modulus, big-endian (RFC 7518 §6.3.1.1); raises NothingToForge if the key is no RSA key."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # late, to spare start-up

    key = public_key(material)
    if not isinstance(key, RSAPublicKey):
        raise NothingToForge("keys.public is no RSA key, and only RSA keys have a modulus and PKCS #1 forms")
    modulus = key.public_numbers().n
    return modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")


def ec_point(material: Material) -> bytes:
    """Returns the uncompressed point (RFC 5480 §2.2); raises NothingToForge if the key is no EC key."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey  # late, to spare start-up

    if not isinstance(public_key(material), EllipticCurvePublicKey):
        raise NothingToForge("keys.public is no EC key, and only EC keys are a point of two coordinates")
    return _encoded(material, "X962", "UncompressedPoint")


def raw_point(material: Material) -> bytes:
    """Returns the octets of an EC point or of an Edwards key (RFC 8032 §5.1.5); raises NothingToForge for RSA."""
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey  # late, to spare start-up
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = public_key(material)
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey | Ed448PublicKey) else ec_point(material)


def jwk_json(material: Material, *, blanks: bool = False, ordered: bool = False) -> str:
    """The JWK written anew: minified or with blanks, in its own order or sorted.

    Of a key given in PEM it holds the numbers alone, which is all that is known of it.
    """
    separators = (", ", ": ") if blanks else (",", ":")
    if _given(material).lstrip().startswith("{"):
        jwk = published_jwk(material)
    else:
        jwk = without(imported(spki_pem(material)).as_dict(private=False), ["kid"])
    return json.dumps(jwk, separators=separators, sort_keys=ordered)


def base64_body(material: Material) -> str:
    """The SPKI in base64 on one line, as the body of the PEM without its armor."""
    return base64.b64encode(spki_der(material)).decode("ascii")


VERIFIED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Algorithms that have a public key."""


def verifies(public: str, token: str) -> bool:
    """Whether a key of this JWK Set verifies the token."""
    from joserfc import jws  # late, to spare start-up
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        jws.deserialize_compact(token, KeySet.import_key_set(json.loads(public)), algorithms=list(VERIFIED))
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def is_signed_by(material: Material) -> bool:
    """Whether the given key verifies the genuine token's signature; raises NotForgeable if it cannot be read."""
    from joserfc import jws  # late, to spare start-up
    from joserfc.errors import JoseError

    key = imported(spki_pem(material))
    algorithm = str(material.genuine.header.get("alg"))
    try:
        jws.deserialize_compact(material.valid, key, algorithms=[algorithm])
    except (JoseError, ValueError):
        return False
    return True
