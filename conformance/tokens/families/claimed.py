"""Well signed, and yet to be refused: for what claims or a critical header say (RFC 7519 §4.1, RFC 8725)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.contract.durations import HOUR_S
from conformance.tokens.attack import Material, NothingToForge, attack, dated, without
from conformance.tokens.compact import compact_json
from conformance.tokens.minting import mint
from conformance.tokens.signing import sealed, signing_key

signed = partial(attack, needs=["keys.signing"])

typed = partial(
    signed,
    rule="claim-types",
    why="A time that is no number cannot be compared with the clock, so the token may never end.",
    contrived=True,
    references=("RFC 7519 §2", "RFC 7519 §4.1.4", "RFC 8725 §3.4"),
)

Value = Callable[[int], Any]
"""A claim's value from what it would be in a good token."""

WRONG: dict[str, tuple[Value, str]] = {
    "digits": (str, "a string of digits"),
    "words": (lambda _: "tomorrow", "a word"),
    "date": (lambda _: "2999-12-31T23:59:59Z", "a date written out"),
    "empty-string": (lambda _: "", "an empty string"),
    "null": (lambda _: None, "null"),
    "true": (lambda _: True, "true"),
    "list": (lambda good: [good], "a list"),
    "object": (lambda good: {"seconds": good}, "an object"),
}
PAST: dict[str, tuple[Value, str]] = {
    "negative": (lambda good: -good, "a negative number"),
    "zero": (lambda _: 0, "zero"),
}
ABSURD: dict[str, tuple[Value, str]] = {
    "milliseconds": (lambda good: good * 1000, "in milliseconds"),
    "huge": (lambda _: 10**18, "a number beyond every calendar"),
    "beyond-64-bits": (lambda _: 2**64 + 1, "a number beyond 64 bits"),
    "beyond-double": (lambda _: 10**400, "a number beyond every floating-point range"),
    "exponent": (lambda _: 1e300, "a number with a huge exponent"),
}


def _with_claim(material: Material, claim: str, value: Value) -> str:
    good = dated(material.genuine.claims, material.now) | {"iat": int(material.now), "nbf": int(material.now)}
    return mint(material, claims={claim: value(good[claim])})


for _claim, _title in (("exp", "expiry"), ("nbf", "not-before time")):
    for _name, (_value, _words) in (WRONG | (PAST if _claim == "exp" else {})).items():
        typed(
            f"{_claim}-{_name}",
            what=f"The {_title} is {_words}, and the signature is right.",
        )(partial(_with_claim, claim=_claim, value=_value))


absurd = partial(
    signed,
    rule="claim-range",
    why="It is a number, and one in the future (RFC 7519 §4.1.4 is kept): but no token of an hour has it.",
    references=("RFC 7519 §4.1.4",),
    contrived=True,
)

for _name, (_value, _words) in ABSURD.items():
    absurd(
        f"exp-{_name}",
        what=f"The expiry is {_words}, and the signature is right.",
    )(partial(_with_claim, claim="exp", value=_value))

for _name, (_value, _words) in WRONG.items():
    signed(
        f"iat-{_name}",
        rule="claim-range",
        what=f"The time of issue is {_words}, and the signature is right.",
        why="The issuer has to write a number (RFC 7519 §4.1.6); nothing asks the recipient to look at it.",
        references=("RFC 7519 §4.1.6",),
        contrived=True,
    )(partial(_with_claim, claim="iat", value=_value))


def _with_literal(material: Material, literal: bytes) -> str:
    key, algorithm = signing_key(material)
    claims = compact_json(without(dated(material.genuine.claims, material.now), ["exp"]))
    text = claims[:-1] + b',"exp":' + literal + b"}"
    return sealed(material.genuine.header | {"alg": algorithm}, text, key, algorithm)


absurd(
    "exp-infinite-exponent",
    what="The expiry is 1e999, and the signature is right.",
    references=("RFC 8259 §6", "RFC 7519 §4.1.4"),
)(partial(_with_literal, literal=b"1e999"))

for _name, _literal in (("nan", b"NaN"), ("infinity", b"Infinity")):
    typed(
        f"exp-{_name}",
        what=f"The expiry is {_literal.decode()}, and the signature is right.",
        references=("RFC 8259 §6", "RFC 7519 §4.1.4"),
    )(partial(_with_literal, literal=_literal))


@signed(
    "exp-missing",
    rule="expiry-missing",
    what="The token has no expiry, and the signature is right.",
    why="A token without an end is a key for ever, once it has leaked.",
    references=("RFC 7519 §4.1.4",),
)
def _(material: Material) -> str:
    return mint(material, drop=["exp"])


@signed(
    "times-missing",
    rule="expiry-missing",
    what="The token has none of the three times, and the signature is right.",
    why="A token without an end is a key for ever, once it has leaked.",
    references=("RFC 7519 §4.1.4",),
)
def _(material: Material) -> str:
    return mint(material, drop=["exp", "iat", "nbf"])


AHEAD = {"in-six-minutes": (360, "six minutes"), "in-half-an-hour": (1_800, "half an hour")}


def _not_before(material: Material, in_s: int) -> str:
    return mint(material, claims={"nbf": int(material.now) + in_s})


def _issued(material: Material, in_s: int) -> str:
    issued = int(material.now) + in_s
    return mint(material, claims={"iat": issued, "nbf": int(material.lately), "exp": issued + HOUR_S})


