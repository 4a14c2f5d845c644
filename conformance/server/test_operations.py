"""Guide, "Required request headers": every request is every documented operation, and every object by id."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from conformance.contract.marks import needs, operations, rule
from conformance.contract.oracle import TokenFacts
from conformance.openapi.operation import Operation
from conformance.server.harness.cases import NOT_A_TOKEN, UNKNOWN_ID
from conformance.server.harness.documented import VALID
from conformance.server.harness.objects import asked_for_foreign, foreign_object, own_object
from conformance.server.harness.operations import DocumentedOperations
from conformance.server.harness.target_api import TargetApi

SCOPE_MISSING: dict[str, dict[str, Any]] = {
    "tenant": {"tenant": None},
    "organization": {"org": None},
    "both": {"tenant": None, "org": None},
}
SCOPE_UNKNOWN: dict[str, dict[str, Any]] = {"tenant": {"tenant": UNKNOWN_ID}, "org": {"org": UNKNOWN_ID}}


def _without_middle(token: str) -> str:
    first, _, rest = token.partition(".")
    return f"{first}..{rest.rpartition('.')[2]}"


MALFORMED: dict[str, Callable[[str], str]] = {
    "word": lambda _genuine: NOT_A_TOKEN,
    "unsigned": lambda genuine: genuine.rpartition(".")[0],
    "empty-payload": _without_middle,
}
"""A sample of the tokens that the rule on malformed ones presents to the list."""


@rule("operation-without-token")
@pytest.mark.synq_doors
@operations("all")
def test_no_operation_does_without_a_token(operations: DocumentedOperations, operation: Operation) -> None:
    """Without Authorization a documented operation is answered 401."""
    with operations.asked(operation, follows="authorization-missing", authorization=None) as answered:
        answered.must_be(401, why="there is no Authorization")


@rule("operation-scope-missing")
@pytest.mark.synq_doors
@operations("all")
@pytest.mark.parametrize("missing", SCOPE_MISSING)
def test_no_operation_does_without_its_scope(
    operations: DocumentedOperations, operation: Operation, missing: str
) -> None:
    """Without tenant, organization or both a documented operation is answered 403."""
    with operations.asked(operation, follows="scope-missing", **SCOPE_MISSING[missing]) as answered:
        answered.must_be(403, why="the token is valid and the scope is not named")


@rule("operation-token-malformed")
@operations("all")
@pytest.mark.parametrize("form", MALFORMED)
def test_no_operation_takes_a_malformed_token(
    synq: TargetApi, operations: DocumentedOperations, operation: Operation, form: str
) -> None:
    """What is no token is answered 401 by a documented operation."""
    token = MALFORMED[form](synq.credentials.valid())
    with operations.asked(operation, follows="token-malformed", token=token) as answered:
        answered.must_be(401, why="the token is malformed")


@rule("operation-token-expired")
@operations("all")
def test_no_operation_takes_an_expired_token(operations: DocumentedOperations, operation: Operation) -> None:
    """A token past its hour is answered 401 by a documented operation."""
    with operations.asked(operation, follows="token-expired", token=operations.ended.token()) as answered:
        answered.must_be(401, why="the token is past its hour")


@rule("operation-token-revoked")
@operations("all")
def test_no_operation_takes_a_revoked_token(operations: DocumentedOperations, operation: Operation) -> None:
    """A revoked token is answered 401 by a documented operation."""
    with operations.asked(operation, follows="token-revoked", token=operations.revoked.token()) as answered:
        answered.must_be(401, why="the token was revoked")


@rule("operation-scope-foreign")
@operations("all")
@pytest.mark.parametrize("unknown", SCOPE_UNKNOWN)
def test_no_operation_takes_an_unknown_scope(
    operations: DocumentedOperations, operation: Operation, unknown: str
) -> None:
    """A tenant or an organization that the token does not name is answered 403 by a documented operation."""
    with operations.asked(operation, follows=f"{unknown}-foreign", **SCOPE_UNKNOWN[unknown]) as answered:
        answered.must_be(403, why="the scope is not the token's")


@rule("operation-scope-foreign")
@operations("all")
@needs("scope.other_org_id")
def test_no_operation_takes_another_organization(
    synq: TargetApi, operations: DocumentedOperations, operation: Operation
) -> None:
    """A real organization outside the token's is answered 403 by a documented operation."""
    with operations.asked(operation, follows="org-foreign", org=synq.target.scope.other_org_id) as answered:
        answered.must_be(403, why="the organization is outside the token's scope")


