"""Other forms of a token, and claims that hide in them (RFC 7515 §7.2, RFC 7516, RFC 7519 §5.2)."""

from __future__ import annotations

import json
from functools import partial

from conformance.tokens import public
from conformance.tokens.attack import Material, NothingToForge, attack, elevated
from conformance.tokens.compact import Json, compact_json, encoded, joined, segment
from conformance.tokens.signing import imported, own_key, sealed

other_form = partial(
    attack,
    rule="token-other-form",
    why="Synq's tokens are compact and signed; a second form has its own verification, or none.",
    references=("RFC 7519 §7.2", "RFC 8725 §2.3", "RFC 8725 §3.11"),
)

same_in_other_form = partial(
    attack,
    rule="token-spelling",
    why="The token is the caller's own, but a second form has its own verification, and its own revocation list.",
    references=("RFC 7519 §3", "RFC 8725 §2.3"),
)


def _flattened(material: Material) -> Json:
    header, payload, signature = material.genuine.segments
    return {"payload": payload, "protected": header, "signature": signature}


def _general(material: Material) -> Json:
    header, payload, signature = material.genuine.segments
    return {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}


def _text(value: object) -> str:
    return compact_json(value).decode("ascii")


@same_in_other_form(
    "json-flattened",
    what="The genuine token was written in JSON, flattened.",
    references=("RFC 7515 §7.2.2",),
)
def _(material: Material) -> str:
    return _text(_flattened(material))


@same_in_other_form(
    "json-general", what="The genuine token was written in JSON, general.", references=("RFC 7515 §7.2.1",)
)
def _(material: Material) -> str:
    return _text(_general(material))


@same_in_other_form(
    "json-encoded",
    what="The genuine token was written in JSON, and that in base64url.",
    references=("RFC 7515 §7.2.2",),
)
def _(material: Material) -> str:
    return encoded(compact_json(_flattened(material)))


@other_form(
    "json-without-signatures",
    what="The claims were raised and written in JSON with an empty list of signatures.",
    references=("RFC 7515 §7.2.1",),
)
def _(material: Material) -> str:
    return _text({"payload": segment(elevated(material)), "signatures": []})


@other_form(
    "json-unprotected-none",
    what="The claims were raised and written in JSON, whose unprotected header says alg 'none'.",
    references=("RFC 7515 §7.2.2", "RFC 8725 §3.1"),
)
def _(material: Material) -> str:
    return _text({"payload": segment(elevated(material)), "header": {"alg": "none"}, "signature": ""})


def _encrypted(content: str, algorithm: str) -> str:
    from joserfc import jwe  # late, to spare start-up
    from joserfc.jwk import OctKey

    key = OctKey.import_key(bytes(range(32))) if algorithm == "dir" else own_key("RSA")
    header = {"alg": algorithm, "enc": "A256GCM", "typ": "JWT", "cty": "JWT"}
    return jwe.encrypt_compact(header, content, key, algorithms=[algorithm, "A256GCM"])


def _encrypted_to_public(material: Material, content: str) -> str:
    from joserfc import jwe  # late, to spare start-up

    key = imported(public.spki_pem(material))
    if key.key_type == "OKP":
        raise NothingToForge("keys.public is an Edwards key, and nothing can be encrypted to one")
    algorithm = "RSA-OAEP" if key.key_type == "RSA" else "ECDH-ES"
    header = {"alg": algorithm, "enc": "A256GCM", "typ": "JWT", "cty": "JWT"}
    return jwe.encrypt_compact(header, content, key, algorithms=[algorithm, "A256GCM"])


@other_form(
    "jwe-dir", what="The raised claims were encrypted under a secret of our own.", references=("RFC 7516 §3",)
)
def _(material: Material) -> str:
    return _encrypted(_text(elevated(material)), "dir")


@other_form(
    "jwe-rsa-oaep",
    what="The raised claims were encrypted to a key of our own.",
    references=("RFC 7516 §3",),
)
def _(material: Material) -> str:
    return _encrypted(_text(elevated(material)), "RSA-OAEP")


@same_in_other_form(
    "jwe-around-token",
    what="The genuine token was encrypted under a secret of our own.",
    references=("RFC 7519 §5.2", "RFC 7516 §3"),
)
def _(material: Material) -> str:
    return _encrypted(material.valid, "dir")


