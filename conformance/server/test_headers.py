"""Guide, "Required request headers": which requests are let in, and how the others are turned away."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest

from conformance.contract.marks import rule
from conformance.http.message import Field, Request
from conformance.server.harness.cases import (
    MALFORMED_IDS,
    NOT_A_TOKEN,
    RESERVED_ORGS,
    RESERVED_TENANTS,
    STATES,
    UNKNOWN_ID,
    in_state,
)
from conformance.server.harness.documented import AUTHORIZATION, ORG, TENANT, THREE_HEADERS
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.generated import Data, drawn, generated, genuine
from conformance.server.harness.neighbours import IN_ONE_VALUE, in_one_value
from conformance.server.harness.signing_in import basic
from conformance.server.harness.target_api import TargetApi
from conformance.strategies import (
    LOOSE_SCOPE,
    authorization_values,
    loose_authorization_values,
    loose_scope_values,
    scope_values,
    three_headers,
)

NOT_THERE = [
    pytest.param(names, id="+".join(names))
    for size in (3, 1, 2)  # without any is the plainest
    for names in combinations(THREE_HEADERS, size)
]


@rule("documented-request")
def test_the_documented_request_is_answered(synq: TargetApi) -> None:
    """The request that the guide shows is answered 2xx, and so if sent again, only because of its credentials."""
    first = synq.get()
    last = synq.get() if first.exchange.accepted else first
    last.must_be_accepted(why="token, tenant and organization are right")


@rule("headers-missing")
@pytest.mark.synq_plain
@pytest.mark.synq_doors
@pytest.mark.parametrize("names", NOT_THERE)
def test_a_request_that_lacks_headers_is_refused(synq: TargetApi, names: tuple[str, ...]) -> None:
    """Without any one, two or all of the three headers the answer is 401 or 403."""
    synq.send(synq.request().without(*names)).must_be(401, 403, why=f"the request lacks {' and '.join(names)}")


@rule("authorization-missing")
def test_a_request_without_authorization_is_unauthorized(synq: TargetApi) -> None:
    """With the tenant and the organization right, a missing Authorization is answered exactly 401."""
    synq.get(authorization=None).must_be(401, why="there is no Authorization")


@rule("tenant-missing")
def test_a_valid_token_without_a_tenant_is_forbidden(synq: TargetApi) -> None:
    """A valid token with an organization and no tenant is answered 403."""
    synq.get(tenant=None).must_be(403, why="the token is valid and X-Tenant-ID is missing")


@rule("org-missing")
def test_a_valid_token_without_an_organization_is_forbidden(synq: TargetApi) -> None:
    """A valid token with a tenant and no organization is answered 403."""
    synq.get(org=None).must_be(403, why="the token is valid and X-Org-ID is missing")


@rule("scope-missing")
def test_a_valid_token_alone_is_forbidden(synq: TargetApi) -> None:
    """A valid token without tenant and organization is answered 403."""
    synq.get(tenant=None, org=None).must_be(403, why="the token is valid and its scope is missing")


@rule("tenant-malformed")
@pytest.mark.parametrize("value", MALFORMED_IDS)
def test_a_malformed_tenant_is_forbidden(synq: TargetApi, value: str) -> None:
    """A valid token with a tenant id that cannot exist is answered 403."""
    synq.get(tenant=value).must_be_right()


@rule("org-malformed")
@pytest.mark.parametrize("value", MALFORMED_IDS)
def test_a_malformed_organization_is_forbidden(synq: TargetApi, value: str) -> None:
    """A valid token with an organization id that cannot exist is answered 403."""
    synq.get(org=value).must_be_right()


@rule("tenant-malformed")
@pytest.mark.parametrize("value", RESERVED_TENANTS)
def test_a_reserved_tenant_is_forbidden(synq: TargetApi, value: str) -> None:
    """A tenant that the program keeps for itself is no caller's."""
    synq.get(tenant=value).must_be_right()


