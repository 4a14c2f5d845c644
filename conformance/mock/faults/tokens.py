"""Faults in reading a token and in verifying its signature, and in how long it lives."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError

from conformance.http.message import Response
from conformance.mock import tokens
from conformance.mock.call import Call, Claims, Refused, Steps
from conformance.mock.faults import opened
from conformance.mock.faults.also_breaks import PAST_THE_HOUR
from conformance.mock.faults.bending import believing, claims_of_somebody, refused_token, taking_any_text
from conformance.mock.faults.registry import fault
from conformance.mock.resources import as_json

FOREIGN_CHARACTERS = re.compile(r"[^A-Za-z0-9_-]")
DEEPEST = 400


def verified(call: Call, token: str) -> Claims | None:
    """The claims if the reference verification finds nothing wrong, else None."""
    try:
        return tokens.verify(token, call.synq.keys)
    except tokens.BadToken:
        return None


# ------------------------------------------------------------------ form


@fault(
    "token-malformed",
    also_breaks=(
        "signature-spelling", "signature-altered", "signature-foreign", "signature-blank", "alg-none", "alg-unknown",
        "key-confusion", "hmac-weak-secret", "embedded-key", "key-url", "kid-injection", "crit-unknown",
        "authorization-malformed", "header-combinations", "token-before-scope", "token-spelling", "token-other-form",
        "claim-types", "expiry-missing", "not-yet-valid", "issued-in-future", "issuer-wrong", "audience-wrong",
        "token-expired", "token-accepted-until-hour", "expiry-leeway", "expiry-leeway-minute",
        "verified-every-request", "token-revoked", "connection-not-trusted", "token-oversize", "token-unprovisioned",
        "role-forbidden", "crit-malformed", "alg-misnamed", "claim-range", "authorization-loose", "retired-key",
        "identity-token-only",
    ),
)  # fmt: skip
def any_token_accepted(steps: Steps) -> Steps:
    """A caller who sends any bearer token at all is let in."""
    return believing(taking_any_text(steps), lambda call, _token: claims_of_somebody(call))


@fault(
    "token-malformed",
    also_breaks=(
        "authorization-malformed", "header-combinations", "token-before-scope", "token-other-form",
        "connection-not-trusted", "claim-types", "token-spelling",
    ),
    by_chance=("signature-altered",),
)  # fmt: skip
def bad_token_forbidden(steps: Steps) -> Steps:
    """A token that cannot be read is answered 403."""

    def verify(call: Call, token: str) -> Claims:
        if opened.claims(token) is None:
            raise Refused(403, "The token cannot be read.")
        return steps.verify(call, token)

    return replace(steps, verify=verify)


@fault("token-spelling", also_breaks=("signature-spelling", "authorization-loose"))
def foreign_characters_skipped(steps: Steps) -> Steps:
    """Padding, blanks and all else that is not base64url is dropped before the token is read."""

    def read(call: Call, token: str) -> Claims | None:
        return verified(call, ".".join(FOREIGN_CHARACTERS.sub("", segment) for segment in token.split(".")))

    return believing(taking_any_text(steps), read)


@fault("token-spelling")
def surplus_segments_ignored(steps: Steps) -> Steps:
    """The first three segments count, whatever follows them."""
    return believing(steps, lambda call, token: verified(call, ".".join(token.split(".")[:3])))


@fault("token-spelling")
def token_of_the_connection_known_by_its_letters(steps: Steps) -> Steps:
    """A token in other case than the good one of before on its connection is taken for that, as by Jetty."""
    last: dict[str, str] = {}

    def verify(call: Call, token: str) -> Claims:
        before = last.get(call.connection, "")
        claims = steps.verify(call, before if before.lower() == token.lower() else token)
        last[call.connection] = token if before.lower() != token.lower() else before
        return claims

    return replace(steps, verify=verify)


@fault("token-spelling")
def header_written_again_before_it_is_verified(steps: Steps) -> Steps:
    """The JSON in the header is read and written again, and the signature is verified over that, as jwx 2 does."""

    def read(call: Call, token: str) -> Claims | None:
        header, _, rest = token.partition(".")
        text = opened.opened_segment(header).decode("utf-8", "replace")
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return None
        return verified(call, f"{opened.closed_segment(text[:end].encode())}.{rest}")

    return believing(steps, read)


@fault("claim-types")
def payload_of_any_type_accepted(steps: Steps) -> Steps:
    """A payload that is signed and no JSON object is taken for the token of an account."""

    def read(call: Call, token: str) -> Claims | None:
        signed = opened.signed_with(token, call.synq.keys.private) and token.count(".") == 2
        return claims_of_somebody(call) if signed and opened.claims(token) is None else None

    return believing(steps, read)


@fault("claim-types")
def first_of_duplicate_claims_counts(steps: Steps) -> Steps:
    """Of a claim that is there twice the first counts."""

    def read(call: Call, token: str) -> Claims | None:
        if not opened.signed_with(token, call.synq.keys.private):
            return None
        pairs = opened.pairs(token.split(".")[1])
        return dict(reversed(pairs)) if len(dict(pairs)) < len(pairs) else None

    return believing(steps, read)


@fault("token-oversize")
def huge_token_breaks_the_server(steps: Steps) -> Steps:
    """A token of more than 16 kB is answered 500."""
    return _breaking(steps, lambda token: len(token) > tokens.LARGEST_TOKEN)


@fault("token-oversize", also_breaks=("no-server-error",))
def nested_token_breaks_the_server(steps: Steps) -> Steps:
    """JSON that is nested deeply inside a token is answered 500."""

    def deep(token: str) -> bool:
        octets = b"".join(opened.opened_segment(segment) for segment in token.split(".")[:2])
        return octets.count(b"[") > DEEPEST or octets.count(b'{"x":') > DEEPEST

    return _breaking(steps, deep)


def _breaking(steps: Steps, breaks: Any) -> Steps:  # noqa: ANN401 - a predicate of a token
    def verify(call: Call, token: str) -> Claims:
        if breaks(token):
            raise Refused(500, "Something went wrong.")
        return steps.verify(call, token)

    return replace(steps, verify=verify)


@fault("token-spelling")
def json_serialization_accepted(steps: Steps) -> Steps:
    """A token in JSON, flattened or general, is read as well as a compact one."""

    def read(call: Call, token: str) -> Claims | None:
        form = opened.json_object(token)
        signature = next(iter(form.get("signatures", [])), form)
        parts = (signature.get("protected"), form.get("payload"), signature.get("signature"))
        return verified(call, ".".join(map(str, parts)))

    return believing(taking_any_text(steps), read)


@fault("token-other-form")
def token_encrypted_to_the_public_key_accepted(steps: Steps) -> Steps:
    """What can be decrypted with the private key is taken for Synq's own."""

    def read(call: Call, token: str) -> Claims | None:
        if token.count(".") != 4:
            return None
        try:
            content = jwe.decrypt_compact(token, call.synq.keys.private, algorithms=["RSA-OAEP", "ECDH-ES", "A256GCM"])
        except (JoseError, ValueError):
            return None
        text = (content.plaintext or b"").decode("latin-1")
        return opened.json_object(text) or opened.claims(text)

    return believing(steps, read)