@other_form(
    "jwe-to-public-key",
    what="The raised claims were encrypted to the deployment's own public key.",
    why="Encrypting takes the public key alone, so it proves nothing about who wrote the claims.",
    references=("RFC 8725 §2.3", "RFC 7516 §3"),
    needs=["keys.public"],
)
def _(material: Material) -> str:
    return _encrypted_to_public(material, _text(elevated(material)))


@other_form(
    "jwe-to-public-key-around-unsigned",
    what="An unsigned token with raised claims was encrypted to the deployment's own public key.",
    why="Encrypting takes the public key alone, and what is inside is unsigned.",
    references=("RFC 8725 §2.3", "RFC 7519 §5.2"),
    needs=["keys.public"],
)
def _(material: Material) -> str:
    return _encrypted_to_public(material, joined({"alg": "none"}, elevated(material)))


@same_in_other_form(
    "nested",
    what="The genuine token is the payload of a token that is signed by a key of our own.",
    references=("RFC 7519 §5.2",),
)
def _(material: Material) -> str:
    header = material.genuine.header | {"alg": "RS256", "cty": "JWT"}
    return sealed(header, material.valid.encode("ascii"), own_key("RSA"), "RS256")


@same_in_other_form(
    "nested-unsigned",
    what="The genuine token is the payload of a token that is not signed.",
    references=("RFC 7519 §5.2", "RFC 8725 §3.1"),
)
def _(material: Material) -> str:
    return joined({"alg": "none", "cty": "JWT"}, material.valid.encode("ascii"))


prolonged = partial(
    attack,
    rule="claims-prolonged",
    why="One part of the server verifies the genuine claims, and another acts on the forged ones.",
    references=("CVE-2022-39227", "RFC 8725 §2.6"),
)


def _hidden(material: Material, form: Json, prefix: str) -> str:
    forged = segment(elevated(material))
    rest = json.dumps(form, separators=(",", ":"))[1:]
    return f'{{"{prefix}{material.genuine.segments[0]}.{forged}.":"",{rest}'


@prolonged(
    "polyglot-flattened",
    what="A forged compact token is a member's name in the genuine token's JSON form.",
)
def _(material: Material) -> str:
    return _hidden(material, _flattened(material), "  ")


@prolonged(
    "polyglot-flattened-without-blanks",
    what="A forged compact token is a member's name in the genuine token's JSON form, which has no blanks.",
)
def _(material: Material) -> str:
    return _hidden(material, _flattened(material), "!!")


@prolonged(
    "polyglot-general",
    what="A forged compact token is a member's name in the genuine token's general JSON form.",
)
def _(material: Material) -> str:
    return _hidden(material, _general(material), "  ")


@prolonged(
    "genuine-token-in-header",
    what="The header carries the genuine token whole, and the raised claims stand in the payload.",
)
def _(material: Material) -> str:
    parts = material.genuine
    return joined(parts.header | {"token": material.valid}, elevated(material), parts.signature)


@prolonged(
    "claims-in-header",
    what="The raised claims were put into the header, together with the genuine payload and signature.",
    references=("RFC 7519 §5.3", "RFC 8725 §3.10"),
)
def _(material: Material) -> str:
    _, payload, signature = material.genuine.segments
    return f"{segment(material.genuine.header | elevated(material))}.{payload}.{signature}"


@prolonged(
    "second-object-in-payload",
    what="The raised claims follow the genuine ones in the payload, under the genuine signature.",
)
def _(material: Material) -> str:
    parts = material.genuine
    content = compact_json(parts.claims) + compact_json(elevated(material))
    return f"{parts.segments[0]}.{encoded(content)}.{parts.segments[2]}"


@prolonged(
    "second-payload-segment",
    what="The raised claims follow the genuine token as a fourth segment.",
)
def _(material: Material) -> str:
    return f"{material.valid}.{segment(elevated(material))}"


@prolonged(
    "forged-payload-before-genuine",
    what="The raised claims stand as one more segment between the genuine header and payload.",
)
def _(material: Material) -> str:
    header, payload, signature = material.genuine.segments
    return f"{header}.{segment(elevated(material))}.{payload}.{signature}"


@prolonged(
    "duplicate-claims",
    what="The payload says every raised claim first and the genuine ones after, under the genuine signature.",
    references=("RFC 7519 §4", "RFC 8725 §2.6"),
)
def _(material: Material) -> str:
    parts = material.genuine
    content = compact_json(elevated(material))[:-1] + b"," + compact_json(parts.claims)[1:]
    return f"{parts.segments[0]}.{encoded(content)}.{parts.segments[2]}"