@rule("org-malformed")
@pytest.mark.parametrize("value", RESERVED_ORGS)
def test_a_reserved_organization_is_forbidden(synq: TargetApi, value: str) -> None:
    """An organization that the program keeps for itself is no caller's."""
    synq.get(org=value).must_be_right()


@rule("scope-loose")
@pytest.mark.parametrize("header", [TENANT, ORG])
@pytest.mark.parametrize("spelling", LOOSE_SCOPE)
def test_an_id_in_a_loose_spelling_is_refused(synq: TargetApi, spelling: str, header: str) -> None:
    """The caller's own id with something about it is not the id."""
    own = {TENANT: synq.target.scope.tenant_id, ORG: synq.target.scope.org_id}[header]
    answered = synq.send(synq.request().having((header, LOOSE_SCOPE[spelling](own))))
    answered.must_be_refused(why=f"{header} holds more than the id, or spells it in another way")


@rule("field-name-case")
@pytest.mark.parametrize("spell", [str.lower, str.upper, str.swapcase], ids=["lower", "upper", "swapped"])
def test_field_names_in_any_case_are_matched(synq: TargetApi, spell: Any) -> None:  # noqa: ANN401 - str methods
    """authorization, AUTHORIZATION and aUTHORIZATION are one field name, and so are the other two."""
    plain = synq.request()
    spelled = Request(plain.method, plain.target, tuple((spell(name), value) for name, value in plain.headers))
    synq.send(spelled).must_be_accepted(why="field names are case-insensitive")


@rule("scheme-case")
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_the_scheme_name_in_any_case_is_matched(synq: TargetApi, scheme: str) -> None:
    """bearer and BEARER name the same scheme as Bearer."""
    token = synq.credentials.valid()
    synq.get(authorization=f"{scheme} {token}").must_be_accepted(why="scheme names are case-insensitive")


@rule("authorization-malformed")
@pytest.mark.parametrize(
    "form",
    [
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="scheme-only"),
        pytest.param("{token}", id="token-only"),
        pytest.param("Bearer{token}", id="glued"),
        pytest.param("bearer{token}", id="glued-in-lower-case"),
        pytest.param("Bearer null", id="null"),
        pytest.param("Bearer undefined", id="undefined"),
        pytest.param("Bearer x, Bearer y", id="list-of-bad-ones"),
    ],
)
def test_an_authorization_without_a_bearer_credential_is_unauthorized(synq: TargetApi, form: str) -> None:
    """What is no Bearer credential, or holds no genuine token, is answered 401."""
    value = form.format(token=synq.credentials.valid())
    synq.get(authorization=value).must_be(401, why="Authorization holds no Bearer credential with a genuine token")


@rule("authorization-loose")
@pytest.mark.parametrize(
    "form",
    [
        pytest.param("Bearer\t{token}", id="tab"),
        pytest.param("Bearer \t{token}", id="blank-and-tab"),
        pytest.param("Bearer {token} {token}", id="two-tokens"),
        pytest.param("Bearer {token} x", id="token-and-more"),
        pytest.param('Bearer "{token}"', id="quoted"),
        pytest.param("Bearer '{token}'", id="single-quoted"),
        pytest.param("Bearer <{token}>", id="in-angle-brackets"),
        pytest.param("Bearer {token},", id="trailing-comma"),
        pytest.param("Bearer {token};", id="trailing-semicolon"),
        pytest.param("Bearer: {token}", id="colon"),
        pytest.param("Bearer={token}", id="equals-sign"),
        pytest.param("Bearer token={token}", id="parameter"),
        pytest.param("Bearer Bearer {token}", id="scheme-twice"),
        pytest.param("Bear {token}", id="scheme-cut-short"),
        pytest.param("Bearer {token}, Bearer x", id="list-good-first"),
        pytest.param("Bearer x, Bearer {token}", id="list-good-last"),
    ],
)
def test_a_loose_credential_is_refused(synq: TargetApi, form: str) -> None:
    """The genuine token behind Bearer and something loose is not one credential, and is refused."""
    value = form.format(token=synq.credentials.valid())
    synq.get(authorization=value).must_be(400, 401, why="Authorization is not the scheme, spaces and one token")