@fault("token-spelling")
def nested_token_accepted(steps: Steps) -> Steps:
    """If the payload is a token itself, that one is verified and the outer one is not."""

    def read(call: Call, token: str) -> Claims | None:
        payload = opened.opened_segment("".join(token.split(".")[1:2]))
        return verified(call, payload.decode("latin-1")) if payload.count(b".") == 2 else None

    return believing(steps, read)


@fault("token-spelling", also_breaks=("authorization-loose",))
def token_ended_at_a_comma(steps: Steps) -> Steps:
    """What follows a comma is cut off, as a gateway does that takes Authorization for a list."""

    def bearer(call: Call) -> str:
        sent = call.steps.values(call, "authorization")
        cut = re.fullmatch(r"bearer ([\w.-]+),.*", sent[0] if len(sent) == 1 else "", re.IGNORECASE | re.ASCII)
        return steps.bearer(call) if cut is None else cut[1]

    return replace(steps, bearer=bearer)


@fault("token-other-form")
def unsigned_json_accepted(steps: Steps) -> Steps:
    """A token in JSON is read by another path, and that path asks for no signature."""

    def read(_call: Call, token: str) -> Claims | None:
        form = opened.json_object(token)
        unsigned = form and not form.get("signature") and not form.get("signatures")
        return opened.members(str(form.get("payload"))) or None if unsigned else None

    return believing(taking_any_text(steps), read)


@fault("signature-spelling", also_breaks=("authorization-loose",))
def signature_spelled_loosely_accepted(steps: Steps) -> Steps:
    """The signature is decoded by a reader that skips what it does not know."""

    def read(call: Call, token: str) -> Claims | None:
        signed, _, signature = token.rpartition(".")
        spelled = FOREIGN_CHARACTERS.sub("", signature.replace("+", "-").replace("/", "_"))
        return verified(call, f"{signed}.{spelled}") if spelled != signature else None

    return believing(taking_any_text(steps), read)


# ------------------------------------------------------------------ signature


@fault(
    "signature-altered",
    also_breaks=(
        "token-malformed", "signature-spelling", "signature-foreign", "signature-blank", "alg-none", "alg-unknown",
        "key-confusion", "hmac-weak-secret", "embedded-key", "key-url", "kid-injection", "crit-unknown",
        "claims-prolonged", "token-oversize", "crit-malformed", "alg-misnamed", "token-spelling", "retired-key",
    ),
)  # fmt: skip
def signature_never_verified(steps: Steps) -> Steps:
    """The claims are read and the signature is not looked at."""
    return believing(steps, lambda _call, token: opened.claims(token) if token.count(".") == 2 else None)


