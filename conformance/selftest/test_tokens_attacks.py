"""Every attack is what it says: refused by the honest, and accepted if the flaw that it aims at is there."""

from __future__ import annotations

import base64
import hmac
import json
import re
import sys
import time
from functools import cache
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from conformance.contract.rules import Role, load_contract
from conformance.http.message import Request
from conformance.mock.describe import describe
from conformance.mock.reply import reply
from conformance.mock.state import Clock, Synq, create
from conformance.selftest.offenders import listed
from conformance.tokens import (
    ATTACKS,
    Attack,
    Material,
    NotForgeable,
    NothingToForge,
    attacks,
    decode,
    mint,
    own_jwks,
    same_token,
)
from conformance.tokens.attack import attack as register
from conformance.tokens.compact import decoded, joined

BEYOND = {"keys.public", "keys.signing", "loopback"}
EVERY = [pytest.param(attack, id=attack.name) for attack in ATTACKS]
NOW = 1_800_000_000.0


def _algorithms(attack: Attack) -> tuple[str, ...]:
    """The genuine algorithms whose keys have what the attack takes."""
    if attack.name.endswith(("-point", "-x-coordinate")):
        return ("ES256",)
    rsa_only = "modulus" in attack.name or "pkcs1" in attack.name
    return ("RS256",) if rsa_only else ("RS256", "ES256")


WITH_ALGORITHM = [
    pytest.param(attack, algorithm, id=f"{attack.name}-{algorithm}")
    for attack in ATTACKS
    for algorithm in _algorithms(attack)
]


@cache
def _synq(algorithm: str) -> tuple[Synq, dict[str, Any], Material]:
    began = time.time()
    synq = create(algorithm=algorithm, clock=Clock(lambda: began))  # it stands still: minutes pass between two tests
    profile = describe(synq, "https://synq.example")
    tokens, keys = profile["tokens"], profile["keys"]
    listener = "http://127.0.0.1:1"
    synq.clock.advance(60)  # as on any target, the genuine tokens are not of this second
    material = Material(
        tokens["valid"], tokens["viewer"], keys["public"], keys["signing"], listener, synq.clock.now()
    )
    return synq, profile, material


def _status(synq: Synq, profile: dict[str, Any], token: str) -> int:
    scope = profile["scope"]
    fields = (
        ("Authorization", f"Bearer {token}"),
        ("X-Tenant-ID", scope["tenant_id"]),
        ("X-Org-ID", scope["org_id"]),
    )
    return reply(synq, Request("GET", profile["probe"]["read"], fields)).status


def _material(algorithm: str = "RS256") -> Material:
    return _synq(algorithm)[2]


def _named(name: str) -> str:
    return next(attack for attack in ATTACKS if attack.name == name).forge(_material())


@pytest.mark.parametrize(("attack", "algorithm"), WITH_ALGORITHM)
def test_the_honest_server_refuses(attack: Attack, algorithm: str) -> None:
    """401 for every attack, beside the genuine token that is accepted."""
    synq, profile, material = _synq(algorithm)
    assert _status(synq, profile, material.valid) == 200
    assert _status(synq, profile, attack.forge(material)) == 401


def respells(attack: Attack) -> bool:
    """Whether nothing but the signature's spelling is changed."""
    return attack.rule == "signature-spelling" or attack.name == "trailing-dot"


def test_an_attack_is_not_the_genuine_token() -> None:
    """Decoded, it differs from the genuine token, unless another spelling is all that it is about."""
    offenders = [
        attack.name
        for attack in ATTACKS
        for material in [_material(_algorithms(attack)[0])]
        if same_token(attack.forge(material), material.valid) is not respells(attack)
    ]
    assert not offenders, listed(
        offenders, "change what the token says; only what is about a spelling may change how it is spelt alone"
    )


def _wire_of(token: str) -> str | None:
    """How HTTP takes this token; None if no header can bear it."""
    if not re.fullmatch(r"[^\0\s]+([ \t]+[^\0\s]+)*", token) or max(map(ord, token)) > 255:
        return None
    return "huge" if len(token) > 7_000 else "clean" if re.fullmatch(r"[\t\x20-\x7e]+", token) else "odd"


