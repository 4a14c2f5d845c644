"""Signatures over any octets, right or wrong, with any key. joserfc does the cryptography."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import TYPE_CHECKING

from conformance.tokens.attack import Material, NotForgeable
from conformance.tokens.compact import Json, encoded, segment

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    AsymmetricKey = RSAKey | ECKey | OKPKey

_EC_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "secp256k1": "ES256K"}
_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


@cache
def own_key(kind: str) -> AsymmetricKey:
    """A key pair of the forger's own, "RSA", "EC" or "OKP"; made at the first call."""
    from joserfc.jwk import ECKey, OKPKey, RSAKey  # late, to spare start-up

    match kind:
        case "RSA":
            return RSAKey.generate_key(2048, private=True)
        case "EC":
            return ECKey.generate_key("P-256", private=True)
        case "OKP":
            return OKPKey.generate_key("Ed25519", private=True)
    raise ValueError(f"{kind}: use RSA, EC or OKP")


OWN_KID = "forged-key"


def own_jwk(kind: str) -> Json:
    """The public half of the forger's key as a JWK."""
    key = own_key(kind)
    return {**key.as_dict(private=False), "kid": OWN_KID, "use": "sig", "alg": algorithm_of(key)}


def own_jwks() -> Json:
    """What a listener serves as `/jwks.json` to a server that follows a `jku` (RFC 7517 §5)."""
    return {"keys": [own_jwk("RSA"), own_jwk("EC")]}


@cache
def own_certificate() -> bytes:
    """A self-signed certificate of the forger's RSA key in DER, what `x5c` holds."""
    from datetime import UTC, datetime  # late, to spare start-up

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding

    key = own_key("RSA").private_key
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the forger's RSA key has no private half")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "synq.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))

    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def own_certificate_pem() -> str:
    """What a listener serves as `/certificate.pem` to a server that follows an `x5u` (RFC 7515 §4.1.5)."""
    import ssl  # late, to spare start-up

    return ssl.DER_cert_to_PEM_cert(own_certificate())


def algorithm_of(key: AsymmetricKey) -> str:
    """The usual algorithm for this key (RFC 7518 §3.1, RFC 8037 §3.1)."""
    return _EC_ALGORITHMS.get(
        str(key.as_dict(private=False).get("crv")), {"RSA": "RS256"}.get(key.key_type, "EdDSA")
    )


@cache  # to check an RSA key takes 40 ms
def imported(pem: str | bytes) -> AsymmetricKey:
    """Returns the private or public key in this PEM; raises ValueError if it is no key that signs tokens."""
    from joserfc.errors import JoseError  # late, to spare start-up
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    for kind in (RSAKey, ECKey, OKPKey):
        try:
            return kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("not a key in PEM: RSA, EC or Ed25519 without a passphrase")


def signing_key(material: Material) -> tuple[AsymmetricKey, str]:
    """The genuine signing key, and the algorithm that it signs with; raises NotForgeable if it was not given."""
    if material.signing is None:
        raise NotForgeable("supply keys.signing, the private key that signs tokens")
    try:
        key = imported(material.signing)
    except ValueError as error:
        raise NotForgeable(f"keys.signing is {error}") from error
    if not key.is_private:
        raise NotForgeable("keys.signing is a public key; supply the private one")
    named = str(material.genuine.header.get("alg"))
    fits = key.key_type == "RSA" and named in {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    return key, named if fits else algorithm_of(key)


def signature(text: str, key: AsymmetricKey, algorithm: str) -> bytes:
    """The signature over this signing input (RFC 7515 §5.1)."""
    import warnings  # late, to spare start-up

    from joserfc.jws import JWSRegistry

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc warns of EdDSA's old name, which deployments still use
        return JWSRegistry(algorithms=[algorithm]).get_alg(algorithm).sign(text.encode("ascii"), key)


def sealed(header: object, claims: object, key: AsymmetricKey, algorithm: str) -> str:
    """A token with a right signature over these parts, whatever they hold; `bytes` go in as they are."""
    text = f"{segment(header)}.{segment(claims)}"
    return f"{text}.{encoded(signature(text, key, algorithm))}"


def keyed(header: Json, claims: object, secret: bytes, algorithm: str = "HS256") -> str:
    """A token whose HMAC has this secret. Written out: no library takes an empty or a public key for one."""
    text = f"{segment(header | {'alg': algorithm})}.{segment(claims)}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode('ascii'), _HASHES[algorithm]))}"
