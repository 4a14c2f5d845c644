"""Faults in what the claims must say, and in expiry and revocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.contract.durations import GREATEST_LEEWAY_S, HOUR_S, MINUTE_S
from conformance.http.message import Response
from conformance.mock import tokens, world
from conformance.mock.call import Call, Claims, Refused, Steps
from conformance.mock.faults.also_breaks import PAST_THE_HOUR
from conformance.mock.faults.bending import claims_of_somebody, first_value, refused_token
from conformance.mock.faults.registry import fault

FOR_EVER_S = 10**9
Change = Callable[[Call, dict[str, Any]], dict[str, Any]]


def _checking(steps: Steps, change: Change) -> Steps:
    """The claims are checked as if they were what `change` makes of them."""

    def check_claims(call: Call, claims: Claims) -> None:
        steps.check_claims(call, change(call, dict(claims)))

    return replace(steps, check_claims=check_claims)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# ------------------------------------------------------------------ types


@fault("claim-types", also_breaks=("claim-range",))
def digits_taken_for_a_time(steps: Steps) -> Steps:
    """A time that is text of digits is read as a number."""

    def change(_call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        texts = {name: value for name, value in claims.items() if isinstance(value, str) and value.isdigit()}
        return claims | {name: int(value) for name, value in texts.items() if name in ("exp", "iat", "nbf")}

    return _checking(steps, change)


@fault("claim-types")
def expiry_of_another_type_never_comes(steps: Steps) -> Steps:
    """An expiry that is no number cannot be compared, and so never comes."""

    def change(call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        wrong = "exp" in claims and not _number(claims["exp"])
        return claims | {"exp": int(call.synq.clock.now()) + 60} if wrong else claims

    return _checking(steps, change)


def _overlooking_another_type(steps: Steps, name: str) -> Steps:
    def change(call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        wrong = name in claims and not _number(claims[name])
        return claims | {name: int(call.synq.clock.now())} if wrong else claims

    return _checking(steps, change)


@fault("claim-types")
def not_before_of_another_type_accepted(steps: Steps) -> Steps:
    """nbf is not looked at if it is no number."""
    return _overlooking_another_type(steps, "nbf")


@fault("claim-range")
def issue_date_of_another_type_accepted(steps: Steps) -> Steps:
    """iat is not looked at if it is no number."""
    return _overlooking_another_type(steps, "iat")


@fault("claim-range")
def expiry_of_any_size_accepted(steps: Steps) -> Steps:
    """An expiry beyond every calendar is an expiry."""

    def change(call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        expiry = claims.get("exp")
        far = isinstance(expiry, int) and expiry > call.synq.clock.now() + 10 * HOUR_S
        return claims | {"exp": int(call.synq.clock.now()) + 60} if far else claims

    return _checking(steps, change)


# ------------------------------------------------------------------ times


@fault("expiry-missing")
def token_without_expiry_accepted(steps: Steps) -> Steps:
    """A token that does not say when it expires does not expire."""

    def change(call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        now = int(call.synq.clock.now())
        return {"iat": now} | claims | {"exp": now + 60} if "exp" not in claims else claims

    return _checking(steps, change)


@fault("not-yet-valid", also_breaks=("claim-types",))
def not_before_ignored(steps: Steps) -> Steps:
    """nbf is not looked at."""
    return _checking(steps, lambda _call, claims: {name: value for name, value in claims.items() if name != "nbf"})


@fault("issued-in-future")
def issue_date_ignored(steps: Steps) -> Steps:
    """An iat that is still to come is not looked at."""

    def change(call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        now, issued = int(call.synq.clock.now()), claims.get("iat")
        return claims | {"iat": now, "exp": now + 60} if isinstance(issued, int) and issued > now else claims

    return _checking(steps, change)


# ------------------------------------------------------------------ issuer and audience


@fault("issuer-wrong")
def issuer_ignored(steps: Steps) -> Steps:
    """iss is not looked at."""
    return _checking(steps, lambda _call, claims: claims | {"iss": tokens.ISSUER})


@fault("issuer-wrong")
def issuer_compared_by_its_beginning(steps: Steps) -> Steps:
    """An issuer that begins like Synq's is Synq's."""

    def change(_call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        begins = str(claims.get("iss")).startswith(tokens.ISSUER)
        return claims | {"iss": tokens.ISSUER} if begins else claims

    return _checking(steps, change)


@fault("issuer-wrong")
def issuer_among_several_accepted(steps: Steps) -> Steps:
    """A list of issuers that has Synq's in it is Synq's."""

    def change(_call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        issuers = claims.get("iss")
        return claims | {"iss": tokens.ISSUER} if isinstance(issuers, list) and tokens.ISSUER in issuers else claims

    return _checking(steps, change)


@fault("audience-wrong")
def audience_ignored(steps: Steps) -> Steps:
    """aud is not looked at."""
    return _checking(steps, lambda _call, claims: claims | {"aud": tokens.AUDIENCE})


@fault("audience-wrong")
def missing_audience_accepted(steps: Steps) -> Steps:
    """A token that names no audience is meant for every service."""
    return _checking(steps, lambda _call, claims: claims if claims.get("aud") else claims | {"aud": tokens.AUDIENCE})


# ------------------------------------------------------------------ expiry


def _late(steps: Steps, leeway_s: int) -> Steps:
    """A token that expired up to `leeway_s` seconds ago still counts."""

    def change(call: Call, claims: dict[str, Any]) -> dict[str, Any]:
        now, expiry, issued = int(call.synq.clock.now()), claims.get("exp"), claims.get("iat")
        late = isinstance(expiry, int) and isinstance(issued, int) and now - leeway_s < expiry <= now
        return claims | {"exp": now + 60, "iat": now} if late and issued != expiry else claims

    return _checking(steps, change)


@fault("token-expired", also_breaks=PAST_THE_HOUR)
def expiry_never_comes(steps: Steps) -> Steps:
    """exp is not looked at."""
    return _late(steps, FOR_EVER_S)


@fault("token-expired", also_breaks=PAST_THE_HOUR)
def expired_accepted_for_another_hour(steps: Steps) -> Steps:
    """A token counts for two hours, whatever it says."""
    return _late(steps, HOUR_S + MINUTE_S)


@fault("expiry-leeway", also_breaks=("expiry-leeway-minute",))
def ten_minutes_of_leeway(steps: Steps) -> Steps:
    """Clocks may differ by ten minutes."""
    return _late(steps, 600)


@fault("expiry-leeway", also_breaks=("expiry-leeway-minute",))
def more_than_five_minutes_of_leeway(steps: Steps) -> Steps:
    """Clocks may differ by five minutes and a half."""
    return _late(steps, 330)


@fault("expiry-leeway-minute")
def five_minutes_of_leeway(steps: Steps) -> Steps:
    """Clocks may differ by five minutes."""
    return _late(steps, GREATEST_LEEWAY_S)


@fault("expiry-leeway-minute")
def more_than_a_minute_of_leeway(steps: Steps) -> Steps:
    """Clocks may differ by a minute and a quarter."""
    return _late(steps, 75)


# ------------------------------------------------------------------ revocation


@fault("token-revoked", also_breaks=("verified-every-request",))
def revocation_ignored(steps: Steps) -> Steps:
    """Revoking is answered 204 and has no effect."""
    return replace(steps, check_revoked=lambda _call, _claims: None)


@fault("token-revoked", also_breaks=("verified-every-request",))
def revocation_noticed_from_the_second_request_on(steps: Steps) -> Steps:
    """The first request after a revocation still goes through."""
    pending: set[str] = set()

    def revoke(call: Call, claims: Claims) -> Response:
        pending.add(claims["jti"])
        return steps.revoke(call, claims)

    def check_revoked(call: Call, claims: Claims) -> None:
        if claims["jti"] in pending:
            pending.remove(claims["jti"])
        else:
            steps.check_revoked(call, claims)

    return replace(steps, revoke=revoke, check_revoked=check_revoked)


@fault("token-revoked", also_breaks=("verified-every-request",))
def revocation_forgotten_after_four_requests(steps: Steps) -> Steps:
    """A revoked token is refused four times and then forgotten."""
    refused: dict[str, int] = {}

    def check_revoked(call: Call, claims: Claims) -> None:
        try:
            steps.check_revoked(call, claims)
        except Refused:
            refused[claims["jti"]] = refused.get(claims["jti"], 0) + 1
            if refused[claims["jti"]] <= 4:
                raise

    return replace(steps, check_revoked=check_revoked)


@fault("token-revoked", also_breaks=("signature-spelling",))
def revoked_by_its_text(steps: Steps) -> Steps:
    """The list of revoked tokens holds their texts, and the signature is decoded by a reader that skips padding."""
    texts: set[str] = set()

    def verify(call: Call, token: str) -> Claims:
        return steps.verify(call, token.rstrip("="))

    def authenticate(call: Call) -> Claims:
        token = call.steps.bearer(call)
        claims = call.steps.verify(call, token)
        call.steps.check_claims(call, claims)
        if token in texts:
            raise refused_token()
        return claims

    def revoke(call: Call, claims: Claims) -> Response:
        texts.add(call.steps.bearer(call))
        return steps.revoke(call, claims)

    return replace(steps, verify=verify, authenticate=authenticate, revoke=revoke)


@fault("token-revoked")
def revocation_unknown_to_one_process_of_four(steps: Steps) -> Steps:
    """Of four processes that take connections in turn, the last one's list of revoked tokens stays empty."""
    numbers: dict[str, int] = {}

    def check_revoked(call: Call, claims: Claims) -> None:
        if numbers.setdefault(call.connection, len(numbers)) % 4 != 3:
            steps.check_revoked(call, claims)

    return replace(steps, check_revoked=check_revoked)