def test_an_attack_says_how_http_takes_it() -> None:
    """Clean values are printable ASCII of moderate size; none is beyond what an HTTP client sends."""
    offenders = [
        f"{attack.name}: says {attack.wire}, is {is_ or 'what no header can bear'}"
        for attack in ATTACKS
        for is_ in [_wire_of(attack.forge(_material(_algorithms(attack)[0])))]
        if attack.wire != is_
    ]
    assert not offenders, listed(offenders, 'let @attack say wire="odd" or "huge" of what is not clean')


def test_an_attack_explains_itself_in_two_sentences() -> None:
    """What was done and why accepting it is a hole: a sentence each."""
    offenders = [
        f"{attack.name}: {text}"
        for attack in ATTACKS
        for text in (attack.what, attack.why)
        if not re.fullmatch(r"[A-Z].+[^.]\.", text)
    ]
    assert not offenders, listed(offenders, "write `what` and `why` as a sentence each, with a full stop")


def test_an_attack_has_a_source() -> None:
    """References to look up, each precise."""
    precise = r"(RFC \d{4} §|CVE-\d{4}-\d+$|CWE-\d+$)"
    offenders = [
        f"{attack.name}: {text}"
        for attack in ATTACKS
        for text in (attack.references or ("no reference",))
        if not re.match(precise, text)
    ]
    assert not offenders, listed(offenders, "name the section of an RFC, a CVE or a CWE, as in `RFC 8725 §3.1`")


def _least(attack: Attack) -> Material:
    """A material that has what every run has, a spare token, and what this attack says that it needs."""
    full = _material(_algorithms(attack)[0])
    return Material(
        full.valid,
        full.spare,
        full.public if "keys.public" in attack.needs else None,
        full.signing if "keys.signing" in attack.needs else None,
        full.listener if "loopback" in attack.needs else None,
        full.now,
    )


def _lacks(attack: Attack) -> str | None:
    """Why this attack cannot be forged with just what it says; None if it can."""
    least = _least(attack)
    if unknown := attack.needs - (least.capabilities & BEYOND):
        return f"no such need: {', '.join(sorted(unknown))}"
    try:
        return None if attack.forge(least) else "forged an empty token"
    except NotForgeable as error:
        return str(error)


def test_an_attack_needs_no_more_than_it_says() -> None:
    """With just the capabilities it names, and a spare token, it can be forged."""
    offenders = [f"{attack.name}: {lacks}" for attack in ATTACKS if (lacks := _lacks(attack))]
    assert not offenders, listed(offenders, "name in `needs` what the attack takes")


@pytest.mark.parametrize(
    ("name", "algorithm"), [("key-confusion-modulus", "ES256"), ("key-confusion-point", "RS256")]
)
def test_a_key_of_the_other_kind_is_not_forgeable(name: str, algorithm: str) -> None:
    """An EC key has no modulus and an RSA key no point, and the reason says so."""
    attack = next(attack for attack in ATTACKS if attack.name == name)
    with pytest.raises(NotForgeable, match="only"):
        attack.forge(_material(algorithm))


@pytest.mark.parametrize(
    "name", ["key-confusion-jwk", "key-confusion-jwk-minified", "key-confusion-jwk-sorted"]
)
def test_a_key_in_pem_has_a_jwk_as_well(name: str) -> None:
    """Of a key that was given in PEM the JWK is made, for servers that read the set."""
    synq, _, full = _synq("RS256")
    attack = next(attack for attack in ATTACKS if attack.name == name)
    token = attack.forge(Material(full.valid, public=synq.keys.public_pem(), now=NOW))
    text, _, signature = token.rpartition(".")
    jwk = {name: value for name, value in synq.keys.private.as_dict(private=False).items() if name != "kid"}
    written = {
        "key-confusion-jwk": json.dumps(jwk),
        "key-confusion-jwk-minified": json.dumps(jwk, separators=(",", ":")),
        "key-confusion-jwk-sorted": json.dumps(jwk, separators=(",", ":"), sort_keys=True),
    }[name]
    assert hmac.digest(written.encode(), text.encode(), "sha256") == decoded(signature)


def test_a_token_of_another_type_is_never_the_genuine_one() -> None:
    """Sanic's users, among others, give their tokens the type of RFC 9068; an alteration has to alter them."""
    attack = next(attack for attack in ATTACKS if attack.name == "header-typ-changed")
    genuine = joined({"alg": "RS256", "typ": "at+jwt"}, {"sub": "a"}, b"signature")
    assert not same_token(attack.forge(Material(genuine, now=NOW)), genuine)