@rule("operation-scope-foreign")
@operations("all")
@needs("scope.other_tenant_id")
def test_no_operation_takes_another_tenant(
    synq: TargetApi, operations: DocumentedOperations, operation: Operation
) -> None:
    """A real tenant, and its organization if one is known, is answered 403 by a documented operation."""
    scope = synq.target.scope
    tenant, org = scope.other_tenant_id, scope.other_tenant_org_id or VALID
    with operations.asked(operation, follows="org-of-other-tenant", tenant=tenant, org=org) as answered:
        answered.must_be(403, why="the token does not name this tenant")


@rule("operation-role")
@operations("all")
def test_no_operation_takes_a_role_that_it_does_not_allow(
    synq: TargetApi, operations: DocumentedOperations, operation: Operation
) -> None:
    """A viewer is answered 403 by a documented operation that writes, or names roles without the viewer's."""
    scope = synq.target.scope
    viewer = TokenFacts(scope.tenant_id, frozenset({scope.org_id}), inf, writes=False)
    with operations.asked_by_a_viewer(operation) as answered:
        answered.must_be(403, why="the role may not use this operation", facts=viewer)


WRONG: dict[str, dict[str, Any]] = {
    "no-authorization": {"authorization": None},
    "unknown-tenant": {"tenant": UNKNOWN_ID},
}


@rule("operation-no-effect")
@operations("writes")
@pytest.mark.parametrize("wrong", WRONG)
def test_a_refused_operation_leaves_nothing_behind(
    operations: DocumentedOperations, operation: Operation, wrong: str
) -> None:
    """After a refused write what can be read is as it was."""
    operations.must_leave_nothing_behind(operation, **WRONG[wrong])


@rule("operation-no-effect")
@operations("writes")
@needs("tokens.viewer")
def test_a_viewer_s_refused_operation_leaves_nothing_behind(
    synq: TargetApi, operations: DocumentedOperations, operation: Operation
) -> None:
    """After a viewer's refused write what can be read is as it was."""
    operations.must_be_kept_from_viewers(operation)
    operations.must_leave_nothing_behind(operation, token=synq.target.tokens.viewer)


@rule("operation-foreign-resource")
@operations("on-objects")
@pytest.mark.parametrize("whose", ["other-org", "other-tenant"])
def test_no_operation_takes_what_belongs_to_others(
    operations: DocumentedOperations, operation: Operation, whose: str
) -> None:
    """An operation on what belongs to another organization or tenant is refused."""
    with asked_for_foreign(operations, operation, whose) as answered:
        answered.must_be_refused(why="what it is asked on belongs to others")


@rule("object-without-token")
@pytest.mark.synq_doors
@operations("objects")
def test_no_method_opens_an_object(operations: DocumentedOperations, operation: Operation) -> None:
    """Whatever the method, an object by id is not for a request without a token, and stays as it is."""
    with own_object(operations, operation) as thing:
        answered = thing.asked(follows="every-method", authorization=None)
        answered.must_be_refused(why="there is no Authorization")
        thing.must_be_as_before(answered)


@rule("object-viewer")
@operations("object-writes")
@needs("tokens.viewer")
def test_no_method_lets_a_viewer_change_an_object(
    synq: TargetApi, operations: DocumentedOperations, operation: Operation
) -> None:
    """Whatever the method, a viewer does not change an object by id."""
    operations.must_be_kept_from_viewers(operation)
    with own_object(operations, operation) as thing:
        answered = thing.asked(follows="role-forbidden", token=synq.target.tokens.viewer)
        thing.must_be_known_to_refuse(answered)
        answered.must_be_refused(why="the role may not write")
        thing.must_be_as_before(answered)


@rule("object-foreign")
@operations("objects")
def test_no_method_opens_a_foreign_object(operations: DocumentedOperations, operation: Operation) -> None:
    """Whatever the method, another tenant's object is neither given out nor changed, as that tenant sees it."""
    with foreign_object(operations, operation) as thing:
        answered = thing.asked(follows="foreign-resource")
        thing.must_not_be_opened(answered, why="the object belongs to another tenant")
        thing.must_not_show_in(answered)
        thing.must_be_as_before(answered)
