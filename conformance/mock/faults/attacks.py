"""Faults that let forged tokens in, each by the attack that it falls for."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, RSAKey

from conformance.mock.call import Call, Claims, Steps
from conformance.mock.faults import opened
from conformance.mock.faults.bending import believing, taking_any_text
from conformance.mock.faults.registry import fault
from conformance.mock.faults.tokens import verified
from conformance.mock.tokens import ISSUER

KINDS: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "oct": OctKey}
KNOWN_ALGORITHMS = re.compile(r"(?:RS|PS|ES|HS)(?:256|384|512)|EdDSA|\s*none.?|", re.IGNORECASE)
FETCH_WITHIN_S = 2.0


def _unverified_if(steps: Steps, condition: Callable[[Any, str], bool]) -> Steps:
    """Claims are believed without a signature if the condition holds for the header's alg and the token."""
    def read(_call: Call, token: str) -> Claims | None:
        header = opened.header(token)
        return opened.claims(token) if "alg" in header and condition(header["alg"], token) else None

    return believing(steps, read)


# ------------------------------------------------------------------ alg


@fault("alg-none")
def alg_none_accepted(steps: Steps) -> Steps:
    """A token whose alg is none needs no signature."""
    return _unverified_if(steps, lambda alg, token: alg == "none" and not opened.signature_of(token))


@fault("alg-none")
def alg_none_in_another_case_accepted(steps: Steps) -> Steps:
    """The spelling none is barred, and None, NONE and nOnE are not."""
    return _unverified_if(steps, lambda alg, _token: alg != "none" and str(alg).lower() == "none")


@fault("alg-none")
def alg_none_with_blanks_accepted(steps: Steps) -> Steps:
    """The spelling none is barred before blanks round it are taken off."""
    return _unverified_if(steps, lambda alg, _token: alg != "none" and str(alg).strip(" \0") == "none")


@fault("alg-none")
def empty_alg_accepted(steps: Steps) -> Steps:
    """An alg that is empty or null means that there is no signature."""
    return _unverified_if(steps, lambda alg, _token: alg is None or alg == "")


@fault("alg-none")
def alg_none_with_a_signature_accepted(steps: Steps) -> Steps:
    """Unsigned tokens are told by their empty signature, so that any signature under alg none will do."""
    return _unverified_if(steps, lambda alg, token: alg == "none" and bool(opened.signature_of(token)))


@fault("alg-unknown", by_chance=("alg-none",))
def unknown_algorithm_not_verified(steps: Steps) -> Steps:
    """An unknown algorithm fails open."""
    return _unverified_if(steps, lambda alg, _token: isinstance(alg, str) and not KNOWN_ALGORITHMS.fullmatch(alg))


@fault("alg-unknown", by_chance=("signature-altered",))
def alg_of_another_type_not_verified(steps: Steps) -> Steps:
    """An alg that is no text fails open."""
    return _unverified_if(steps, lambda alg, _token: alg is not None and not isinstance(alg, str))


@fault("alg-unknown", also_breaks=("alg-misnamed",), by_chance=("token-malformed",))
def missing_alg_not_verified(steps: Steps) -> Steps:
    """Without alg nothing is verified."""
    def read(_call: Call, token: str) -> Claims | None:
        header = opened.header(token)
        return opened.claims(token) if header and "alg" not in header else None

    return believing(steps, read)


@fault("alg-misnamed")
def alg_in_lower_case_accepted(steps: Steps) -> Steps:
    """rs256 is as good as RS256."""
    def read(call: Call, token: str) -> Claims | None:
        keys = call.synq.keys
        if opened.header(token).get("alg") != keys.algorithm.lower():
            return None
        right = opened.signature_by(token, keys.private, keys.algorithm)
        return opened.claims(token) if opened.signature_of(token) == right else None

    return believing(steps, read)


# ------------------------------------------------------------------ HMAC


def _keyed_with(steps: Steps, secrets: Callable[[Call], tuple[bytes, ...]]) -> Steps:
    """HMACs under one of these secrets are good signatures."""
    def read(call: Call, token: str) -> Claims | None:
        return opened.claims(token) if any(opened.keyed_with(token, one) for one in secrets(call)) else None

    return believing(steps, read)


def _pem(call: Call) -> bytes:
    return call.synq.keys.public_pem().encode()


def _published(call: Call) -> dict[str, Any]:
    member: dict[str, Any] = call.synq.keys.jwks()["keys"][0]
    return member