def test_a_second_issuer_needs_a_first() -> None:
    """If the genuine token names no issuer, a server that looks at none is not caught by one."""
    attack = next(attack for attack in ATTACKS if attack.name == "payload-says-iss-twice")
    _, _, full = _synq("RS256")
    genuine = joined({"alg": "RS256"}, {"sub": "a", "exp": int(NOW)}, b"signature")
    with pytest.raises(NothingToForge, match="names no issuer"):
        attack.forge(Material(genuine, signing=full.signing, now=NOW))


@pytest.mark.parametrize("need", ["keys.public", "keys.signing"])
def test_an_attack_without_its_key_says_what_to_supply(need: str) -> None:
    """NotForgeable names the profile's key."""
    material = Material(_material().valid, now=NOW)
    attack = next(attack for attack in ATTACKS if need in attack.needs)
    with pytest.raises(NotForgeable, match=re.escape(f"supply {need}")):
        attack.forge(material)


@pytest.mark.parametrize("attack", EVERY)
def test_an_opaque_token_is_not_forgeable_but_never_an_accident(attack: Attack) -> None:
    """Of a token without structure an attack makes something else or says that it cannot."""
    full = _material()
    opaque = Material("opaque-6ba7b8109dad11d180b400c04fd430c8", None, full.public, full.signing, None, NOW)
    try:
        token = attack.forge(opaque)
    except NotForgeable as error:
        assert str(error)  # noqa: PT017 - both ends are right, and each is looked at
    else:
        assert token != opaque.valid


def test_no_two_attacks_forge_the_same_token() -> None:
    """Each name stands for something of its own."""
    forged: dict[str, str] = {}
    for attack in ATTACKS:
        token = attack.forge(_material(_algorithms(attack)[0]))
        assert forged.setdefault(token, attack.name) == attack.name
    assert len(forged) == len(ATTACKS)


def test_attacks_are_many_and_cover_their_rules() -> None:
    """At least 120, under rules of the server that exist, and each rule has the cases that it demands."""
    contract = load_contract()
    assert len(ATTACKS) >= 120
    for rule_id in {attack.rule for attack in ATTACKS}:
        rule = contract.rule(rule_id)
        assert rule.role is Role.SERVER
        given = {name for need in rule.needs for name in need}
        assert sum(attack.needs <= given for attack in attacks(rule_id)) >= rule.cases, rule_id


def test_a_rule_without_attacks_is_an_error() -> None:
    """A misspelled rule does not come back as no attacks at all."""
    with pytest.raises(KeyError):
        attacks("alg-nonsense")


def test_two_attacks_cannot_share_a_name() -> None:
    """The name is what a report, a waiver and a replay go by."""
    with pytest.raises(ValueError, match="alg-none"):
        register("alg-none", rule="alg-none", what="Again.", why="Again.")(str)


def test_listing_attacks_loads_no_cryptography() -> None:
    """Importing the attacks forges nothing: heavy libraries wait for the first forgery."""
    import subprocess

    code = "import sys, conformance.tokens; print({'joserfc', 'cryptography', 'hypothesis'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert ran.stdout.strip() == "set()"


# ------------------------------------------------------------------ the flaw that each family aims at


@pytest.mark.parametrize(
    "attack",
    [param for param in EVERY if "keys.signing" in param.values[0].needs],  # type: ignore[union-attr]  # a param's values are attacks
)
def test_a_well_signed_attack_is_well_signed(attack: Attack) -> None:
    """If only the content is wrong, the signature is right under the genuine key."""
    synq, _, material = _synq("RS256")
    text, _, signature = attack.forge(material).rpartition(".")
    algorithm = jws.JWSRegistry.algorithms["RS256"]
    assert algorithm.verify(text.encode(), decoded(signature), synq.keys.private)


@pytest.mark.parametrize(
    "attack", [pytest.param(attack, id=attack.name) for attack in attacks("key-confusion")]
)
def test_a_confused_token_is_keyed_with_something_public(attack: Attack) -> None:
    """A verifier that takes the published key for a secret accepts it under one of its encodings."""
    material = _material(_algorithms(attack)[0])
    token = attack.forge(material)
    header = decode(token)
    assert header is not None
    digest = header.header["alg"].replace("HS", "sha")
    text, _, signature = token.rpartition(".")
    secrets = _encodings(material)
    assert any(hmac.digest(secret, text.encode(), digest) == decoded(signature) for secret in secrets)


