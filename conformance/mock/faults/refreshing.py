"""Faults in signing in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.contract.durations import HOUR_S
from conformance.http.message import Response
from conformance.mock import tokens
from conformance.mock.call import Call, Claims, Refused, Steps
from conformance.mock.faults import opened
from conformance.mock.faults.bending import with_status
from conformance.mock.faults.registry import fault
from conformance.mock.resources import as_json
from conformance.mock.routes import PRODUCTS, SIGN_IN
from conformance.mock.world import Account


def _email(call: Call) -> str:
    return str(opened.json_object(call.request.body).get("email"))


def _signing_in(steps: Steps, otherwise: Callable[[Call, Refused], Response]) -> Steps:
    """If the password is refused, `otherwise` answers; it may raise."""

    def sign_in(call: Call) -> Response:
        try:
            return steps.sign_in(call)
        except Refused as refused:
            if refused.status != 401:
                raise
            return otherwise(call, refused)

    return replace(steps, sign_in=sign_in)


def _raised(refused: Refused) -> Response:
    raise refused


@fault("sign-in-token-works", also_breaks=("sign-in-fresh-token", "refresh-recovers"))
def new_token_refused_at_first(steps: Steps) -> Steps:
    """A new token is known to the other servers only after its first use."""
    new: set[str] = set()

    def issue(call: Call, account: Account) -> str:
        token = steps.issue(call, account)
        new.add(token)
        return token

    def verify(call: Call, token: str) -> Claims:
        claims = steps.verify(call, token)
        if token in new:
            new.remove(token)
            raise Refused(401, "The token is not known yet.", error="invalid_token")
        return claims

    return replace(steps, issue=issue, verify=verify)


@fault("sign-in-token-works", also_breaks=("sign-in-fresh-token", "refresh-recovers"))
def useless_token_from_sign_in(steps: Steps) -> Steps:
    """Signing in brings a token for another audience."""

    def issue(call: Call, account: Account) -> str:
        claims = tokens.claims_of(account, call.synq.clock.now(), call.steps.lifetime(call))
        return tokens.sign(claims | {"aud": "https://app.synq.example"}, call.synq.keys)

    return replace(steps, issue=issue)


@fault("sign-in-fresh-token")
def old_token_handed_back(steps: Steps) -> Steps:
    """Signing in again brings the token of the last time, as long as that is good."""
    given: dict[str, str] = {}

    def issue(call: Call, account: Account) -> str:
        claims, now = opened.claims(given.get(account.id, "")) or {"iat": 0, "exp": 0}, call.synq.clock.now()
        if not claims["iat"] <= now < claims["exp"] - 60 or claims["jti"] in call.synq.revoked:
            given[account.id] = steps.issue(call, account)
        return given[account.id]

    return replace(steps, issue=issue)


@fault("refresh-recovers")
def sign_in_after_a_refusal_is_useless(steps: Steps) -> Steps:
    """After a token was refused for its age or its revocation, the next sign-in brings that kind of token again."""
    refused: list[bool] = []

    def authenticate(call: Call) -> Claims:
        try:
            return steps.authenticate(call)
        except Refused:
            refused[:] = [_genuine(call)]
            raise

    def issue(call: Call, account: Account) -> str:
        if not refused or not refused.pop():
            return steps.issue(call, account)
        claims = tokens.claims_of(account, call.synq.clock.now() - 2 * HOUR_S, HOUR_S)
        return tokens.sign(claims, call.synq.keys)

    return replace(steps, authenticate=authenticate, issue=issue)


def _genuine(call: Call) -> bool:
    """Whether the request's token is one of Synq's for this account, too old or revoked."""
    token = "".join(call.steps.values(call, "authorization")).removeprefix("Bearer ")
    try:
        claims = tokens.verify(token, call.synq.keys)
    except tokens.BadToken:
        return False
    old = isinstance(claims.get("exp"), int) and claims["exp"] <= call.synq.clock.now()
    return call.steps.path(call) == PRODUCTS and (old or claims.get("jti") in call.synq.revoked)


@fault(
    "sign-in-refused",
    also_breaks=("sign-in-tells-nothing", "sign-in-refused-status", "password-exact", "password-loose"),
)
def wrong_password_accepted(steps: Steps) -> Steps:
    """Of a known account any password will do."""

    def otherwise(call: Call, refused: Refused) -> Response:
        account = call.synq.accounts.get(_email(call))
        if account is None:
            raise refused
        return as_json(200, {"token": call.steps.issue(call, account), "expires_in": call.steps.lifetime(call)})

    return _signing_in(steps, otherwise)


@fault("sign-in-refused-status", also_breaks=("sign-in-malformed",))
def wrong_password_answered_200(steps: Steps) -> Steps:
    """A refused sign-in is answered 200, with an error in its body."""
    return _signing_in(steps, lambda _call, _refused: as_json(200, {"error": "wrong e-mail address or password"}))


@fault("sign-in-refused-status")
def wrong_password_forbidden(steps: Steps) -> Steps:
    """A refused sign-in is answered 403."""
    return _signing_in(steps, lambda _call, refused: _raised(with_status(refused, 403)))


@fault("sign-in-refused", also_breaks=("password-exact", "password-loose"))
def refused_sign_in_carries_a_token(steps: Steps) -> Steps:
    """A refused sign-in is answered 401, and a token stands in its body."""

    def otherwise(call: Call, _refused: Refused) -> Response:
        account = next(iter(call.synq.accounts.values()))
        return as_json(401, {"token": call.steps.issue(call, account)}, (("WWW-Authenticate", "Bearer"),))

    return _signing_in(steps, otherwise)


@fault("sign-in-tells-nothing", also_breaks=("sign-in-refused-status",))
def unknown_user_told_by_status(steps: Steps) -> Steps:
    """An unknown e-mail address is answered 404."""
    return _signing_in(steps, lambda call, refused: _raised(_if_unknown(call, refused, with_status(refused, 404))))


@fault("sign-in-tells-nothing")
def unknown_user_told_by_body(steps: Steps) -> Steps:
    """An unknown e-mail address is answered in words of its own."""
    told = Refused(401, "There is no such account.")
    return _signing_in(steps, lambda call, refused: _raised(_if_unknown(call, refused, told)))


def _if_unknown(call: Call, refused: Refused, told: Refused) -> Refused:
    return refused if _email(call) in call.synq.accounts else told


def _answering_malformed(steps: Steps, change: Callable[[Call, Refused], Any]) -> Steps:
    def sign_in(call: Call) -> Response:
        try:
            return steps.sign_in(call)
        except Refused as refused:
            if refused.status == 401:
                raise
            answer = change(call, refused)
            if isinstance(answer, Refused):
                raise answer from refused
            return as_json(200, answer)

    return replace(steps, sign_in=sign_in)


@fault("sign-in-malformed")
def malformed_sign_in_breaks_the_server(steps: Steps) -> Steps:
    """A body that is no JSON object with two texts is answered 500."""
    return _answering_malformed(steps, lambda _call, refused: with_status(refused, 500))


@fault("sign-in-malformed")
def deep_sign_in_breaks_the_server(steps: Steps) -> Steps:
    """Only a body that is nested deeply is answered 500."""
    deep = b"[" * 1_000
    return _answering_malformed(
        steps, lambda call, refused: with_status(refused, 500) if deep in call.request.body else refused
    )


@fault("sign-in-malformed")
def malformed_sign_in_answered_200(steps: Steps) -> Steps:
    """A body that says nothing of an account is answered 200, with an error in its body."""
    return _answering_malformed(steps, lambda _call, refused: {"error": refused.detail})


def _cached(steps: Steps, path: str, value: str) -> Steps:
    """Answers from this path say this of caches."""

    def finish(call: Call, response: Response) -> Response:
        if call.steps.path(call) == path and response.accepted:
            response = replace(response, headers=(*response.headers, ("Cache-Control", value)))
        return steps.finish(call, response)

    return replace(steps, finish=finish)


@fault("sign-in-not-fresh", also_breaks=("sign-in-not-cacheable",))
def token_fresh_until_a_date(steps: Steps) -> Steps:
    """The answer that carries a token says until when it is fresh."""

    def finish(call: Call, response: Response) -> Response:
        finished = steps.finish(call, response)
        if call.steps.path(call) != SIGN_IN or not response.accepted:
            return finished
        bare = finished.without("Cache-Control")
        return replace(bare, headers=(*bare.headers, ("Expires", "Thu, 01 Jan 2099 00:00:00 GMT")))

    return replace(steps, finish=finish)


@fault("sign-in-not-fresh", also_breaks=("sign-in-not-cacheable",))
def token_may_be_stored(steps: Steps) -> Steps:
    """The answer that carries a token may be kept by the caller's own cache."""
    return _cached(steps, SIGN_IN, "private, max-age=60")


@fault("sign-in-not-cacheable")
def nothing_said_of_storing_the_token(steps: Steps) -> Steps:
    """The answer that carries a token says nothing of caches."""

    def finish(call: Call, response: Response) -> Response:
        finished = steps.finish(call, response)
        if call.steps.path(call) != SIGN_IN:
            return finished
        return finished.without("Cache-Control")

    return replace(steps, finish=finish)


@fault("responses-not-shared", also_breaks=("kept-answer-varies",))
def catalogue_cached_for_everybody(steps: Steps) -> Steps:
    """The catalogue of one caller may be kept in a cache that all share."""
    return _cached(steps, PRODUCTS, "public, max-age=300")


@fault("responses-not-shared", also_breaks=("kept-answer-varies",))
def catalogue_cached_at_the_edge(steps: Steps) -> Steps:
    """The catalogue of one caller may be kept by a proxy for a minute."""
    return _cached(steps, PRODUCTS, "s-maxage=60")
