"""Public keys that were not given: computed from the signatures that they verify.

An ECDSA signature leaves two keys that verify it, and a second signature leaves one (SEC 1 §4.1.6). An RSA modulus
divides `signature^e - message` for every signature, so that it is what two of these have in common; the numbers have a
hundred million bits, which takes gmpy2 (the extra `recovery`) and a minute or two.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.tokens.compact import decode

Point = tuple[int, int] | None
"""None is the point at infinity."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve y² = x³ - 3x + b over a prime field, as those of NIST are."""

    name: str
    prime: int
    b: int
    order: int
    base: tuple[int, int]
    digest: str

    @property
    def octets(self) -> int:
        return (self.prime.bit_length() + 7) // 8


P_256 = Curve(
    "secp256r1",
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    "sha256",
)
P_384 = Curve(
    "secp384r1",
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    (
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
    "sha384",
)
CURVES = {"ES256": P_256, "ES384": P_384}
PREFIXES = {
    "RS256": ("sha256", bytes.fromhex("3031300d060960864801650304020105000420")),
    "RS384": ("sha384", bytes.fromhex("3041300d060960864801650304020205000430")),
    "RS512": ("sha512", bytes.fromhex("3051300d060960864801650304020305000440")),
}
"""The hash of each algorithm, and what stands before its value in a padded message (RFC 8017 §9.2)."""
EXPONENTS = (3, 65_537)
MODULUS_WAIT_S = 240.0
"""How long the greatest common divisor is waited for."""
SMALLEST_MODULUS_BITS = 1_024


def ec_keys_of(tokens: Sequence[str]) -> list[str]:
    """The EC keys, in PEM, that verify all of these tokens: two of one token, one of several; none of another kind."""
    found: list[str] | None = None
    for token in tokens:
        keys = _ec_keys(token)
        if keys:
            found = keys if found is None else [key for key in found if key in keys]
    return found or []


def _ec_keys(token: str) -> list[str]:
    parts = decode(token)
    curve = CURVES.get(str(parts.header.get("alg"))) if parts is not None else None
    if parts is None or curve is None or len(parts.signature) != 2 * curve.octets:
        return []
    r, s = (int.from_bytes(parts.signature[at : at + curve.octets], "big") for at in (0, curve.octets))
    if not (0 < r < curve.order and 0 < s < curve.order):
        return []
    digest = hashlib.new(curve.digest, token.rpartition(".")[0].encode()).digest()
    message = int.from_bytes(digest, "big")
    points = [point for point in _recovered(curve, r, s, message) if point is not None]
    return [_ec_pem(curve, point) for point in points]


def _recovered(curve: Curve, r: int, s: int, message: int) -> list[Point]:
    """The points Q = (s·R - z·G) / r for both points R whose x coordinate is r."""
    square = (pow(r, 3, curve.prime) - 3 * r + curve.b) % curve.prime
    y = pow(square, (curve.prime + 1) // 4, curve.prime)
    if y * y % curve.prime != square:
        return []
    inverse = pow(r, -1, curve.order)
    own = _times(curve, -message * inverse % curve.order, curve.base)
    return [_plus(curve, _times(curve, s * inverse % curve.order, (r, side)), own) for side in (y, curve.prime - y)]


def _plus(curve: Curve, one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % curve.prime == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, curve.prime)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, curve.prime)
    x = (slope * slope - one[0] - other[0]) % curve.prime
    return x, (slope * (one[0] - x) - one[1]) % curve.prime


def _times(curve: Curve, factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = _plus(curve, total, point)
        point, factor = _plus(curve, point, point), factor >> 1
    return total


def _ec_pem(curve: Curve, point: tuple[int, int]) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec  # late, to spare start-up
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    kind = {"secp256r1": ec.SECP256R1, "secp384r1": ec.SECP384R1}[curve.name]
    key = ec.EllipticCurvePublicNumbers(*point, kind()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def rsa_key_of(tokens: Sequence[str], *, wait_s: float = MODULUS_WAIT_S) -> str | None:
    """The RSA key, in PEM, that verifies these tokens; None if it cannot be found in time, or gmpy2 is not there.

    The numbers are computed in a process of their own, which is ended when the time is over.
    """
    pairs = [pair for pair in map(_rsa_pair, tokens) if pair is not None][:2]
    if len(pairs) < 2:
        return None
    words = [f"{number:x}" for pair in pairs for number in pair]
    command = [sys.executable, "-m", "conformance.tokens.modulus"]
    try:
        ended = subprocess.run(  # noqa: S603 - our own module
            command, input="\n".join(words), capture_output=True, text=True, timeout=wait_s, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    exponent, _, modulus = ended.stdout.strip().partition(" ")
    return _rsa_pem(int(exponent), int(modulus, 16)) if ended.returncode == 0 and modulus else None


def _rsa_pair(token: str) -> tuple[int, int] | None:
    """The token's signature and the padded message under it, as numbers; None if it has no such signature."""
    parts = decode(token)
    known = PREFIXES.get(str(parts.header.get("alg"))) if parts is not None else None
    if parts is None or known is None:
        return None
    name, prefix = known
    info = prefix + hashlib.new(name, token.rpartition(".")[0].encode()).digest()
    filling = len(parts.signature) - len(info) - 3
    if filling < 8:
        return None
    padded = b"\0\1" + b"\xff" * filling + b"\0" + info
    return int.from_bytes(parts.signature, "big"), int.from_bytes(padded, "big")


def _rsa_pem(exponent: int, modulus: int) -> str:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # late, to spare start-up
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = RSAPublicNumbers(exponent, modulus).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