def _encodings(material: Material) -> set[bytes]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    assert material.public is not None
    published = json.loads(material.public)["keys"][0]
    key = (RSAKey if published["kty"] == "RSA" else ECKey).import_key(published).public_key
    spki = PublicFormat.SubjectPublicKeyInfo
    pem, der = key.public_bytes(Encoding.PEM, spki), key.public_bytes(Encoding.DER, spki)
    openssh = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    found = {
        openssh,
        openssh + b"\n",
        pem,
        pem.strip(),
        pem + b"\n",
        b"\n" + pem,
        b" " + pem,
        pem.replace(b"\n", b"\r\n"),
        pem.replace(b"\n", b"\\n"),
        der,
        base64.b64encode(der),
        material.public.encode(),
        json.dumps(published).encode(),
        json.dumps(published, separators=(",", ":")).encode(),
        json.dumps(published, separators=(",", ":"), sort_keys=True).encode(),
    }
    if published["kty"] == "RSA":
        pkcs1 = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
        found |= {pkcs1, pkcs1.strip(), key.public_bytes(Encoding.DER, PublicFormat.PKCS1)}
        found |= {decoded(published["n"]), published["n"].encode()}
    else:
        found |= {b"\x04" + decoded(published["x"]) + decoded(published["y"]), decoded(published["x"])}
    return found


@pytest.mark.parametrize(
    "name", ["embedded-jwk-rsa", "embedded-jwk-ec", "embedded-jwk-ed25519", "embedded-jwk-oct"]
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_an_embedded_key_verifies_its_token(name: str) -> None:
    """A verifier that believes the header's jwk finds the signature right."""
    token = _named(name)
    parts = decode(token)
    assert parts is not None
    kinds: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey, "oct": OctKey}
    key = kinds[parts.header["jwk"]["kty"]].import_key(parts.header["jwk"])
    assert jws.JWSRegistry.algorithms[parts.header["alg"]].verify(
        ".".join(parts.segments[:2]).encode(), parts.signature, key
    )


@pytest.mark.parametrize("name", ["jku", "jku-disguised", "kid-url"])
def test_a_pointed_to_key_verifies_its_token(name: str) -> None:
    """A verifier that fetches what the listener serves finds the signature right."""
    parts = decode(_named(name))
    assert parts is not None
    key = RSAKey.import_key(own_jwks()["keys"][0])
    signed = ".".join(parts.segments[:2]).encode()
    assert jws.JWSRegistry.algorithms["RS256"].verify(signed, parts.signature, key)


def _lenient_json(segment: str) -> dict[str, Any]:
    """As a reader has it that skips foreign characters, after padding by the length with them."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return found


@pytest.mark.parametrize("name", ["polyglot-flattened", "polyglot-flattened-without-blanks"])
def test_a_polyglot_has_two_readings(name: str) -> None:
    """Split at its dots it carries forged claims; read as JSON it is the genuine token (CVE-2022-39227)."""
    material, token = _material(), _named(name)
    head, forged, _ = token.split(".", 2)
    assert _lenient_json(head) == material.genuine.header
    assert _lenient_json(forged)["role"] == "admin"
    form = json.loads(token)
    assert f"{form['protected']}.{form['payload']}.{form['signature']}" == material.valid


def test_an_unsigned_token_carries_raised_claims() -> None:
    """A verifier that takes alg none gives an editor the admin's role and a new hour."""
    parts, genuine = decode(_named("alg-none")), _material().genuine
    assert parts is not None
    assert genuine.claims["role"] == "editor"
    assert parts.claims["role"] == "admin"
    assert parts.claims["exp"] > genuine.claims["exp"]


def test_a_minted_token_is_a_jwt_of_the_library() -> None:
    """What is minted decodes under the public key as any library's token."""
    synq, _, material = _synq("RS256")
    token = jwt.decode(mint(material, claims={"note": "kept"}), synq.keys.private, algorithms=["RS256"])
    assert token.claims["note"] == "kept"
    assert token.claims["exp"] - token.claims["iat"] == 3600
    assert abs(token.claims["iat"] - time.time()) < 60
