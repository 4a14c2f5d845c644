"""Tokens that must be refused, built from the grammar of RFC 7519 and RFC 7515 down to single octets."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from conformance.strategies.generated import (
    EITHER,
    PRINTABLE,
    WORDS,
    Generated,
    built_once,
    numbers,
    of_kinds,
    one_of,
    sendable,
)
from conformance.tokens import Parts, decode, same_token
from conformance.tokens.compact import compact_json, encoded, joined, segment

BASE64URL = string.ascii_letters + string.digits + "-_"

ANY_CHARACTER = st.characters(exclude_categories=["Cs"])
"""Any that UTF-8 can encode; what st.text() draws from by itself, which is built twenty times as slowly."""

SHORT_TEXTS = st.text(ANY_CHARACTER, max_size=5)

_SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(ANY_CHARACTER, max_size=8)


def _around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(SHORT_TEXTS, inner, max_size=3)


# Two levels written out: st.recursive, which counts leaves, is drawn from at several times the cost.
JSON: st.SearchStrategy[Any] = _SCALARS | _around(_SCALARS | _around(_SCALARS))
"""Any small JSON value."""

OBJECTS = st.dictionaries(SHORT_TEXTS, JSON, max_size=3)

NOT_OBJECTS = JSON.filter(lambda value: not isinstance(value, dict))

NOT_SIGNED = ("none", "", "null")
"""What the algorithm of an unsigned token may be called, in any case and among blanks."""


def signs(algorithm: object) -> bool:
    """Whether unsigned tokens do not have this value of `alg`."""
    return algorithm is not None and not (isinstance(algorithm, str) and algorithm.strip(" \0").lower() in NOT_SIGNED)


ALGORITHMS = st.sampled_from(["HS256", "RS257", "ES256K", "rs256", "A128KW"]) | JSON.filter(signs)
"""Values for `alg` other than the genuine one in its right form."""


@built_once
def malformed_tokens(genuine: str) -> st.SearchStrategy[Generated[str]]:
    """Texts that are no token by their segments, their encoding or the JSON inside."""
    parts = decode(genuine)
    kinds = _no_tokens(parts)
    if parts is not None:
        kinds |= {"encoding": wrong_encoding(parts), "json": wrong_json(parts)}
    return _other_than(genuine, kinds)


@built_once
def no_tokens(genuine: str) -> st.SearchStrategy[Generated[str]]:
    """Texts that are no token to a reader who only counts segments: what stands in these cannot be the cause."""
    return _other_than(genuine, _no_tokens(decode(genuine)))


def _no_tokens(parts: Parts | None) -> dict[str, st.SearchStrategy[str]]:
    kinds = {"unrelated": unrelated()}
    return kinds if parts is None else kinds | {"segments": wrong_segments(parts)}


@built_once
def altered_tokens(genuine: str) -> st.SearchStrategy[Generated[str]]:
    """The genuine token with its characters, its header, its claims or its signature changed.

    An opaque token is only garbled.
    """
    parts = decode(genuine)
    kinds = {"text": text_changes(genuine)}
    if parts is not None:
        kinds |= {
            "header": wrong_header(parts),
            "claims": changed_claims(parts),
            "signature": wrong_signature(parts),
        }
    return _other_than(genuine, kinds)


@built_once
def unsigned_tokens(genuine: str) -> st.SearchStrategy[Generated[str]]:
    """Tokens that say of themselves that they are not signed, with or without a signature, claims and all.

    There are none of an opaque token.
    """
    parts = decode(genuine)
    if parts is None:
        return st.nothing()
    spelled = st.lists(st.booleans(), min_size=4, max_size=4).map(
        lambda upper: "".join(char.upper() if up else char for char, up in zip("none", upper, strict=True))
    )
    around = st.tuples(st.sampled_from(["", " ", "\0"]), spelled, st.sampled_from(["", " ", "\0"])).map("".join)
    kinds = {"none": spelled, "among-blanks": around, "nothing": st.sampled_from(["", None, "null"])}
    return of_kinds({kind: unsigned(parts, algorithms) for kind, algorithms in kinds.items()})


def unsigned(parts: Parts, algorithms: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """A token under one of these algorithms; its claims are the genuine ones, or changed."""
    others = sorted(parts.header.keys() - {"alg"})
    dropped = st.sets(st.sampled_from(others), max_size=1) if others else st.just(set[str]())
    changed = st.dictionaries(st.sampled_from(sorted({*parts.claims, "role"})), JSON, max_size=1)

    @st.composite
    def drawn(draw: st.DrawFn) -> str:
        header = parts.header | {"alg": draw(algorithms)}
        for name in draw(dropped):
            del header[name]
        return joined(header, parts.claims | draw(changed), draw(one_of(b"", parts.signature)))

    return drawn()


def _other_than(genuine: str, kinds: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[Generated[str]]:
    def is_another(token: str) -> bool:
        return token != "" and sendable(token) and not same_token(token, genuine)

    return of_kinds({kind: tokens.filter(is_another) for kind, tokens in kinds.items()})


@built_once
def unrelated() -> st.SearchStrategy[str]:
    """Texts that have nothing to do with the genuine token."""
    return WORDS | st.lists(st.text(BASE64URL, max_size=8), min_size=1, max_size=5).map(".".join)


def wrong_segments(parts: Parts) -> st.SearchStrategy[str]:
    """The genuine segments, some left out and others put before, between or behind them: any number but three."""
    some = st.just(set[int]()) | st.sets(numbers(0, len(parts.segments) - 1))
    more = st.lists(st.sampled_from([*parts.segments, "", "e30"]), max_size=3)

    @st.composite
    def drawn(draw: st.DrawFn) -> str:
        left_out = draw(some)
        segments = [text for number, text in enumerate(parts.segments) if number not in left_out]
        for text in draw(more):
            segments.insert(draw(numbers(0, len(segments))), text)
        assume(segments and len(segments) != len(parts.segments))
        return ".".join(segments)

    return drawn()


FOREIGN = st.sampled_from(["=", "==", "+", "/", " ", "\t", "!", "%", "~", "\xe9", "\xff", "%3D"])
"""What stands in no base64url."""


@st.composite
def wrong_encoding(draw: st.DrawFn, parts: Parts) -> str:
    """The genuine token with a character outside base64url in its header or payload."""
    segments = list(parts.segments)
    which = draw(numbers(0, 1))
    where = draw(numbers(0, len(segments[which])))
    foreign = draw(FOREIGN)
    segments[which] = segments[which][:where] + foreign + segments[which][where:]
    return ".".join(segments)


ANY_OCTETS = st.binary(min_size=1, max_size=12)


@st.composite
def broken_json(draw: st.DrawFn) -> bytes:
    """Octets that are almost a JSON object: cut, with more after it, in another charset; or any octets."""
    text = compact_json(draw(OBJECTS))
    match draw(one_of("cut", "more", "mark", "utf-16", "octets")):
        case "cut":
            return text[: draw(numbers(0, len(text) - 1))]
        case "more":
            return text + draw(one_of(b"}", b",", b"{}", b"\0", b"x"))
        case "mark":
            return b"\xef\xbb\xbf" + text
        case "utf-16":
            return text.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
        case _:
            return draw(ANY_OCTETS)


NO_CONTENT = NOT_OBJECTS | broken_json()
"""What no segment holds: JSON that is no object, and what is no JSON."""


@st.composite
def wrong_json(draw: st.DrawFn, parts: Parts) -> str:
    """A token whose header or payload is no JSON object, under the genuine signature."""
    content = draw(NO_CONTENT)
    if draw(EITHER):
        return joined(content, parts.claims, parts.signature)
    return joined(parts.header, content, parts.signature)


def wrong_header(parts: Parts) -> st.SearchStrategy[str]:
    """The genuine token under another header: another algorithm, another key, or one more member."""
    alg = ALGORITHMS.filter(lambda value: value != parts.header.get("alg")).map(lambda value: {"alg": value})
    kid = JSON.filter(lambda value: value != parts.header.get("kid")).map(lambda value: {"kid": value})
    names = WORDS.filter(lambda name: name not in parts.header)
    changed = alg | kid | st.dictionaries(names, JSON, min_size=1, max_size=2)
    return st.builds(
        lambda members, signature: joined(parts.header | members, parts.claims, signature),
        changed,
        one_of(parts.signature, b""),
    )


def changed_claims(parts: Parts) -> st.SearchStrategy[str]:
    """The genuine token with other claims, under the genuine signature."""
    names = st.sampled_from(sorted({*parts.claims, "exp", "role"})) | WORDS
    changed = st.dictionaries(names, JSON, min_size=1, max_size=2)
    dropped = st.sets(st.sampled_from(sorted(parts.claims)), max_size=1) if parts.claims else st.just(set[str]())

    def written(changed: dict[str, Any], dropped: set[str]) -> str:
        claims = {name: value for name, value in parts.claims.items() if name not in dropped} | changed
        return f"{parts.segments[0]}.{segment(claims)}.{parts.segments[2]}"

    return st.builds(written, changed, dropped)


def wrong_signature(parts: Parts) -> st.SearchStrategy[str]:
    """The genuine token with other octets for its signature."""
    old = parts.signature
    others = st.binary(max_size=len(old) + 4)

    @st.composite
    def drawn(draw: st.DrawFn) -> str:
        changed = bytearray(old)
        if old and draw(EITHER):
            changed[draw(numbers(0, len(old) - 1))] ^= draw(numbers(1, 255))
        elif draw(EITHER):
            changed = changed[: draw(numbers(0, max(len(old) - 1, 0)))]
        else:
            changed = bytearray(draw(others))
        return ".".join((*parts.segments[:2], encoded(bytes(changed))))

    return drawn()


INSERTED = st.text(PRINTABLE, max_size=3)


@st.composite
def text_changes(draw: st.DrawFn, genuine: str) -> str:
    """The genuine token with a few characters replaced, inserted or left out."""
    text = genuine
    for _ in range(draw(numbers(1, 3))):
        start = draw(numbers(0, len(text)))
        end = min(len(text), start + draw(numbers(0, 4)))
        text = text[:start] + draw(INSERTED) + text[end:]
    return text
