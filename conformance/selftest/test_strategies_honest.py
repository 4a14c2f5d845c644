"""Generated inputs against the embedded Synq: the reference server answers as the model predicts."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract.oracle import Answer, Known, TokenFacts, answer
from conformance.http.message import Request
from conformance.mock.describe import describe
from conformance.mock.reply import reply
from conformance.mock.state import Synq, create
from conformance.strategies import (
    Generated,
    Genuine,
    altered_tokens,
    malformed_tokens,
    requests,
    three_headers,
    unsigned_tokens,
)
from conformance.strategies.requests import ALL_METHODS
from conformance.tokens import expires_at
from conformance.tokens.compact import joined

QUIET = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@cache
def _target() -> tuple[Synq, Genuine, str]:
    synq = create()
    profile = describe(synq, "https://synq.example")
    scope = profile["scope"]
    genuine = Genuine(profile["tokens"]["valid"], scope["tenant_id"], scope["org_id"])
    return synq, genuine, profile["probe"]["read"]


def _predicted(request: Request) -> Answer:
    synq, genuine, path = _target()
    facts = TokenFacts(genuine.tenant_id, frozenset({genuine.org_id}), expires_at(genuine.token) or 0, True)
    known = Known(
        synq.clock.now(), {genuine.token: facts}, reads=frozenset({path}), writes=frozenset({("POST", path)})
    )
    return answer(request, known)


def _tokens() -> st.SearchStrategy[Generated[str]]:
    token = _target()[1].token
    return malformed_tokens(token) | altered_tokens(token)


@QUIET
@given(st.deferred(_tokens))
def test_a_malformed_token_is_unauthorized(generated: Generated[str]) -> None:
    """Whatever was done to the genuine token, it is no longer one."""
    synq, genuine, path = _target()
    fields = (
        ("Authorization", f"Bearer {generated.value}"),
        ("X-Tenant-ID", genuine.tenant_id),
        ("X-Org-ID", genuine.org_id),
    )
    assert reply(synq, Request("GET", path, fields)).status == 401


@QUIET
@given(st.deferred(lambda: three_headers(_target()[1])))
def test_three_headers_are_judged_as_the_model_predicts(
    generated: Generated[tuple[tuple[str, str], ...]],
) -> None:
    """In any state, case, order and company."""
    synq, _, path = _target()
    request = Request("GET", path, generated.value)
    assert reply(synq, request).status in _predicted(request).statuses


@QUIET
@given(st.deferred(lambda: requests(_target()[1], (_target()[2],), ALL_METHODS)))
def test_requests_without_good_credentials_open_nothing(generated: Generated[Request]) -> None:
    """If the model knows no reading that is accepted, no method and no spelling of the path is accepted either."""
    synq, _, _ = _target()
    status = reply(synq, generated.value).status
    assert status < 500
    assert status >= 300 or any(200 <= right < 300 for right in _predicted(generated.value).statuses)


HEADERS: dict[str, dict[str, object]] = {
    "alg-alone": {"alg": "HS256"},
    "another-type": {"alg": "HS256", "typ": "another+jwt"},
    "usual": {"alg": "HS256", "typ": "JWT", "kid": "1"},
}
CLAIMS: dict[str, dict[str, object]] = {
    "one-claim": {"exp": 1_800_000_000},
    "no-claims": {},
    "numbers": {"exp": 1_800_000_000.25, "tenant": 1, "orgs": [7]},
}


@pytest.mark.parametrize("claims", CLAIMS)
@pytest.mark.parametrize("header", HEADERS)
@settings(QUIET, max_examples=40)
@given(data=st.data())
def test_wrong_tokens_are_drawn_of_every_kind_of_token(header: str, claims: str, data: st.DataObject) -> None:
    """However little a genuine token says of itself; jjwt, for one, writes a header with alg alone."""
    genuine = joined(HEADERS[header], CLAIMS[claims], bytes(32))
    kind = data.draw(st.sampled_from([malformed_tokens, altered_tokens, unsigned_tokens]))
    assert data.draw(kind(genuine)).value != genuine
