"""A genuine token with something changed after it was signed (RFC 7515 §5.2, RFC 8725 §3.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from conformance.tokens.attack import Material, NotForgeable, NothingToForge, attack, elevated
from conformance.tokens.compact import Json, Parts, decode, decoded, encoded, joined, segment

altered = partial(
    attack,
    rule="signature-altered",
    why="If a change after signing goes unnoticed, the holder of any token can make it say anything.",
    references=("RFC 7515 §5.2", "RFC 8725 §3.3"),
)


def _with_claims(material: Material, claims: Json) -> str:
    header, _, signature = material.genuine.segments
    return f"{header}.{segment(claims)}.{signature}"


@altered("payload-role-raised", what="The role in the payload was raised after signing.")
def _(material: Material) -> str:
    claims = material.genuine.claims
    return _with_claims(material, claims | {"role": "admin" if claims.get("role") != "admin" else "owner"})


@altered("payload-expiry-prolonged", what="The expiry in the payload was put off by a day after signing.")
def _(material: Material) -> str:
    claims = material.genuine.claims
    return _with_claims(material, claims | {"exp": int(material.now) + 86_400})


@altered(
    "payload-hour-renewed", what="The payload's times were moved after signing, so that its hour starts anew."
)
def _(material: Material) -> str:
    return _with_claims(material, elevated(material))


@altered("payload-tenant-changed", what="The tenant in the payload was changed after signing.")
def _(material: Material) -> str:
    claims = material.genuine.claims
    name = next((name for name in claims if "tenant" in name.lower()), "tenant_id")
    return _with_claims(material, claims | {name: "another-tenant"})


@altered("payload-subject-changed", what="The subject in the payload was changed after signing.")
def _(material: Material) -> str:
    return _with_claims(material, material.genuine.claims | {"sub": "somebody-else"})


@altered("payload-claim-added", what="A claim was added to the payload after signing.")
def _(material: Material) -> str:
    return _with_claims(material, material.genuine.claims | {"is_admin": True})


@altered(
    "payload-blank-added", what="One blank was added to the payload after signing; its meaning is the same."
)
def _(material: Material) -> str:
    header, payload, signature = material.genuine.segments
    return f"{header}.{encoded(decoded(payload) + b' ')}.{signature}"


HEADERS: dict[str, tuple[Json, str]] = {
    "kid-changed": ({"kid": "another-key"}, "another key id"),
    "typ-changed": ({"typ": "another+jwt"}, "another type"),
    "member-added": ({"note": "added"}, "one more member"),
    "critical-member-added": (
        {"crit": ["urn:example:unknown"], "urn:example:unknown": True},
        "an unknown critical extension",
    ),
    "b64-false-added": ({"b64": False, "crit": ["b64"]}, "the claim that its payload is not encoded"),
    "zip-added": ({"zip": "DEF"}, "the claim that its payload is compressed"),
}


def _with_header(material: Material, changes: Json) -> str:
    parts = material.genuine
    _, payload, signature = parts.segments
    return f"{segment(parts.header | changes)}.{payload}.{signature}"


for _name, (_changes, _words) in HEADERS.items():
    altered(
        f"header-{_name}",
        what=f"After signing the header was given {_words}.",
    )(partial(_with_header, changes=_changes))


def _flipped(octets: bytes, index: int, bit: int = 0) -> bytes:
    changed = bytearray(octets)
    changed[index] ^= 1 << bit
    return bytes(changed)


SIGNATURES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "removed": (lambda _: b"", "was removed"),
    "cut-by-one-octet": (lambda old: old[:-1], "lost its last octet"),
    "cut-at-the-front": (lambda old: old[1:], "lost its first octet"),
    "cut-in-half": (lambda old: old[: len(old) // 2], "was cut in half"),
    "one-octet": (lambda old: old[:1], "was cut down to its first octet"),
    "first-bit-flipped": (lambda old: _flipped(old, 0, 7), "had its first bit flipped"),
    "middle-bit-flipped": (lambda old: _flipped(old, len(old) // 2), "had a bit in its middle flipped"),
    "last-bit-flipped": (lambda old: _flipped(old, -1), "had its last bit flipped"),
    "inverted": (lambda old: bytes(255 - octet for octet in old), "had every bit flipped"),
    "reversed": (lambda old: old[::-1], "was turned round"),
    "doubled": (lambda old: old + old, "was written twice"),
    "zero-octet-appended": (lambda old: old + b"\0", "got a zero octet at its end"),
    "zero-octet-prepended": (lambda old: b"\0" + old, "got a zero octet at its front"),
}


def _with_signature(material: Material, change: Callable[[bytes], bytes]) -> str:
    parts = material.genuine
    changed = change(parts.signature)
    if changed == parts.signature:
        raise NothingToForge("the genuine signature is not changed by this")
    return ".".join((*parts.segments[:2], encoded(changed)))


for _name, (_change, _words) in SIGNATURES.items():
    altered(
        f"signature-{_name}",
        what=f"The genuine token's signature {_words}.",
        references=("RFC 7515 §5.2", "RFC 8725 §3.3") + (("CVE-2020-28042",) if _name == "removed" else ()),
    )(partial(_with_signature, change=_change))


@altered("signature-removed-claims-raised", what="The claims were raised and the signature was removed.")
def _(material: Material) -> str:
    return joined(material.genuine.header, elevated(material))


@altered("signature-removed-with-its-dot", what="The signature was removed together with the dot before it.")
def _(material: Material) -> str:
    return ".".join(material.genuine.segments[:2])


def _spare(material: Material) -> Parts:
    if material.spare is None:
        raise NotForgeable("supply tokens.viewer or [sign_in]: a second genuine token is needed")
    parts = decode(material.spare)
    if parts is None or parts.segments == material.genuine.segments:
        raise NotForgeable("the second genuine token is no JWT, or is the first one again")
    return parts


@altered("signature-swapped", what="The signature is that of another genuine token.", takes=["spare"])
def _(material: Material) -> str:
    spare = _spare(material)
    if spare.signature == material.genuine.signature:
        raise NothingToForge("both genuine tokens have the same signature")
    return ".".join((*material.genuine.segments[:2], spare.segments[2]))


@altered("payload-swapped", what="The payload is that of another genuine token.", takes=["spare"])
def _(material: Material) -> str:
    header, payload, signature = material.genuine.segments
    other = _spare(material).segments[1]
    if other == payload:
        raise NothingToForge("both genuine tokens have the same payload")
    return f"{header}.{other}.{signature}"


blank = partial(
    attack,
    rule="signature-blank",
    why="A verifier that takes zeros for a signature takes them for every token that an attacker writes.",
    references=("CVE-2022-21449", "RFC 8725 §3.4", "RFC 7518 §3.4"),
)

_ORDER_P256 = bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")

BLANKS: dict[str, tuple[str, bytes, str]] = {
    "es256": ("ES256", bytes(64), "64 zero octets"),
    "es384": ("ES384", bytes(96), "96 zero octets"),
    "es512": ("ES512", bytes(132), "132 zero octets"),
    "es256-der": ("ES256", bytes.fromhex("3006020100020100"), "r = 0 and s = 0 in DER"),
    "es256-order": ("ES256", _ORDER_P256 * 2, "r and s equal to the order of the curve"),
    "es256-s-zero": ("ES256", bytes(31) + b"\1" + bytes(32), "r = 1 and s = 0"),
    "es256-one-zero": ("ES256", b"\0", "one zero octet"),
    "rs256": ("RS256", bytes(256), "256 zero octets"),
    "rs256-one": ("RS256", bytes(255) + b"\1", "the number one in 256 octets"),
    "ps256": ("PS256", bytes(256), "256 zero octets"),
    "hs256": ("HS256", bytes(32), "32 zero octets"),
    "eddsa": ("EdDSA", bytes(64), "64 zero octets"),
}


def _blank(material: Material, algorithm: str, signature: bytes) -> str:
    return joined(material.genuine.header | {"alg": algorithm}, elevated(material), signature)


for _name, (_algorithm, _signature, _words) in BLANKS.items():
    blank(
        f"blank-signature-{_name}",
        what=f"The claims were raised, the algorithm is {_algorithm}, and the signature is {_words}.",
    )(partial(_blank, algorithm=_algorithm, signature=_signature))


@blank(
    "blank-signature-same-length",
    what="The genuine token's signature was overwritten with zero octets.",
)
def _(material: Material) -> str:
    parts = material.genuine
    return ".".join((*parts.segments[:2], encoded(bytes(len(parts.signature)))))
