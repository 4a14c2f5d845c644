"""What every answer of a run is looked at for, in addition to the matter of its check."""

from __future__ import annotations

import pytest

from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.server.harness.observations import observed
from conformance.strategies.headers import HARMLESS

DPOP = 'DPoP error="invalid_request", algs="RS256 ES256"'


def broken_rules(authorization: str | None, challenge: str | None) -> list[str]:
    """Rules that a 401 with this challenge breaks if these credentials were sent."""
    sent = () if authorization is None else (("Authorization", authorization),)
    fields = () if challenge is None else (("WWW-Authenticate", challenge),)
    request = Request("GET", "/api/v1/pim/products", sent)
    exchange = Exchange(request, Response(401, fields), None, "", 0.0, 0.0)
    return [rule for rule, _ in observed(exchange, protected=True, resource=None)]


def test_a_challenge_for_the_scheme_that_was_offered_is_one() -> None:
    """Spring Security answers a token under DPoP with DPoP's challenge (RFC 9449 §7.1)."""
    assert broken_rules("DPoP eyJ.eyJ.c2ln", DPOP) == []


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        pytest.param(None, DPOP, id="no-credentials"),
        pytest.param("Bearer eyJ.eyJ.c2ln", DPOP, id="bearer"),
        pytest.param("bearer eyJ.eyJ.c2ln", 'Basic realm="synq"', id="lower-case"),
        pytest.param("eyJ.eyJ.c2ln", DPOP, id="token-alone"),
        pytest.param("DPoP eyJ.eyJ.c2ln", None, id="no-challenge-at-all"),
    ],
)
def test_every_other_401_asks_for_bearer(authorization: str | None, challenge: str | None) -> None:
    """RFC 6750 §3: if there are no credentials, or a Bearer token that opens nothing."""
    assert broken_rules(authorization, challenge) == ["challenge-present"]


def test_what_comes_along_with_good_headers_is_refused_by_no_right_server() -> None:
    """rack-protection answers 403 to JSON for a page of another site, which Referer and Origin name."""
    assert not {name.lower() for name, _ in HARMLESS} & {"referer", "origin", "expect", "range", "if-match"}