# ------------------------------------------------------------------ verification that is remembered


def _remembering(steps: Steps, connection: Callable[[Call], str]) -> Steps:
    """What was accepted once is accepted from then on, for whatever `connection` tells apart."""
    known: dict[tuple[str, str], Claims] = {}

    def authenticate(call: Call) -> Claims:
        key = (connection(call), first_value(call, "authorization"))
        if key in known and len(call.steps.values(call, "authorization")) == 1:
            return known[key]
        known[key] = steps.authenticate(call)
        return known[key]

    return replace(steps, authenticate=authenticate)


@fault("verified-every-request", also_breaks=("token-revoked",))
def verification_remembered_per_token(steps: Steps) -> Steps:
    """A token that was verified once is not verified again."""
    return _remembering(steps, lambda _call: "")


@fault("verified-every-request", also_breaks=("token-revoked",))
def verification_remembered_per_connection(steps: Steps) -> Steps:
    """A token that was verified once is not verified again on the same connection."""
    return _remembering(steps, lambda call: call.connection)


@fault(
    "connection-not-trusted",
    also_breaks=("headers-missing", "header-combinations", "token-before-scope"),
    by_chance=("authorization-missing", "authorization-malformed"),
)  # fmt: skip
def connection_trusted_after_a_good_request(steps: Steps) -> Steps:
    """After a good request the next one on its connection needs no Authorization."""
    return _trusting(steps, lambda call: not call.steps.values(call, "authorization"))


@fault(
    "connection-not-trusted",
    also_breaks=(
        "authorization-malformed", "header-combinations", "token-before-scope", "token-malformed",
        "token-other-form", "token-revoked", "token-spelling", "identity-token-only",
    ),
)  # fmt: skip
def bad_token_trusted_on_a_good_connection(steps: Steps) -> Steps:
    """After a good request a token on its connection is not looked at if it is no JWT."""

    def condition(call: Call) -> bool:
        value = first_value(call, "authorization")
        return value.startswith("Bearer ") and "." not in value and len(call.steps.values(call, "authorization")) == 1

    return _trusting(steps, condition)


def _trusting(steps: Steps, condition: Callable[[Call], bool]) -> Steps:
    """If the condition holds, a request is trusted because of the one before it on the same connection."""
    trusted: dict[str, bool] = {}

    def authenticate(call: Call) -> Claims:
        if trusted.pop(call.connection, False) and condition(call):
            return claims_of_somebody(call)
        claims = steps.authenticate(call)
        trusted[call.connection] = claims.get("tenant_id") == world.TENANT
        return claims

    return replace(steps, authenticate=authenticate)
