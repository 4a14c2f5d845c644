"""Why a run ends whose controls are refused: each cause in words, with what to do about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.config.profile import Target, from_mapping
from conformance.contract.durations import HOUR_S
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request, Response
from conformance.server.harness.refusals import cause
from conformance.tokens import Material, aged

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def target() -> Target:
    return from_mapping(
        {
            "target": {"base_url": "https://staging.example"},
            "scope": {"tenant_id": "t", "org_id": "o"},
            "tokens": {"valid": "opaque-token"},
        },
        "selftest",
    )


@pytest.fixture(scope="module")
def jwt() -> Material:
    from conformance.mock.describe import describe
    from conformance.mock.state import create

    described = describe(create(), "http://127.0.0.1:1")
    return Material(valid=described["tokens"]["valid"], signing=described["keys"]["signing"], now=NOW)


def answered(status: int | None) -> Exchange:
    request = Request("GET", "/api/v1/pim/products", (), b"")
    response = None if status is None else Response(status, (), b"")
    return Exchange(request, response, None if status else Failure.TIMEOUT, "", NOW, 0.01)


def test_an_expired_token_is_called_that(target: Target, jwt: Material) -> None:
    """With the moment, and the way to have the run renew it."""
    said = cause(target, aged(jwt, HOUR_S + 5), answered(401), None, NOW)
    assert said.startswith(
        "GET https://staging.example/api/v1/pim/products was accepted before and is answered 401 now: "
        "the token expired at 2027-01-15 07:59:55+00:00, while the run went on; add [sign_in] to the profile"
    )


@pytest.mark.parametrize(
    ("status", "signed_in", "said"),
    [
        pytest.param(401, None, "has not expired (it ends at 2027-01-15 08:30:00+00:00); look whether", id="revoked"),
        pytest.param(401, 403, "signing in again was answered 403; check [sign_in] in the profile", id="no sign-in"),
        pytest.param(403, None, "this machine blocked by a gateway", id="forbidden"),
        pytest.param(403, 200, "refused as well, so it is not the token; look whether a gateway", id="a new token"),
        pytest.param(429, None, "lower limits.requests_per_second in the profile", id="rate"),
        pytest.param(407, None, "the proxy no longer knows who asks", id="proxy"),
        pytest.param(302, None, "a portal, a login or a maintenance page stands in its place", id="portal"),
        pytest.param(200, None, "answered 200 with a page that is not JSON now: a portal", id="portal-200"),
        pytest.param(404, None, "it has changed during the run; look at its log", id="gone"),
        pytest.param(None, None, "is answered no answer in time now", id="silent"),
    ],
)
def test_a_cause_says_what_to_do(
    target: Target, jwt: Material, status: int | None, signed_in: int | None, said: str
) -> None:
    """The cause is what can be known from outside."""
    tried = None if signed_in is None else answered(signed_in)
    assert said in cause(target, aged(jwt, 1800), answered(status), tried, NOW)


def test_a_ban_is_told_from_a_locked_account(target: Target, jwt: Material) -> None:
    """Signing in is answered with the very same body, so it is neither the token nor the account."""
    banned = replace(answered(403), response=Response(403, (), b"<html>Forbidden</html>"))
    said = cause(target, aged(jwt, 1800), banned, replace(banned, request=Request("POST", "/sign-in")), NOW)
    assert "signing in again was answered 403 with the very same body: what stands before the target blocks" in said


def test_an_opaque_token_does_not_say_when_it_ends(target: Target) -> None:
    """Then the reader has to look."""
    assert "the token does not say when it ends" in cause(target, "opaque-token", answered(401), None, NOW)


def test_a_date_beyond_every_calendar_breaks_nothing(target: Target, jwt: Material) -> None:
    """Whatever a token says of itself."""
    from conformance.tokens import mint

    assert "beyond every calendar" in cause(target, mint(jwt, claims={"exp": 1e18}), answered(401), None, NOW)