@fault("signature-altered", also_breaks=("signature-spelling", "crit-unknown", "crit-malformed", "alg-misnamed"))
def signature_compared_over_its_shorter_length(steps: Steps) -> Steps:
    """The signature is compared with the right one up to the end of the shorter, wherever that is."""

    def read(call: Call, token: str) -> Claims | None:
        given, claims = opened.signature_of(token), opened.claims(token)
        if claims is None or not given or token.count(".") != 2:
            return None
        right = opened.signature_by(token, call.synq.keys.private, call.synq.keys.algorithm)
        length = min(len(given), len(right))
        return claims if given[:length] == right[:length] else None

    return believing(steps, read)


@fault("signature-altered", also_breaks=("token-oversize", "token-spelling"), by_chance=("alg-none",))
def header_not_covered_by_the_signature(steps: Steps) -> Steps:
    """The signature is verified over the payload under the usual header, whatever header came."""

    usual: dict[str, str] = {}

    def read(call: Call, token: str) -> Claims | None:
        keys = call.synq.keys
        header, _, rest = token.partition(".")
        if keys.kid not in usual:
            usual[keys.kid] = tokens.sign({}, keys).partition(".")[0]
        return verified(call, f"{usual[keys.kid]}.{rest}") if opened.members(header) else None

    return believing(steps, read)


@fault(
    "signature-altered",
    also_breaks=("alg-none", "alg-unknown", "token-spelling"),
    by_chance=("authorization-malformed",),
)  # fmt: skip
def empty_signature_accepted(steps: Steps) -> Steps:
    """If there is no signature, nothing is verified."""
    return believing(steps, lambda _call, token: opened.claims(token) if token.endswith(".") else None)


@fault(
    "signature-foreign",
    also_breaks=(
        "token-malformed", "token-oversize", "signature-spelling", "signature-altered", "alg-none", "alg-unknown",
        "embedded-key", "key-url", "kid-injection", "crit-unknown", "signature-blank", "claims-prolonged",
        "crit-malformed", "alg-misnamed", "token-spelling",
    ),
)  # fmt: skip
def signature_judged_by_its_length(steps: Steps) -> Steps:
    """A signature of 256 octets is as good as any other."""

    def read(_call: Call, token: str) -> Claims | None:
        return opened.claims(token) if len(opened.signature_of(token)) == 256 else None

    return believing(steps, read)


@fault(
    "signature-foreign",
    also_breaks=("signature-altered", "alg-none", "embedded-key", "key-url", "kid-injection", "retired-key"),
)
def unknown_key_id_not_verified(steps: Steps) -> Steps:
    """For a key id that is not known there is no key, so that the signature is passed over."""

    def read(call: Call, token: str) -> Claims | None:
        kid = opened.header(token).get("kid")
        return opened.claims(token) if isinstance(kid, str) and kid != call.synq.keys.kid else None

    return believing(steps, read)


@fault("signature-foreign", also_breaks=("embedded-key", "signature-blank", "retired-key"))
def other_algorithms_not_verified(steps: Steps) -> Steps:
    """RS512, PS256, ES256 and EdDSA are known by name, but their verification was never written."""

    def read(_call: Call, token: str) -> Claims | None:
        known = opened.header(token).get("alg") in ("RS512", "PS256", "ES256", "EdDSA")
        return opened.claims(token) if known else None

    return believing(steps, read)


# ------------------------------------------------------------------ life


@fault("token-lifetime", also_breaks=(*PAST_THE_HOUR, "token-expired"))
def two_hour_tokens(steps: Steps) -> Steps:
    """Tokens live two hours, and the sign-in answer says so."""
    return replace(steps, lifetime=lambda call: 2 * steps.lifetime(call))


@fault("token-lifetime", also_breaks=("token-accepted-until-hour",))
def half_hour_tokens(steps: Steps) -> Steps:
    """New tokens live half an hour, and the sign-in answer promises the hour."""

    def issue(call: Call, account: Any) -> str:  # noqa: ANN401 - Account
        claims = tokens.claims_of(account, call.synq.clock.now(), call.steps.lifetime(call) // 2)
        return tokens.sign(claims, call.synq.keys)

    return replace(steps, issue=issue)


@fault("token-lifetime")
def expires_in_lies(steps: Steps) -> Steps:
    """The sign-in answer promises a day."""
    return promising(steps, lambda _seconds: 86_400)


@fault("token-lifetime")
def expires_in_milliseconds(steps: Steps) -> Steps:
    """The sign-in answer gives the hour in milliseconds."""
    return promising(steps, lambda seconds: seconds * 1_000)


def promising(steps: Steps, promise: Any) -> Steps:  # noqa: ANN401 - from seconds to whatever is promised
    """The sign-in answer's expires_in is put through `promise`."""

    def sign_in(call: Call) -> Response:
        answered = opened.json_object(steps.sign_in(call).body)
        return as_json(200, answered | {"expires_in": promise(answered["expires_in"])})

    return replace(steps, sign_in=sign_in)


@fault("token-accepted-until-hour")
def refused_in_the_last_minutes(steps: Steps) -> Steps:
    """A token is refused a minute and a half before it ends."""

    def check_claims(call: Call, claims: Claims) -> None:
        steps.check_claims(call, claims)
        if claims["exp"] - call.synq.clock.now() < 90:
            raise refused_token()

    return replace(steps, check_claims=check_claims)
