"""Faults in what a refusal says, and in what it should not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from conformance.http.message import Response
from conformance.mock.call import Call, Claims, Refused, Steps
from conformance.mock.faults.bending import first_value, guarded, refusing, with_status
from conformance.mock.faults.registry import fault
from conformance.mock.problems import challenge
from conformance.mock.routes import SIGN_IN


def _changed(steps: Steps, statuses: set[int], change: Callable[[Call, Response], Response]) -> Steps:
    """Refusals with one of these statuses go through `change`."""

    def refuse(call: Call, refused: Refused) -> Response:
        response = steps.refuse(call, refused)
        return change(call, response) if response.status in statuses else response

    return replace(steps, refuse=refuse)


# ------------------------------------------------------------------ status


@fault(
    "headers-missing",
    also_breaks=(
        "token-malformed", "signature-spelling", "signature-altered", "signature-foreign", "signature-blank",
        "alg-none", "alg-unknown", "key-confusion", "hmac-weak-secret", "embedded-key", "key-url", "kid-injection",
        "crit-unknown", "authorization-malformed", "header-combinations", "token-before-scope", "token-spelling",
        "token-other-form", "claim-types", "expiry-missing", "not-yet-valid", "issued-in-future", "issuer-wrong",
        "audience-wrong", "token-expired", "token-accepted-until-hour", "expiry-leeway", "expiry-leeway-minute",
        "verified-every-request", "token-revoked", "connection-not-trusted", "tenant-missing", "org-missing",
        "scope-missing", "tenant-malformed", "org-malformed", "scope-loose", "tenant-foreign", "org-foreign",
        "org-of-other-tenant", "token-unprovisioned", "role-forbidden", "foreign-resource-status",
        "authorization-missing",
        "authorization-scheme", "duplicate-one-order", "duplicate-both-orders", "token-oversize", "foreign-resource",
        "crit-malformed", "alg-misnamed", "claim-range", "authorization-loose", "retired-key",
    ),
)  # fmt: skip
def refusals_answered_200(steps: Steps) -> Steps:
    """Every refusal on a protected path is answered 200, with an error in its body."""
    return _changed(
        steps, {401, 403}, lambda call, response: replace(response, status=200) if guarded(call) else response
    )


@fault(
    "authorization-missing",
    also_breaks=(
        "token-malformed", "signature-spelling", "signature-altered", "signature-foreign", "signature-blank",
        "alg-none", "alg-unknown", "key-confusion", "hmac-weak-secret", "embedded-key", "key-url", "kid-injection",
        "crit-unknown", "authorization-malformed", "header-combinations", "token-before-scope", "token-spelling",
        "token-other-form", "claim-types", "expiry-missing", "not-yet-valid", "issued-in-future", "issuer-wrong",
        "audience-wrong", "token-expired", "token-accepted-until-hour", "expiry-leeway", "expiry-leeway-minute",
        "verified-every-request", "token-revoked", "connection-not-trusted", "headers-missing",
        "authorization-scheme", "token-oversize", "crit-malformed", "alg-misnamed", "claim-range",
        "authorization-loose", "retired-key",
    ),
)  # fmt: skip
def redirected_to_a_login_page(steps: Steps) -> Steps:
    """A caller who is not signed in is sent to a login page."""

    def change(call: Call, response: Response) -> Response:
        if not guarded(call):
            return response
        return Response(302, (*response.headers, ("Location", "/login")), response.body)

    return _changed(steps, {401}, change)


@fault(
    "authorization-missing",
    also_breaks=(
        "token-malformed", "signature-spelling", "signature-altered", "signature-foreign", "signature-blank",
        "alg-none", "alg-unknown", "key-confusion", "hmac-weak-secret", "embedded-key", "key-url", "kid-injection",
        "crit-unknown", "authorization-malformed", "header-combinations", "token-before-scope", "token-spelling",
        "token-other-form", "claim-types", "expiry-missing", "not-yet-valid", "issued-in-future", "issuer-wrong",
        "audience-wrong", "token-expired", "token-accepted-until-hour", "expiry-leeway", "expiry-leeway-minute",
        "verified-every-request", "token-revoked", "connection-not-trusted", "tenant-missing", "org-missing",
        "scope-missing", "tenant-malformed", "org-malformed", "tenant-foreign", "org-foreign", "org-of-other-tenant",
        "token-unprovisioned", "role-forbidden", "foreign-resource-status", "authorization-scheme", "crit-malformed",
        "alg-misnamed", "claim-range", "authorization-loose", "retired-key",
    ),
)  # fmt: skip
def unauthorized_and_forbidden_swapped(steps: Steps) -> Steps:
    """401 and 403 each say what the other one means."""
    other = {401: 403, 403: 401}

    def change(call: Call, refused: Refused) -> Refused:
        return with_status(refused, other.get(refused.status, refused.status)) if guarded(call) else refused

    return refusing(steps, change)


@fault(
    "headers-missing",
    also_breaks=(
        "token-malformed", "signature-spelling", "signature-altered", "signature-foreign", "signature-blank",
        "alg-none", "alg-unknown", "key-confusion", "hmac-weak-secret", "embedded-key", "key-url", "kid-injection",
        "crit-unknown", "authorization-malformed", "header-combinations", "token-before-scope", "token-spelling",
        "token-other-form", "claim-types", "expiry-missing", "not-yet-valid", "issued-in-future", "issuer-wrong",
        "audience-wrong", "token-expired", "token-accepted-until-hour", "expiry-leeway", "expiry-leeway-minute",
        "verified-every-request", "token-revoked", "connection-not-trusted", "tenant-missing", "org-missing",
        "scope-missing", "tenant-malformed", "org-malformed", "tenant-foreign", "org-foreign", "org-of-other-tenant",
        "token-unprovisioned", "role-forbidden", "foreign-resource-status", "authorization-missing",
        "authorization-scheme", "crit-malformed", "alg-misnamed", "claim-range", "authorization-loose", "retired-key",
    ),
)  # fmt: skip
def refusals_not_found(steps: Steps) -> Steps:
    """A caller who may not see a resource is told that it does not exist."""
    return refusing(
        steps,
        lambda call, refused: with_status(refused, 404) if guarded(call) and refused.status in (401, 403) else refused,
    )


# ------------------------------------------------------------------ challenge


def _challenging(steps: Steps, statuses: set[int], value: Callable[[Call, str], str | None]) -> Steps:
    """WWW-Authenticate of refusals with these statuses says what `value` makes of it, or is not there."""

    def change(call: Call, response: Response) -> Response:
        said = value(call, response.value("www-authenticate") or "")
        bare = response.without("WWW-Authenticate")
        return bare if said is None else replace(bare, headers=(*bare.headers, ("WWW-Authenticate", said)))

    return _changed(steps, statuses, change)


@fault("challenge-present", also_breaks=("challenge-invalid-token",))
def challenge_missing(steps: Steps) -> Steps:
    """A 401 comes without a challenge."""
    return _challenging(steps, {401}, lambda _call, _said: None)


@fault("challenge-present")
def challenge_missing_for_a_revoked_token(steps: Steps) -> Steps:
    """Only the refusal of a revoked token comes without a challenge: it is made in another place."""
    revoked = [False]

    def check_revoked(call: Call, claims: Claims) -> None:
        revoked[0] = True
        steps.check_revoked(call, claims)
        revoked[0] = False

    def change(_call: Call, response: Response) -> Response:
        missing, revoked[0] = revoked[0], False
        return response.without("WWW-Authenticate") if missing else response

    return _changed(replace(steps, check_revoked=check_revoked), {401}, change)


@fault("challenge-present", also_breaks=("challenge-invalid-token",))
def challenge_of_another_scheme(steps: Steps) -> Steps:
    """A 401 asks for Basic, so that browsers open a window."""
    return _challenging(steps, {401}, lambda _call, _said: 'Basic realm="synq"')


@fault("challenge-invalid-token")
def challenge_without_its_code(steps: Steps) -> Steps:
    """The challenge never says what was wrong with the token."""
    return _challenging(steps, {401}, lambda _call, _said: challenge(None))


@fault("challenge-invalid-token")
def challenge_with_another_code(steps: Steps) -> Steps:
    """The challenge calls a bad token an invalid request."""
    return _challenging(steps, {401}, lambda _call, said: said.replace("invalid_token", "invalid_request"))


@fault("challenge-without-code")
def code_without_credentials(steps: Steps) -> Steps:
    """The challenge calls the token invalid although none was sent."""
    return _challenging(steps, {401}, lambda _call, _said: challenge("invalid_token"))


@fault("challenge-scope")
def forbidden_calls_the_token_invalid(steps: Steps) -> Steps:
    """The challenge in a 403 says invalid_token."""
    return _challenging(steps, {403}, lambda _call, _said: challenge("invalid_token"))


# ------------------------------------------------------------------ body


def _with_body(steps: Steps, body: bytes, media_type: str | None = "application/problem+json") -> Steps:
    def change(_call: Call, response: Response) -> Response:
        fields = response.without("Content-Type").headers + ((("Content-Type", media_type),) if media_type else ())
        return replace(response, headers=fields, body=body)

    return _changed(steps, {401, 403}, change)


@fault("error-body")
def error_body_cut_off(steps: Steps) -> Steps:
    """The JSON of an error ends in the middle."""
    return _with_body(steps, b'{"title": "Unauthorized", "sta')


@fault("error-body")
def error_page_called_json(steps: Steps) -> Steps:
    """An error is a page in HTML that calls itself JSON."""
    return _with_body(steps, b"<h1>Unauthorized</h1>", "application/json")


@fault("error-body")
def error_body_without_a_type(steps: Steps) -> Steps:
    """An error says nothing of what its body is."""
    return _with_body(steps, b"Unauthorized", None)


@fault("error-body")
def error_xml_not_closed(steps: Steps) -> Steps:
    """An error in XML lacks its end."""
    return _with_body(steps, b"<error><title>Unauthorized</title>", "application/xml")


@fault("head-no-body")
def head_has_a_body(steps: Steps) -> Steps:
    """HEAD is answered like GET, body and all."""

    def finish(call: Call, response: Response) -> Response:
        return replace(steps.finish(call, response), body=response.body)

    return replace(steps, finish=finish)


# ------------------------------------------------------------------ secrets and internals


def _telling(steps: Steps, tell: Callable[[Call], str], statuses: frozenset[int] = frozenset({401, 403})) -> Steps:
    """A refusal tells something more in its body."""

    def change(call: Call, response: Response) -> Response:
        told = tell(call)
        return replace(response, body=json.dumps(json.loads(response.body) | {"hint": told}).encode())

    return _changed(steps, set(statuses), change)


@fault("secrets-not-echoed")
def token_repeated_in_refusals(steps: Steps) -> Steps:
    """A refusal repeats the Authorization that it refuses."""
    return _telling(steps, lambda call: f"refused: {first_value(call, 'authorization')}")


@fault("secrets-not-echoed")
def tenant_repeated_in_refusals(steps: Steps) -> Steps:
    """A refusal repeats the tenant although a token may stand there by mistake."""
    return _telling(steps, lambda call: f"unknown tenant {first_value(call, 'x-tenant-id')}")


@fault("secrets-not-echoed")
def query_repeated_in_refusals(steps: Steps) -> Steps:
    """A refusal repeats the target of the request, query and all."""
    return _telling(steps, lambda call: unquote(call.request.target))


@fault("secrets-not-echoed", also_breaks=("sign-in-tells-nothing",))
def password_repeated_in_refusals(steps: Steps) -> Steps:
    """A refused sign-in repeats what was sent."""
    return _telling(
        steps, lambda call: call.request.body.decode("latin-1") if call.steps.path(call) == SIGN_IN else "sign in"
    )


@fault("internals-not-shown")
def stack_trace_shown(steps: Steps) -> Steps:
    """A refusal shows the place in the program where it was raised."""
    trace = 'Traceback (most recent call last):\n  File "guard.py", line 41, in check'
    return _telling(steps, lambda _call: trace)


@fault("internals-not-shown")
def stack_trace_of_node_shown(steps: Steps) -> Steps:
    """A refusal shows a stack trace as Node writes it."""
    return _telling(steps, lambda _call: "Error: jwt malformed\n    at verify (/app/guard.js:41:13)")


@fault("internals-not-shown")
def file_path_shown(steps: Steps) -> Steps:
    """A refusal names the file of the keys."""
    return _telling(steps, lambda _call: "no such key in /etc/synq/../../srv/synq/keys/jwks")
