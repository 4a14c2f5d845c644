"""Tokens that choose their own algorithm: none at all, or one that does not exist (RFC 8725 §2.1, §3.1)."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.tokens.attack import Material, attack, elevated, without
from conformance.tokens.compact import joined
from conformance.tokens.signing import sealed, signing_key

unsigned = partial(
    attack,
    rule="alg-none",
    why="Any stranger could write a token for any account, since nothing in it has to be signed.",
    references=("RFC 8725 §3.1", "RFC 7518 §3.6", "CVE-2015-9235", "CVE-2018-1000531", "CVE-2022-23540"),
)

NONE = {
    "": "none",
    "-capitalized": "None",
    "-upper-case": "NONE",
    "-mixed-case": "nOnE",
    "-last-upper": "nonE",
    "-trailing-blank": "none ",
    "-leading-blank": " none",
    "-trailing-nul": "none\0",
    "-empty": "",
    "-null": None,
}


def _without_signature(material: Material, alg: object) -> str:
    return joined(material.genuine.header | {"alg": alg}, elevated(material))


def _with_kept_signature(material: Material, alg: object) -> str:
    parts = material.genuine
    return joined(parts.header | {"alg": alg}, elevated(material), parts.signature)


def _said(alg: object) -> str:
    return "null" if alg is None else repr(alg)


for _name, _alg in NONE.items():
    unsigned(
        f"alg-none{_name}",
        what=f"The header says alg {_said(_alg)}, the claims were raised, and the signature is empty.",
    )(partial(_without_signature, alg=_alg))

for _name in ("", "-upper-case", "-empty", "-null"):
    unsigned(
        f"alg-none{_name}-signature-kept",
        what=f"The header says alg {_said(NONE[_name])}, the claims were raised, and the genuine signature "
        "was kept.",
    )(partial(_with_kept_signature, alg=NONE[_name]))


@unsigned(
    "alg-none-without-last-dot",
    what="The header says alg 'none', the claims were raised, and the token ends without its second dot.",
)
def _(material: Material) -> str:
    return _without_signature(material, "none").rstrip(".")


@unsigned(
    "alg-none-bare-header",
    what="The header holds alg 'none' and nothing else, the claims were raised, and the signature is empty.",
)
def _(material: Material) -> str:
    return joined({"alg": "none"}, elevated(material))


@unsigned(
    "alg-none-unknown-kid",
    what="The header says alg 'none' and names an unknown key, and the signature is empty.",
)
def _(material: Material) -> str:
    return joined(material.genuine.header | {"alg": "none", "kid": "no-such-key"}, elevated(material))


@unsigned(
    "alg-none-said-twice",
    what="The header says alg twice, first the genuine one and then 'none', and the signature is empty.",
)
def _(material: Material) -> str:
    genuine = str(material.genuine.header.get("alg"))
    return joined(f'{{"alg":"{genuine}","typ":"JWT","alg":"none"}}'.encode(), elevated(material))


unknown = partial(
    attack,
    rule="alg-unknown",
    why="A verifier that goes on with an algorithm it does not know has verified nothing.",
    references=("RFC 7515 §4.1.1", "RFC 7515 §5.2", "RFC 8725 §3.1"),
)

UNKNOWN: dict[str, tuple[Any, str]] = {
    "invented": ("RS257", "an algorithm that does not exist"),
    "of-jwe": ("RSA-OAEP", "an algorithm for encryption"),
    "of-content-encryption": ("A256GCM", "an algorithm for encrypting content"),
    "hash-alone": ("SHA256", "a mere hash"),
    "prototype": ("__proto__", "the name of an object's prototype"),
    "constructor": ("constructor", "the name of an object's constructor"),
    "list": (["RS256"], "a list"),
    "list-with-none": (["none", "RS256"], "a list that begins with 'none'"),
    "number": (0, "a number"),
    "true": (True, "a boolean"),
    "object": ({"name": "RS256"}, "an object"),
    "very-long": ("RS256" * 300, "a name of 1,500 characters"),
}


for _name, (_alg, _words) in UNKNOWN.items():
    unknown(
        f"alg-{_name}",
        what=f"The header's alg is {_words}, the claims were raised, and the genuine signature was kept.",
        contrived=not isinstance(_alg, str) or _alg in {"__proto__", "constructor"} or len(_alg) > 100,
    )(partial(_with_kept_signature, alg=_alg))


@unknown(
    "alg-missing",
    what="The header has no alg, the claims were raised, and the genuine signature was kept.",
)
def _(material: Material) -> str:
    parts = material.genuine
    return joined(without(parts.header, ["alg"]), elevated(material), parts.signature)


@unknown(
    "alg-missing-without-signature",
    what="The header has no alg, the claims were raised, and the signature is empty.",
)
def _(material: Material) -> str:
    return joined(without(material.genuine.header, ["alg"]), elevated(material))


misnamed = partial(
    attack,
    rule="alg-misnamed",
    why="Only the issuer can make it; but a verifier that guesses the algorithm of one token guesses that of the next.",
    references=("RFC 7515 §4.1.1", "RFC 8725 §3.1"),
)


@misnamed(
    "alg-missing-well-signed",
    what="The header has no alg, and the signature is right under the genuine key.",
    needs=["keys.signing"],
)
def _(material: Material) -> str:
    key, algorithm = signing_key(material)
    return sealed(without(material.genuine.header, ["alg"]), elevated(material), key, algorithm)


@misnamed(
    "alg-lower-case-well-signed",
    what="The header has alg in lower case, and the signature is right under the genuine key.",
    needs=["keys.signing"],
)
def _(material: Material) -> str:
    key, algorithm = signing_key(material)
    return sealed(material.genuine.header | {"alg": algorithm.lower()}, elevated(material), key, algorithm)