@rule("authorization-scheme")
@pytest.mark.parametrize(
    "scheme", ["Basic", "Digest", "Token", "JWT", "Negotiate", "DPoP", "MAC", "ApiKey", "OAuth", "Bearer-Token"]
)
def test_a_good_token_under_another_scheme_is_unauthorized(synq: TargetApi, scheme: str) -> None:
    """The token counts as a Bearer credential only."""
    value = f"{scheme} {synq.credentials.valid()}"
    synq.get(authorization=value).must_be(401, why=f"{scheme} is not the scheme Bearer")


@rule("authorization-scheme")
def test_the_account_s_password_is_no_credential(synq: TargetApi) -> None:
    """E-mail address and password under Basic open nothing: they are for signing in."""
    answered = synq.get(authorization=basic(synq)).with_control(synq.documented())
    answered.must_be(401, why="Basic is not the scheme Bearer")


def _twice(synq: TargetApi, header: str) -> tuple[str, str]:
    scope = synq.target.scope
    good_and_bad = {
        AUTHORIZATION: (f"Bearer {synq.credentials.valid()}", f"Bearer {NOT_A_TOKEN}"),
        TENANT: (scope.tenant_id, UNKNOWN_ID),
        ORG: (scope.org_id, UNKNOWN_ID),
    }
    return good_and_bad[header]


def _with_both(synq: TargetApi, header: str, values: tuple[str, ...]) -> Request:
    return synq.request().having(*((header, value) for value in values))


@rule("duplicate-one-order")
@pytest.mark.parametrize("header", THREE_HEADERS)
def test_of_a_good_and_a_bad_value_one_order_is_refused(synq: TargetApi, header: str) -> None:
    """A server may take the first or the last of two fields, but not whichever happens to be good."""
    good, bad = _twice(synq, header)
    first = synq.send(_with_both(synq, header, (good, bad)))
    second = synq.send(_with_both(synq, header, (bad, good)))
    second.must_hold(
        not (first.exchange.accepted and second.exchange.accepted),
        f"any good value among two {header} fields is enough",
        expected="a refusal of one order at least",
        got="both orders accepted",
    )


@rule("duplicate-both-orders")
@pytest.mark.parametrize("order", ["good-bad", "bad-good"])
@pytest.mark.parametrize("header", THREE_HEADERS)
def test_two_different_values_of_one_header_are_refused(synq: TargetApi, header: str, order: str) -> None:
    """A request that contradicts itself is refused, in either order of its values."""
    good, bad = _twice(synq, header)
    values = (good, bad) if order == "good-bad" else (bad, good)
    synq.send(_with_both(synq, header, values)).must_be_refused(why=f"{header} has two different values")


@rule("duplicate-foreign-data")
@pytest.mark.parametrize("order", ["own-foreign", "foreign-own"])
@pytest.mark.parametrize("headers", [(TENANT,), (ORG,), (TENANT, ORG)], ids="+".join)
def test_naming_a_scope_twice_brings_out_no_foreign_data(
    synq: TargetApi, foreign: Foreign, headers: tuple[str, ...], order: str
) -> None:
    """With one's own and a foreign scope in two fields, nothing of the foreign one comes back."""
    scope = synq.target.scope
    own = {TENANT: scope.tenant_id, ORG: scope.org_id}
    other = {TENANT: foreign.tenant_id, ORG: foreign.org_id}
    ordered = (own, other) if order == "own-foreign" else (other, own)
    fields = tuple((name, values[name]) for values in ordered for name in headers)
    foreign.must_not_leak_in(synq.send(synq.request().having(*fields)))


@rule("duplicate-foreign-data")
@pytest.mark.parametrize("form", IN_ONE_VALUE)
def test_naming_two_scopes_in_one_value_brings_out_no_foreign_data(
    synq: TargetApi, foreign: Foreign, form: str
) -> None:
    """With one's own and a foreign scope in one field, nothing of the foreign one comes back."""
    foreign.must_not_leak_in(synq.send(in_one_value(synq, foreign, form), control=synq.documented()))


