"""HMACs whose secret is no secret: the public key, or one of the first to be tried (RFC 8725 §2.1, §2.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from conformance.tokens import public
from conformance.tokens.attack import Material, attack, elevated
from conformance.tokens.compact import encoded
from conformance.tokens.secrets import secret_of
from conformance.tokens.signing import keyed

confused = partial(
    attack,
    rule="key-confusion",
    why="The public key is known to all, so any stranger could sign any token with it.",
    needs=["keys.public"],
)

_CLASSIC = ("RFC 8725 §2.1", "RFC 8725 §3.1", "CVE-2015-9235", "CVE-2016-10555", "CVE-2016-5431")
_JWK = ("RFC 8725 §3.1", "CVE-2024-37568", "CVE-2023-48238")
_PKCS1 = ("RFC 8725 §3.1", "CVE-2017-11424")
_SSH = ("RFC 8725 §3.1", "CVE-2022-29217", "CVE-2024-33663")

ENCODINGS: dict[str, tuple[str, tuple[str, ...], Callable[[Material], bytes]]] = {
    "pem": ("its PEM", _CLASSIC, lambda m: public.spki_pem(m).encode()),
    "pem-without-newline": (
        "its PEM without the final newline",
        _CLASSIC,
        lambda m: public.spki_pem(m).strip().encode(),
    ),
    "pem-crlf": (
        "its PEM with CRLF line ends",
        _CLASSIC,
        lambda m: public.spki_pem(m).replace("\n", "\r\n").encode(),
    ),
    "pem-two-newlines": (
        "its PEM with two final newlines",
        _CLASSIC,
        lambda m: public.spki_pem(m).encode() + b"\n",
    ),
    "pem-after-newline": (
        "its PEM behind an empty line, as in a template literal",
        ("RFC 8725 §3.1", "CVE-2026-34950"),
        lambda m: b"\n" + public.spki_pem(m).encode(),
    ),
    "pem-after-blank": (
        "its PEM behind a blank",
        ("RFC 8725 §3.1", "CVE-2026-34950"),
        lambda m: b" " + public.spki_pem(m).encode(),
    ),
    "pem-escaped-newlines": (
        "its PEM on one line, with \\n written out as in an environment variable",
        _CLASSIC,
        lambda m: public.spki_pem(m).replace("\n", "\\n").encode(),
    ),
    "pem-body": (
        "the base64 inside its PEM, on one line",
        _CLASSIC,
        lambda m: public.base64_body(m).encode(),
    ),
    "pkcs1-pem": ("its PKCS #1 PEM", _PKCS1, lambda m: public.pkcs1_pem(m).encode()),
    "pkcs1-pem-without-newline": (
        "its PKCS #1 PEM without the final newline",
        _PKCS1,
        lambda m: public.pkcs1_pem(m).strip().encode(),
    ),
    "der": ("its DER", _CLASSIC, public.spki_der),
    "pkcs1-der": ("its PKCS #1 DER", _PKCS1, public.pkcs1_der),
    "openssh": ("its OpenSSH line", _SSH, lambda m: public.openssh(m).encode()),
    "openssh-with-newline": (
        "its OpenSSH line with a final newline",
        _SSH,
        lambda m: public.openssh(m).encode() + b"\n",
    ),
    "jwk": ("its JWK with blanks", _JWK, lambda m: public.jwk_json(m, blanks=True).encode()),
    "jwk-minified": ("its JWK without blanks", _JWK, lambda m: public.jwk_json(m).encode()),
    "jwk-sorted": (
        "its JWK with sorted members",
        _JWK,
        lambda m: public.jwk_json(m, ordered=True).encode(),
    ),
    "jwks": ("the JWK Set as published", _JWK, lambda m: public.published_set(m).encode()),
    "modulus": ("its modulus as octets", _JWK, public.rsa_numbers),
    "modulus-base64url": (
        "its modulus in base64url",
        _JWK,
        lambda m: encoded(public.rsa_numbers(m)).encode(),
    ),
    "point": ("its point as octets", _JWK, public.raw_point),
    "x-coordinate": (
        "its x coordinate as octets",
        _JWK,
        lambda m: public.ec_point(m)[1 : len(public.ec_point(m)) // 2 + 1],
    ),
}


def _confused(material: Material, secret: Callable[[Material], bytes], algorithm: str) -> str:
    return keyed(material.genuine.header, elevated(material), secret(material), algorithm)


for _name, (_words, _references, _secret) in ENCODINGS.items():
    confused(
        f"key-confusion-{_name}",
        what=f"The algorithm was changed to HS256, keyed with the public key: {_words}.",
        references=_references,
    )(partial(_confused, secret=_secret, algorithm="HS256"))

for _algorithm in ("HS384", "HS512"):
    for _name in ("pem", "pem-without-newline", "jwk-minified"):
        _words, _references, _secret = ENCODINGS[_name]
        confused(
            f"key-confusion-{_name}-{_algorithm.lower()}",
            what=f"The algorithm was changed to {_algorithm}, keyed with the public key: {_words}.",
            references=_references,
        )(partial(_confused, secret=_secret, algorithm=_algorithm))


weak = partial(
    attack,
    rule="hmac-weak-secret",
    why="An attacker who guesses the secret signs tokens for every account.",
    references=("RFC 8725 §2.2", "RFC 8725 §3.5", "RFC 7518 §3.2", "CVE-2025-20188"),
)

WEAK: dict[str, bytes] = {
    "secret": b"secret",
    "password": b"password",
    "changeme": b"changeme",
    "key": b"key",
    "jwt": b"jwt",
    "test": b"test",
    "admin": b"admin",
    "123456": b"123456",
    "secretkey": b"secretkey",
    "supersecret": b"supersecret",
    "synq": b"synq",
    "your-256-bit-secret": b"your-256-bit-secret",
    "a-string-secret": b"a-string-secret-at-least-256-bits-long",
    "notfound": b"notfound",
    "null": b"null",
    "undefined": b"undefined",
    "false": b"false",
}


def _weak(material: Material, secret: bytes, algorithm: str = "HS256") -> str:
    return keyed(material.genuine.header, elevated(material), secret, algorithm)


for _name, _value in WEAK.items():
    weak(
        f"hmac-secret-{_name}",
        what=f"The algorithm was changed to HS256, keyed with the well-known secret {_value.decode()!r}.",
    )(partial(_weak, secret=_value))

for _algorithm in ("HS256", "HS384", "HS512"):
    weak(
        f"hmac-secret-empty-{_algorithm.lower()}",
        what=f"The algorithm was changed to {_algorithm}, keyed with the empty secret.",
    )(partial(_weak, secret=b"", algorithm=_algorithm))


@weak(
    "hmac-secret-key-id",
    what="The algorithm was changed to HS256, keyed with the key id that stands in the header.",
)
def _(material: Material) -> str:
    return _weak(material, str(material.genuine.header.get("kid", "")).encode())


@weak(
    "hmac-secret-guessed",
    what="The claims were raised, and the HMAC is keyed with the genuine token's own secret, if that is known to many, "
    "and else with the secret 'development-secret' of many examples.",
    references=("RFC 8725 §2.2", "RFC 8725 §3.5", "CWE-321", "CWE-798"),
)
def _(material: Material) -> str:
    secret = secret_of(material.genuine)
    if secret is None:
        return _weak(material, b"development-secret")
    return _weak(material, secret, str(material.genuine.header["alg"]))