@fault("key-confusion")
def public_pem_taken_for_a_secret(steps: Steps) -> Steps:
    """HS256 is verified with the text of the public key, with its final newline or without."""
    return _keyed_with(steps, lambda call: (_pem(call), _pem(call).strip()))


@fault("key-confusion")
def public_pem_unseen_behind_a_newline(steps: Steps) -> Steps:
    """A PEM is refused as a secret if it begins like one, and the setting has an empty line before it."""
    return _keyed_with(steps, lambda call: (b"\n" + _pem(call),))


@fault("key-confusion")
def public_der_taken_for_a_secret(steps: Steps) -> Steps:
    """HS256 is verified with the octets inside the public key's PEM."""
    return _keyed_with(steps, lambda call: (ssl_der(_pem(call).decode()),))


@fault("key-confusion")
def public_jwk_taken_for_a_secret(steps: Steps) -> Steps:
    """HS256 is verified with the text of the published JWK."""
    return _keyed_with(steps, lambda call: (json.dumps(_published(call), separators=(",", ":")).encode(),))


@fault("key-confusion")
def modulus_taken_for_a_secret(steps: Steps) -> Steps:
    """HS256 is verified with the first number of the published JWK, decoded or as it is."""
    def numbers(call: Call) -> tuple[bytes, ...]:
        number = str(_published(call).get("n", _published(call).get("x")))
        return (number.encode(), opened.opened_segment(number))

    return _keyed_with(steps, numbers)


def ssl_der(pem: str) -> bytes:
    """The octets in a PEM."""
    return base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))


@fault("hmac-weak-secret")
def well_known_secret_in_use(steps: Steps) -> Steps:
    """HS256 is verified with the secret of the tutorial."""
    return _keyed_with(steps, lambda _call: (b"secret", b"your-256-bit-secret"))


@fault("hmac-weak-secret", also_breaks=("kid-injection",))
def empty_secret_in_use(steps: Steps) -> Steps:
    """HMACs are verified with the empty secret of a setting that was left empty."""
    return _keyed_with(steps, lambda _call: (b"",))


@fault("hmac-weak-secret")
def missing_setting_turned_into_a_secret(steps: Steps) -> Steps:
    """HS256 is verified with the text of a value that is not there."""
    return _keyed_with(steps, lambda _call: (b"null", b"undefined", b"false"))


@fault("hmac-weak-secret")
def key_id_taken_for_a_secret(steps: Steps) -> Steps:
    """HS256 is verified with the key's own id."""
    return _keyed_with(steps, lambda call: (call.synq.keys.kid.encode(),))


# ------------------------------------------------------------------ keys that come along


def _trusting(steps: Steps, keys: Callable[[dict[str, Any]], list[Any]]) -> Steps:
    """The keys that the header leads to are believed."""
    def read(_call: Call, token: str) -> Claims | None:
        for key in keys(opened.header(token)) if token.count(".") == 2 else ():
            if _verifies(token, key):
                return opened.claims(token)
        return None

    return believing(steps, read)


def _verifies(token: str, key: Any) -> bool:  # noqa: ANN401 - any key of joserfc
    if isinstance(key, OctKey):
        return opened.keyed_with(token, key.raw_value)
    return opened.signed_with(token, key)


def _imported(members: object) -> list[Any]:
    kind = KINDS.get(str(members.get("kty"))) if isinstance(members, dict) else None
    if kind is None or not isinstance(members, dict):
        return []
    try:
        return [kind.import_key({name: value for name, value in members.items() if name not in ("use", "alg")})]
    except (JoseError, ValueError, TypeError, KeyError):
        return []


def _set(value: object) -> list[Any]:
    members = value.get("keys") if isinstance(value, dict) else None
    return [key for member in members for key in _imported(member)] if isinstance(members, list) else []


def _certified(pem: str) -> list[Any]:
    try:
        public = x509.load_pem_x509_certificate(pem.encode()).public_key()
        return [RSAKey.import_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))]
    except (JoseError, ValueError, TypeError):
        return []


@fault("embedded-key")
def embedded_jwk_trusted(steps: Steps) -> Steps:
    """The key in the header's jwk verifies the token that brought it."""
    return _trusting(steps, lambda header: _imported(header.get("jwk")))


@fault("embedded-key")
def embedded_key_set_trusted(steps: Steps) -> Steps:
    """The keys in the header's jwks verify the token that brought them."""
    return _trusting(steps, lambda header: _set(header.get("jwks")))