for _name, (_seconds, _words) in AHEAD.items():
    signed(
        f"nbf-{_name}",
        rule="not-yet-valid",
        what=f"The token counts only in {_words}, and the signature is right.",
        why="A token that was made for later is used before the time that it was made for.",
        references=("RFC 7519 §4.1.5",),
    )(partial(_not_before, in_s=_seconds))

for _name, (_seconds, _words) in (AHEAD | {"tomorrow": (86_400, "a day")}).items():
    signed(
        f"iat-{_name}",
        rule="issued-in-future",
        what=f"The token says that it will be issued in {_words}, and the signature is right.",
        why="An issue date ahead of the clock stretches the token's life beyond its hour.",
        references=("RFC 7519 §4.1.6",),
    )(partial(_issued, in_s=_seconds))


def _changed(material: Material, claim: str, change: Callable[[Any], Any]) -> str:
    genuine = material.genuine.claims.get(claim)
    if genuine is None:
        raise NothingToForge(
            f"the genuine token has no {claim}, so there is nothing that it could be checked for"
        )
    return mint(material, claims={claim: change(genuine)})


def _first(value: object) -> str:
    return str(value[0] if isinstance(value, list) and value else value)


NAMES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "other": (lambda _: "https://forged.example", "another party"),
    "longer": (lambda old: f"{_first(old)}.forged.example", "a longer name that begins like the genuine one"),
    "shorter": (lambda old: _first(old)[:-1], "the genuine name without its last letter"),
    "empty": (lambda _: "", "empty"),
    "null": (lambda _: None, "null"),
    "empty-list": (lambda _: [], "an empty list"),
    "object": (lambda old: {_first(old): True}, "an object"),
}

issued_by = partial(
    signed,
    rule="issuer-wrong",
    why="If one key serves several issuers, a token of the least of them opens Synq.",
    references=("RFC 8725 §3.8", "RFC 7519 §4.1.1"),
)
meant_for = partial(
    signed,
    rule="audience-wrong",
    why="A token that was given to another service can be carried over to this one.",
    references=("RFC 8725 §3.9", "RFC 7519 §4.1.3"),
)

for _name, (_change, _words) in NAMES.items():
    # A library that breaks at a name of another type has let the token in nowhere.
    _untyped = _name in {"null", "empty-list", "object"}
    issued_by(
        f"iss-{_name}",
        what=f"The issuer is {_words}, and the signature is right.",
        contrived=_untyped,
    )(partial(_changed, claim="iss", change=_change))
    meant_for(
        f"aud-{_name}",
        what=f"The audience is {_words}, and the signature is right.",
        contrived=_untyped,
    )(partial(_changed, claim="aud", change=_change))

issued_by(
    "iss-list-with-genuine",
    what="The issuer is a list of another party and the genuine one, and the signature is right.",
    contrived=True,
    references=("RFC 8725 §3.8", "CVE-2025-30144"),
)(partial(_changed, claim="iss", change=lambda old: ["https://forged.example", old]))

meant_for(
    "aud-list-of-others",
    what="The audience is a list of two other services, and the signature is right.",
)(partial(_changed, claim="aud", change=lambda _: ["https://forged.example", "https://other.example"]))


def _dropped(material: Material, claim: str) -> str:
    if claim not in material.genuine.claims:
        raise NothingToForge(f"the genuine token has no {claim} that could be left out")
    return mint(material, drop=[claim])


issued_by("iss-missing", what="The token names no issuer, and the signature is right.")(
    partial(_dropped, claim="iss")
)
meant_for("aud-missing", what="The token names no audience, and the signature is right.")(
    partial(_dropped, claim="aud")
)


critical = partial(
    signed,
    rule="crit-unknown",
    why="The maker of the token said that it must not be used without understanding this, and it was used.",
    references=("RFC 7515 §4.1.11", "CVE-2025-59420"),
)

CRITICAL: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": (
        {"crit": ["urn:example:unknown"], "urn:example:unknown": True},
        "marks an unknown extension as critical",
    ),
    "unknown-of-two": (
        {"crit": ["b64", "urn:example:unknown"], "b64": True, "urn:example:unknown": True},
        "marks two extensions as critical, the second of them unknown",
    ),
    "absent": ({"crit": ["urn:example:absent"]}, "marks a member as critical that it does not have"),
    "b64-false": (
        {"crit": ["b64"], "b64": False},
        "says, marked as critical, that the payload is not encoded",
    ),
}
MISMARKED: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({"crit": []}, "marks nothing as critical in an empty list"),
    "registered": ({"crit": ["alg"]}, "marks as critical what needs no mark"),
    "string": (
        {"crit": "urn:example:unknown", "urn:example:unknown": True},
        "has a string in place of the list",
    ),
    "null": ({"crit": None}, "has null in place of the list"),
}


def _critical(material: Material, header: dict[str, Any]) -> str:
    # By hand, since no library signs a header that it could not read.
    key, algorithm = signing_key(material)
    claims = dated(material.genuine.claims, material.now)
    return sealed(material.genuine.header | {"alg": algorithm} | header, claims, key, algorithm)


for _name, (_header, _words) in CRITICAL.items():
    critical(
        f"crit-{_name}",
        what=f"The header {_words}, and the signature is right.",
    )(partial(_critical, header=_header))

mismarked = partial(
    critical,
    rule="crit-malformed",
    why="A recipient may refuse it (RFC 7515 §4.1.11); one that does not looks past a header that no issuer writes.",
    contrived=True,
)

for _name, (_header, _words) in MISMARKED.items():
    mismarked(
        f"crit-{_name}",
        what=f"The header {_words}, and the signature is right.",
    )(partial(_critical, header=_header))
