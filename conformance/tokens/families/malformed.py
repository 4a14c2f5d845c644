"""What is no token: not three base64url segments of well-formed JSON objects (RFC 7519 §7.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from conformance.contract.durations import HOUR_S
from conformance.tokens.attack import Material, NothingToForge, attack, dated, elevated, without
from conformance.tokens.compact import Json, compact_json, decoded, encoded, joined, segment
from conformance.tokens.signing import sealed, signing_key

malformed = partial(
    attack,
    rule="token-malformed",
    why="If text that is no token passes for one, it was not even read, let alone verified.",
    references=("RFC 7519 §7.2", "RFC 7515 §5.2"),
)

LITERALS: dict[str, tuple[str, str]] = {
    "null": ("null", "the word null"),
    "undefined": ("undefined", "the word undefined"),
    "true": ("true", "the word true"),
    "object-object": ("[object", "the beginning of an object turned into a string"),
    "uuid": ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a UUID"),
    "basic-credentials": ("dXNlcjpwYXNzd29yZA==", "a user name and a password in base64"),
    "dots": ("..", "two dots"),
    "four-dots": ("....", "four dots"),
    "one-dot": (".", "one dot"),
    "json": ('{"role":"admin"}', "bare JSON"),
    "path": ("./tokens/1", "a path"),
    "non-ascii": ("t\xc3\xb6ken.t\xc3\xb6ken.t\xc3\xb6ken", "three segments of letters beyond ASCII"),
}

for _name, (_text, _words) in LITERALS.items():
    malformed(
        f"literal-{_name}",
        what=f"In place of a token there is {_words}.",
        wire="odd" if not _text.isascii() else "clean",
    )(partial(lambda _material, text: text, text=_text))

Segments = tuple[str, str, str]

SHAPES: dict[str, tuple[Callable[[Segments], str], str]] = {
    "one-segment": (lambda s: s[0], "consists of the genuine header alone"),
    "payload-alone": (lambda s: s[1], "consists of the genuine payload alone"),
    "first-dot-missing": (lambda s: f"{s[0]}{s[1]}.{s[2]}", "lacks its first dot"),
    "empty-header": (lambda s: f".{s[1]}.{s[2]}", "has an empty header segment"),
    "empty-payload": (lambda s: f"{s[0]}..{s[2]}", "has an empty payload segment"),
    "only-signature": (lambda s: f"..{s[2]}", "has nothing but a signature"),
    "segments-reversed": (lambda s: ".".join(reversed(s)), "has its segments in reverse order"),
    "header-not-base64url": (lambda s: f"!{s[0][1:]}.{s[1]}.{s[2]}", "has a header with an exclamation mark"),
    "payload-not-base64url": (lambda s: f"{s[0]}.*{s[1][1:]}.{s[2]}", "has a payload with an asterisk"),
    "header-length-impossible": (
        lambda s: f"{s[0][: len(s[0]) // 4 * 4 - 3]}.{s[1]}.{s[2]}",
        "has a header of a length that no base64url has",
    ),
    "payload-cut": (
        lambda s: f"{s[0]}.{s[1][: len(s[1]) // 2]}.{s[2]}",
        "breaks off in the middle of its payload",
    ),
}


def _shaped(material: Material, shape: Callable[[Segments], str]) -> str:
    return shape(material.genuine.segments)


for _name, (_shape, _words) in SHAPES.items():
    malformed(_name, what=f"The token {_words}.")(partial(_shaped, shape=_shape))

respelled = partial(
    malformed,
    rule="token-spelling",
    why="A token with many spellings escapes every list of revoked tokens that is kept by spelling.",
    references=("RFC 7515 §2", "RFC 4648 §3.1", "RFC 4648 §3.5", "RFC 8725 §3.4"),
)

RESPELLED: dict[str, tuple[Callable[[Segments], str], str]] = {
    "four-segments": (
        lambda s: ".".join((*s, s[2])),
        "has the genuine three segments and the signature again",
    ),
    "five-segments": (lambda s: ".".join((*s, s[1], s[2])), "has the genuine three segments and two more"),
    "leading-dot": (lambda s: "." + ".".join(s), "has a dot before the genuine token"),
    "trailing-dot": (lambda s: ".".join(s) + ".", "has a dot after the genuine token"),
    "colons-for-dots": (":".join, "has colons in place of dots"),
    "encoded-dots": ("%2E".join, "has percent-encoded dots"),
    "token-twice": (lambda s: ".".join((*s, *s)), "is the genuine token written twice"),
    "token-with-comma": (lambda s: ",".join((".".join(s), "x")), "has a comma and more after it"),
    "header-padded": (lambda s: f"{s[0]}=.{s[1]}.{s[2]}", "has padding after its header"),
    "payload-padded": (lambda s: f"{s[0]}.{s[1]}==.{s[2]}", "has padding after its payload"),
    "more-behind-the-header": (
        lambda s: f"{encoded(decoded(s[0]) + b'{}')}.{s[1]}.{s[2]}",
        "has another JSON object behind the one in its header",
    ),
    "blank-in-header": (lambda s: f"{s[0][:8]} {s[0][8:]}.{s[1]}.{s[2]}", "has a blank in its header"),
    "blank-in-payload": (lambda s: f"{s[0]}.{s[1][:8]} {s[1][8:]}.{s[2]}", "has a blank in its payload"),
    "tab-in-payload": (lambda s: f"{s[0]}.{s[1][:8]}\t{s[1][8:]}.{s[2]}", "has a tab in its payload"),
    "blanks-round-dots": (" . ".join, "has blanks round its dots"),
    "encoded-newline": (lambda s: f"{s[0]}.{s[1]}%0A.{s[2]}", "has a percent-encoded newline in it"),
    "control-character": (
        lambda s: f"{s[0]}.{s[1][:8]}\x01{s[1][8:]}.{s[2]}",
        "has a control character in it",
    ),
    "non-ascii-in-payload": (
        lambda s: f"{s[0]}.{s[1][:8]}\xc3\xa9{s[1][8:]}.{s[2]}",
        "has a letter beyond ASCII in its payload",
    ),
    "high-octet-in-header": (
        lambda s: f"{s[0][:8]}\xff{s[0][8:]}.{s[1]}.{s[2]}",
        "has the octet FF in its header",
    ),
}

for _name, (_shape, _words) in RESPELLED.items():
    respelled(
        _name,
        what=f"The token is genuine, but it {_words}.",
        wire="odd" if _name in {"control-character", "non-ascii-in-payload", "high-octet-in-header"} else "clean",
    )(partial(_shaped, shape=_shape))

SIGNATURES: dict[str, tuple[Callable[[str], str], str]] = {
    "signature-padded": (lambda s: s + "=" * (-len(s) % 4 or 4), "has padding after it"),
    "signature-with-blank": (lambda s: f"{s[:8]} {s[8:]}", "has a blank in it"),
    "signature-with-foreign-character": (lambda s: f"{s[:8]}!{s[8:]}", "has an exclamation mark in it"),
    "signature-in-plain-base64": (
        lambda s: s.replace("-", "+").replace("_", "/") if set(s) & set("-_") else f"{s[:8]}+{s[8:]}",
        "is spelled with plus and slash",
    ),
}


def _respelled(material: Material, change: Callable[[str], str]) -> str:
    header, payload, signature = material.genuine.segments
    return f"{header}.{payload}.{change(signature)}"


for _name, (_change, _words) in SIGNATURES.items():
    respelled(
        _name,
        rule="signature-spelling",
        what=f"The token is genuine, but its signature {_words}.",
    )(partial(_respelled, change=_change))

HEADERS: dict[str, tuple[Callable[[Json], bytes], str]] = {
    "empty-object": (lambda _: b"{}", "an empty object"),
    "array": (lambda h: compact_json([h]), "an array"),
    "string": (lambda h: compact_json(str(h.get("alg"))), "a string"),
    "number": (lambda _: b"1", "a number"),
    "null": (lambda _: b"null", "null"),
    "true": (lambda _: b"true", "true"),
    "blank": (lambda _: b" ", "a blank"),
    "not-json": (lambda _: b"header", "not JSON"),
    "cut": (lambda h: compact_json(h)[:-1], "JSON without its last brace"),
    "two-objects": (lambda h: compact_json(h) * 2, "two JSON objects in a row"),
    "trailing-comma": (lambda h: compact_json(h)[:-1] + b",}", "JSON with a comma before its brace"),
    "single-quotes": (lambda h: compact_json(h).replace(b'"', b"'"), "JSON with single quotes"),
    "comment": (lambda h: b"/**/" + compact_json(h), "JSON after a comment"),
    "byte-order-mark": (lambda h: b"\xef\xbb\xbf" + compact_json(h), "JSON after a byte order mark"),
    "utf-16": (lambda h: compact_json(h).decode().encode("utf-16"), "JSON in UTF-16"),
    "invalid-utf-8": (
        lambda h: compact_json(h)[:-1] + b',"x":"\xff\xfe"}',
        "JSON with octets that are not UTF-8",
    ),
    "overlong-utf-8": (lambda h: compact_json(h)[:-1] + b',"x":"\xc0\xaf"}', "JSON with overlong UTF-8"),
    "lone-surrogate": (
        lambda h: compact_json(h)[:-1] + b',"x":"\\ud800"}',
        "JSON with half a surrogate pair",
    ),
    "surrogate-octets": (
        lambda h: compact_json(h)[:-1] + b',"x":"\xed\xa0\x80"}',
        "JSON with an encoded surrogate",
    ),
    "nul": (lambda h: compact_json(h)[:-1] + b',"x":"\0"}', "JSON with a bare NUL in a string"),
    "nul-after": (lambda h: compact_json(h) + b"\0", "JSON with a NUL after it"),
    "nan": (lambda h: compact_json(h)[:-1] + b',"x":NaN}', "JSON with NaN for a number"),
    "huge-number": (
        lambda h: compact_json(h)[:-1] + b',"x":1e99999}',
        "JSON with a number beyond every range",
    ),
    "duplicate-member": (
        lambda h: b'{"alg":"none",' + compact_json(h)[1:],
        "JSON that says alg twice, first 'none' and then the genuine one",
    ),
}


def _with_header(material: Material, header: Callable[[Json], bytes]) -> str:
    parts = material.genuine
    return joined(header(parts.header), elevated(material), parts.signature)


for _name, (_header, _words) in HEADERS.items():
    malformed(
        f"header-is-{_name}" if _name not in {"nul", "nul-after"} else f"header-has-{_name}",
        what=f"The header is {_words}.",
        contrived=_name not in {"empty-object", "blank", "not-json", "cut"},
    )(partial(_with_header, header=_header))

misstated = partial(
    attack,
    rule="claim-types",
    why="Only the issuer can make it; but a reader that makes claims of it makes them up.",
    references=("RFC 7519 §7.2",),
    contrived=True,
)

PAYLOADS: dict[str, tuple[Callable[[Json], bytes], str]] = {
    "array": (lambda c: compact_json([c]), "an array around the claims"),
    "string": (lambda _: b'"admin"', "a string"),
    "number": (lambda _: b"1", "a number"),
    "null": (lambda _: b"null", "null"),
    "true": (lambda _: b"true", "true"),
    "blank": (lambda _: b" ", "a blank"),
    "not-json": (lambda _: b"claims", "not JSON"),
    "cut": (lambda c: compact_json(c)[:-1], "JSON without its last brace"),
    "form": (lambda _: b"role=admin&exp=99999999999", "a form in place of JSON"),
}


def _with_payload(material: Material, payload: Callable[[Json], bytes]) -> str:
    parts = material.genuine
    return joined(parts.header, payload(elevated(material)), parts.signature)


def _with_signed_payload(material: Material, payload: Callable[[Json], bytes]) -> str:
    key, algorithm = signing_key(material)
    return sealed(material.genuine.header | {"alg": algorithm}, payload(elevated(material)), key, algorithm)


for _name, (_payload, _words) in PAYLOADS.items():
    malformed(
        f"payload-is-{_name}",
        what=f"The payload is {_words}.",
    )(partial(_with_payload, payload=_payload))
    misstated(
        f"payload-is-{_name}-well-signed",
        what=f"The payload is {_words}, and the signature is right under the genuine key.",
        needs=["keys.signing"],
    )(partial(_with_signed_payload, payload=_payload))


@misstated(
    "payload-empty-well-signed",
    what="The payload is empty, and the signature is right under the genuine key.",
    needs=["keys.signing"],
)
def _(material: Material) -> str:
    return _with_signed_payload(material, lambda _: b"")


DUPLICATES = {
    "exp": "first that it expires in an hour and then that it expired an hour ago",
    "iss": "first that the genuine issuer made it and then that another did",
    "nbf": "first that it counts already and then that it counts tomorrow",
}


def _with_two_meanings(material: Material, claim: str) -> str:
    key, algorithm = signing_key(material)
    claims = dated(material.genuine.claims, material.now)
    if claim == "iss" and claim not in claims:
        raise NothingToForge("the genuine token names no issuer, so there is nothing that it could be checked for")
    good = {claim: claims.get(claim, int(material.now))}
    now = int(material.now)
    bad = {claim: {"exp": now - HOUR_S, "iss": "https://id.forged.example", "nbf": now + 86_400}[claim]}
    text = b",".join(compact_json(part)[1:-1] for part in (good, without(claims, [claim]), bad))
    return sealed(material.genuine.header | {"alg": algorithm}, b"{" + text + b"}", key, algorithm)


for _name, _words in DUPLICATES.items():
    # The last one is the bad one: RFC 7519 §4 leaves a reader the choice to refuse or to take the last.
    misstated(
        f"payload-says-{_name}-twice",
        what=f"The payload says {_words}, and the signature is right under the genuine key.",
        why="Two readers of one token find two meanings, and the one that checks may not be the one that acts.",
        references=("RFC 7519 §4", "RFC 8725 §2.6", "RFC 8259 §4"),
        needs=["keys.signing"],
    )(partial(_with_two_meanings, claim=_name))


oversize = partial(
    attack,
    rule="token-oversize",
    why="A token costs nothing to write; a server that chokes on one can be stopped by any stranger.",
    references=("RFC 6585 §5", "CWE-400"),
    wire="huge",
)


def _swollen_payload(material: Material, size: int) -> str:
    parts = material.genuine
    return joined(parts.header, elevated(material) | {"padding": "x" * size}, parts.signature)


def _swollen_header(material: Material, size: int) -> str:
    _, payload, signature = material.genuine.segments
    return f"{segment(material.genuine.header | {'padding': 'x' * size})}.{payload}.{signature}"


def _swollen_signature(material: Material, size: int) -> str:
    return ".".join((*material.genuine.segments[:2], encoded(b"\xaa" * size)))


PLACES = {"payload": _swollen_payload, "header": _swollen_header, "signature": _swollen_signature}
SIZES = {"16-kb": 16_384, "64-kb": 65_536, "200-kb": 204_800}

for _name, _forge in PLACES.items():
    for _size, _octets in SIZES.items():
        oversize(
            f"{_name}-of-{_size}",
            what=f"The {_name} was blown up to {_size.replace('-', ' ')}.",
        )(partial(_forge, size=_octets))

oversize(
    "ten-thousand-dots",
    what="In place of a token there are ten thousand dots.",
    references=("CVE-2025-30204", "CWE-400"),
)(lambda _material: "." * 10_000)

nested = partial(
    oversize,
    why="A reader that descends without a limit runs out of stack, and a request of a few octets stops it.",
    references=("CVE-2025-53864", "CWE-674"),
)


def _nested_header(material: Material, text: bytes) -> str:
    parts = material.genuine
    return joined(b'{"alg":"RS256","x":' + text + b"}", elevated(material), parts.signature)


def _nested_payload(material: Material, text: bytes) -> str:
    parts = material.genuine
    return joined(parts.header, b'{"x":' + text + b"}", parts.signature)


NESTINGS = {
    "1000-arrays": (b"[" * 1_000 + b"]" * 1_000, "1,000 arrays in each other", "clean"),
    "500-objects": (b'{"x":' * 500 + b"1" + b"}" * 500, "500 objects in each other", "clean"),
    "4000-open-arrays": (b"[" * 4_000, "4,000 arrays that are opened and never closed", "clean"),
    "50000-arrays": (b"[" * 50_000 + b"]" * 50_000, "50,000 arrays in each other", "huge"),
}

for _name, (_nesting, _words, _wire) in NESTINGS.items():
    nested(
        f"header-nests-{_name}",
        what=f"The header holds {_words}.",
        wire=_wire,
    )(partial(_nested_header, text=_nesting))
    nested(
        f"payload-nests-{_name}",
        what=f"The payload holds {_words}.",
        wire=_wire,
    )(partial(_nested_payload, text=_nesting))