@fault("embedded-key")
def embedded_certificate_trusted(steps: Steps) -> Steps:
    """The certificate in the header's x5c is believed, whatever key signed it."""
    def keys(header: dict[str, Any]) -> list[Any]:
        chain = header.get("x5c")
        first = chain[0] if isinstance(chain, list) and chain else None
        return _certified(ssl.DER_cert_to_PEM_cert(base64.b64decode(first))) if isinstance(first, str) else []

    return _trusting(steps, keys)


def _fetched(url: object) -> str:
    """What is at this URL; empty if nothing is, or if it leads off this machine."""
    if not isinstance(url, str) or urlsplit(url).hostname != "127.0.0.1":
        return ""
    try:
        return httpx.get(url, timeout=FETCH_WITHIN_S, trust_env=False).text
    except httpx.HTTPError:
        return ""


@fault("key-url", also_breaks=("key-url-fetched",))
def key_set_url_trusted(steps: Steps) -> Steps:
    """The header's jku is fetched, and what is there verifies the token."""
    return _trusting(steps, lambda header: _set(opened.json_object(_fetched(header.get("jku")))))


@fault("key-url", also_breaks=("key-url-fetched",))
def certificate_url_trusted(steps: Steps) -> Steps:
    """The header's x5u is fetched, and the certificate there verifies the token."""
    return _trusting(steps, lambda header: _certified(_fetched(header.get("x5u"))))


@fault("key-url", also_breaks=("key-url-fetched",))
def key_set_url_that_mentions_the_issuer_trusted(steps: Steps) -> Steps:
    """The header's jku is fetched if the issuer's address stands anywhere in it."""
    def keys(header: dict[str, Any]) -> list[Any]:
        url = str(header.get("jku"))
        return _set(opened.json_object(_fetched(url))) if ISSUER in url else []

    return _trusting(steps, keys)


@fault("key-url", also_breaks=("key-url-fetched",))
def keys_of_whatever_issuer(steps: Steps) -> Steps:
    """The keys are fetched from where the token says that it was issued."""
    def check_claims(call: Call, claims: Claims) -> None:
        here = str(claims.get("iss")).startswith("http://127.0.0.1")
        steps.check_claims(call, {**claims, "iss": ISSUER} if here else claims)

    def read(_call: Call, token: str) -> Claims | None:
        claims = opened.claims(token) if token.count(".") == 2 else None
        url = f"{(claims or {}).get('iss')}/.well-known/jwks.json"
        return claims if any(_verifies(token, key) for key in _set(opened.json_object(_fetched(url)))) else None

    return replace(believing(steps, read), check_claims=check_claims)


@fault("key-url-fetched")
def key_url_fetched_in_vain(steps: Steps) -> Steps:
    """The header's jku and x5u are fetched before it is checked whether they are allowed."""
    def verify(call: Call, token: str) -> Claims:
        header = opened.header(token)
        for name in ("jku", "x5u"):
            _fetched(header.get(name))
        return steps.verify(call, token)

    return replace(steps, verify=verify)


# ------------------------------------------------------------------ kid


def _secret_by_kid(steps: Steps, find: Callable[[Any], bytes | None]) -> Steps:
    """HMACs are verified with the secret that the key id leads to, if it leads to one."""
    def read(_call: Call, token: str) -> Claims | None:
        secret = find(opened.header(token).get("kid"))
        return opened.claims(token) if secret is not None and opened.keyed_with(token, secret) else None

    return believing(steps, read)


FILES = {"/dev/null": b"", "/proc/sys/kernel/randomize_va_space": b"2\n"}
"""As much of a file system as this fault has."""


@fault("kid-injection")
def key_id_taken_for_a_path(steps: Steps) -> Steps:
    """The key id is joined to a folder's path, and what is in that file is the secret."""
    def find(kid: object) -> bytes | None:
        return next((content for name, content in FILES.items() if str(kid).endswith(name)), None)

    return _secret_by_kid(steps, find)


@fault("kid-injection")
def key_id_put_into_a_query(steps: Steps) -> Steps:
    """The key id is pasted into SQL, and the query's result is the secret."""
    def find(kid: object) -> bytes | None:
        with sqlite3.connect(":memory:") as database:
            database.execute("CREATE TABLE secrets (kid TEXT, secret TEXT)")
            try:
                row = database.execute(f"SELECT secret FROM secrets WHERE kid = '{kid}'").fetchone()  # noqa: S608 - the fault itself, on an empty database in memory
            except (sqlite3.Error, ValueError):
                return None
        database.close()
        return None if row is None else str(row[0]).encode()

    return _secret_by_kid(steps, find)