@rule("header-combinations")
@pytest.mark.parametrize(
    ("authorization", "tenant", "org"),
    [pytest.param(*states, id="-".join(states)) for states in product(STATES, repeat=3)],
)
def test_every_combination_is_answered_as_the_guide_implies(
    synq: TargetApi, authorization: str, tenant: str, org: str
) -> None:
    """Each header valid, absent, empty, malformed, wrong or duplicated: the model knows the right answers."""
    synq.send(_combined(synq, authorization, tenant, org)).must_be_right()


@rule("token-before-scope")
@pytest.mark.parametrize(
    ("authorization", "tenant", "org"),
    [
        pytest.param(*states, id="-".join(states))
        for states in product(("absent", "empty", "malformed", "wrong"), STATES[:5], STATES[:5])
        if states[1:] != ("valid", "valid")
    ],
)
def test_a_wrong_token_is_answered_before_a_wrong_scope(
    synq: TargetApi, authorization: str, tenant: str, org: str
) -> None:
    """If token and scope are both wrong, the answer is 401."""
    synq.send(_combined(synq, authorization, tenant, org)).must_be_right(narrowly=True)


def _combined(synq: TargetApi, authorization: str, tenant: str, org: str) -> Request:
    scope, token = synq.target.scope, synq.credentials.valid()
    return synq.request(
        authorization=in_state(
            authorization, valid=f"Bearer {token}", wrong=f"Bearer {NOT_A_TOKEN}", malformed=f"Bearer{token}"
        ),
        tenant=in_state(tenant, valid=scope.tenant_id, wrong=UNKNOWN_ID, malformed="not an id"),
        org=in_state(org, valid=scope.org_id, wrong=UNKNOWN_ID, malformed="not an id"),
    )


@rule("authorization-malformed")
@generated
def test_no_generated_authorization_is_accepted(synq: TargetApi, data: Data) -> None:
    """What holds no Bearer credential with the genuine token is answered 401."""
    values = drawn(synq, data, "authorization", authorization_values(synq.credentials.valid()))
    synq.get(authorization=values).must_be_right_of_what_no_client_sends()


@rule("authorization-loose")
@generated
def test_no_generated_loose_credential_is_accepted(synq: TargetApi, data: Data) -> None:
    """The genuine token behind Bearer and anything loose is refused."""
    values = drawn(synq, data, "loose", loose_authorization_values(synq.credentials.valid()))
    synq.get(authorization=values).must_be(400, 401, why="Authorization is not the scheme, spaces and one token")


@rule("tenant-malformed")
@generated
def test_no_generated_tenant_is_accepted(synq: TargetApi, data: Data) -> None:
    """A tenant other than the token's is answered 403, whatever it looks like."""
    values = drawn(synq, data, "tenants", scope_values(synq.target.scope.tenant_id))
    synq.get(tenant=values).must_be_right()


@rule("org-malformed")
@generated
def test_no_generated_organization_is_accepted(synq: TargetApi, data: Data) -> None:
    """An organization other than the token's is answered 403, whatever it looks like."""
    values = drawn(synq, data, "organizations", scope_values(synq.target.scope.org_id))
    synq.get(org=values).must_be_right()


@rule("scope-loose")
@generated
def test_no_generated_loose_tenant_is_accepted(synq: TargetApi, data: Data) -> None:
    """The caller's own tenant with anything loose about it is refused."""
    values = drawn(synq, data, "loose tenants", loose_scope_values(synq.target.scope.tenant_id))
    synq.get(tenant=values).must_be_refused(why="X-Tenant-ID holds more than the id, or spells it in another way")


@rule("header-combinations")
@generated
def test_generated_headers_are_answered_as_the_guide_implies(synq: TargetApi, data: Data) -> None:
    """The three headers in any state, case, order and company."""
    fields: tuple[Field, ...] = drawn(synq, data, "headers", three_headers(genuine(synq)))
    answered = synq.send(Request("GET", synq.target.probe.read, fields), control=synq.documented())
    answered.must_be_right_of_any_credential(usual=[f"Bearer {synq.credentials.valid()}"])
