"""Generated requests: what nobody wrote down, judged by the model. A failure is shrunk to its simplest form."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.marks import rule
from conformance.evidence.judge import Inapplicable
from conformance.http.message import Field, Request
from conformance.server.harness.calls import TargetApi
from conformance.strategies import (
    Generated,
    Genuine,
    altered_tokens,
    authorization_values,
    loose_authorization_values,
    malformed_tokens,
    path_forms,
    requests,
    scope_values,
    sendable,
    three_headers,
    unsigned_tokens,
)
from conformance.tokens import decode

pytestmark = pytest.mark.usefixtures("examples")

T = TypeVar("T")
Data = Any
"""Hypothesis's object for drawing inside a test, for which it names no public type."""


def _genuine(synq: TargetApi) -> Genuine:
    scope = synq.target.scope
    return Genuine(synq.credentials.valid(), scope.tenant_id, scope.org_id)


def _drawn(synq: TargetApi, data: Data, name: str, strategy: st.SearchStrategy[Generated[T]]) -> T:
    """Draw a value, and count its class in the record."""
    generated: Generated[T] = data.draw(strategy)
    synq.recorder.spread(name, generated.kind)
    return generated.value


@rule("token-malformed")
@given(data=st.data())
def test_no_generated_token_is_accepted(synq: TargetApi, data: Data) -> None:
    """What is no token by its segments, its encoding or its JSON is answered 401."""
    strategy = malformed_tokens(synq.credentials.valid()).filter(lambda drawn: sendable(f"Bearer {drawn.value}"))
    token = _drawn(synq, data, "tokens", strategy)
    synq.get(token=token).must_be_right_of_what_no_client_sends()


@rule("signature-altered")
@given(data=st.data())
def test_no_generated_alteration_is_accepted(synq: TargetApi, data: Data) -> None:
    """The genuine token with anything changed in it is answered 401."""
    strategy = altered_tokens(synq.credentials.valid()).filter(lambda drawn: sendable(f"Bearer {drawn.value}"))
    token = _drawn(synq, data, "alterations", strategy)
    synq.get(token=token).must_be_right_of_what_no_client_sends()


@rule("alg-none")
@given(data=st.data())
def test_no_generated_unsigned_token_is_accepted(synq: TargetApi, data: Data) -> None:
    """However a token says that it needs no signature, it is answered 401."""
    if decode(synq.credentials.valid()) is None:
        raise Inapplicable("the valid token is no JWT, so it has no algorithm that could be none")
    token = _drawn(synq, data, "unsigned", unsigned_tokens(synq.credentials.valid()))
    synq.get(token=token).must_be_right_of_what_no_client_sends()


@rule("authorization-malformed")
@given(data=st.data())
def test_no_generated_authorization_is_accepted(synq: TargetApi, data: Data) -> None:
    """What holds no Bearer credential with the genuine token is answered 401."""
    values = _drawn(synq, data, "authorization", authorization_values(synq.credentials.valid()))
    synq.get(authorization=values).must_be_right_of_what_no_client_sends()


@rule("authorization-loose")
@given(data=st.data())
def test_no_generated_loose_credential_is_accepted(synq: TargetApi, data: Data) -> None:
    """The genuine token behind Bearer and anything loose is refused."""
    values = _drawn(synq, data, "loose", loose_authorization_values(synq.credentials.valid()))
    synq.get(authorization=values).must_be(400, 401, why="Authorization is not the scheme, spaces and one token")


@rule("tenant-malformed")
@given(data=st.data())
def test_no_generated_tenant_is_accepted(synq: TargetApi, data: Data) -> None:
    """A tenant other than the token's is answered 403, whatever it looks like."""
    values = _drawn(synq, data, "tenants", scope_values(synq.target.scope.tenant_id))
    synq.get(tenant=values).must_be_right()


@rule("org-malformed")
@given(data=st.data())
def test_no_generated_organization_is_accepted(synq: TargetApi, data: Data) -> None:
    """An organization other than the token's is answered 403, whatever it looks like."""
    values = _drawn(synq, data, "organizations", scope_values(synq.target.scope.org_id))
    synq.get(org=values).must_be_right()


@rule("header-combinations")
@given(data=st.data())
def test_generated_headers_are_answered_as_the_guide_implies(synq: TargetApi, data: Data) -> None:
    """The three headers in any state, case, order and company."""
    fields: tuple[Field, ...] = _drawn(synq, data, "headers", three_headers(_genuine(synq)))
    synq.send(Request("GET", synq.target.probe.read, fields), control=synq.documented()).must_be_right()


@rule("every-path-form")
@given(data=st.data())
def test_no_generated_path_opens_the_resource(synq: TargetApi, data: Data) -> None:
    """A request without credentials gets nowhere, however its path is spelled."""
    path = _drawn(synq, data, "paths", path_forms(synq.target.probe.read, synq.target.base_path))
    plain = synq.request(authorization=None)
    answered = synq.get(path, authorization=None).beside(synq.documented()).unless("authorization-missing", plain)
    answered.must_open_nothing(why="there are no credentials, however the path is spelled")


@rule("every-method")
@given(data=st.data())
def test_generated_requests_are_answered_as_the_guide_implies(synq: TargetApi, data: Data) -> None:
    """Method, path and headers in any state together."""
    read, base_path = synq.target.probe.read, synq.target.base_path
    drawable = requests(_genuine(synq), [read], ["GET", "HEAD"], base_path=base_path)
    request = _drawn(synq, data, "requests", drawable)
    synq.send(request, control=synq.documented()).must_be_right()