@fault("kid-injection")
def key_id_given_to_a_shell(steps: Steps) -> Steps:
    """The key id becomes part of a command line; of the shell no more than echo is imitated."""
    def find(kid: object) -> bytes | None:
        echoed = re.fullmatch(r"\|echo (\S+)|\$\(echo (\S+)\)", str(kid))
        return None if echoed is None else f"{echoed[1]}\n".encode() if echoed[1] else echoed[2].encode()

    return _secret_by_kid(steps, find)


@fault("kid-injection")
def unknown_key_id_has_an_empty_secret(steps: Steps) -> Steps:
    """If no key is found, its secret is empty."""
    def read(call: Call, token: str) -> Claims | None:
        header = opened.header(token)
        unknown = "kid" in header and header["kid"] != call.synq.keys.kid
        return opened.claims(token) if unknown and opened.keyed_with(token, b"") else None

    return believing(steps, read)


@fault("kid-injection", also_breaks=("key-url-fetched",))
def key_id_fetched(steps: Steps) -> Steps:
    """A key id that is a URL is fetched, and what is there verifies the token."""
    return _trusting(steps, lambda header: _set(opened.json_object(_fetched(header.get("kid")))))


# ------------------------------------------------------------------ what is signed, and what is not


@fault("crit-unknown", also_breaks=("crit-malformed",))
def critical_extensions_ignored(steps: Steps) -> Steps:
    """A well-signed token may mark anything as critical."""
    def read(call: Call, token: str) -> Claims | None:
        signed = "crit" in opened.header(token) and opened.signed_with(token, call.synq.keys.private)
        return opened.claims(token) if signed else None

    return believing(steps, read)


@fault("crit-malformed")
def empty_crit_overlooked(steps: Steps) -> Steps:
    """A well-signed token may mark nothing as critical, which is as if it had no mark."""
    def read(call: Call, token: str) -> Claims | None:
        header = opened.header(token)
        signed = "crit" in header and not header["crit"] and opened.signed_with(token, call.synq.keys.private)
        return opened.claims(token) if signed else None

    return believing(steps, read)


@fault("signature-blank")
def blank_ecdsa_signature_accepted(steps: Steps) -> Steps:
    """Two zeros solve the equation, because it is not checked whether they are in range."""
    def blank(alg: object, token: str) -> bool:
        return str(alg).startswith("ES") and opened.signature_of(token).strip(b"\0") == b""

    return _unverified_if(steps, lambda alg, token: blank(alg, token) and bool(opened.signature_of(token)))


@fault("signature-blank")
def zeros_taken_for_a_signature(steps: Steps) -> Steps:
    """A comparison that gave up leaves zeros on both sides."""
    def zeros(_alg: object, token: str) -> bool:
        given = opened.signature_of(token)
        return bool(given) and not any(given)

    return _unverified_if(steps, zeros)


@fault("claims-prolonged")
def polyglot_token_accepted(steps: Steps) -> Steps:
    """One reader verifies the JSON form, and another takes the claims from between the dots."""
    def read(call: Call, token: str) -> Claims | None:
        form = opened.json_object(token)
        signature = next(iter(form.get("signatures", [])), form)
        parts = (signature.get("protected"), form.get("payload"), signature.get("signature"))
        return opened.claims(token) if verified(call, ".".join(map(str, parts))) else None

    return believing(taking_any_text(steps), read)


@fault("claims-prolonged")
def fourth_segment_believed(steps: Steps) -> Steps:
    """The first three segments are verified, and the last one has the claims."""
    def read(call: Call, token: str) -> Claims | None:
        segments = token.split(".")
        claims = opened.members(segments[-1]) if len(segments) == 4 else {}
        return claims if claims and verified(call, ".".join(segments[:3])) else None

    return believing(steps, read)


@fault("claims-prolonged")
def token_in_the_header_vouches(steps: Steps) -> Steps:
    """If the header holds a genuine token, the claims in the payload are believed."""
    def read(call: Call, token: str) -> Claims | None:
        inner = opened.header(token).get("token")
        return opened.claims(token) if isinstance(inner, str) and verified(call, inner) else None

    return believing(steps, read)
