"""Guide, "Common authentication errors", 403: the tenant, the organization and the role of a valid token."""

from __future__ import annotations

import pytest

from conformance.check import alternative, needs, rule
from conformance.server.calls import Answered, Synq
from conformance.server.cases import UNKNOWN_ID
from conformance.server.foreign import texts
from conformance.tokens import without_scope
from conformance.verdict import NotAssessed


@rule("tenant-foreign")
def test_a_tenant_that_is_nobodys_is_forbidden(synq: Synq) -> None:
    """A well-formed tenant that the token does not name is answered 403."""
    synq.get(tenant=UNKNOWN_ID).must_be(403, why="the token does not name this tenant")


@rule("tenant-foreign")
@needs("scope.other_tenant_id")
def test_another_real_tenant_is_forbidden(synq: Synq) -> None:
    """A real tenant that the token does not name is answered 403."""
    synq.get(tenant=synq.target.scope.other_tenant_id).must_be(403, why="the token does not name this tenant")


@rule("org-foreign")
def test_an_organization_that_is_nobodys_is_forbidden(synq: Synq) -> None:
    """A well-formed organization outside the token's is answered 403."""
    synq.get(org=UNKNOWN_ID).must_be(403, why="the organization is outside the token's scope")


@rule("org-foreign")
@needs("scope.other_org_id")
def test_another_real_organization_is_forbidden(synq: Synq) -> None:
    """A real organization outside the token's is answered 403."""
    org = synq.target.scope.other_org_id
    synq.get(org=org).must_be(403, why="the organization is outside the token's scope")


@rule("org-of-other-tenant")
@pytest.mark.parametrize("with_tenant", [False, True], ids=["alone", "with-its-tenant"])
def test_an_organization_of_another_tenant_is_forbidden(synq: Synq, with_tenant: bool) -> None:
    """Neither under one's own tenant nor under its own does another tenant's organization open."""
    scope = synq.target.scope
    org = scope.other_tenant_org_id or scope.other_org_id
    tenant = scope.other_tenant_id if with_tenant else scope.tenant_id
    synq.get(tenant=tenant, org=org).must_be(403, why="the organization belongs to another tenant")


@rule("token-unprovisioned")
@alternative("a token without scope", by="a minted token")
@needs("keys.signing")
def test_a_minted_token_without_scope_is_forbidden(synq: Synq) -> None:
    """A valid token that carries no tenant and no organization is answered 403."""
    scope = synq.target.scope
    token = without_scope(synq.credentials.material(), scope.tenant_id, scope.org_id)
    synq.get(token=token).must_be(403, why="the token is valid and carries no tenant or organization")


def _write_as_viewer(synq: Synq) -> Answered:
    answered = synq.write(token=synq.target.tokens.viewer)
    return answered.beside(synq.request(token=synq.target.tokens.viewer))


@rule("role-forbidden")
def test_a_viewer_may_not_write(synq: Synq) -> None:
    """The viewer's token reads, and is answered 403 when it writes."""
    _write_as_viewer(synq).must_be(403, why="the role may not use this endpoint")


@rule("role-no-effect")
def test_a_refused_write_leaves_nothing_behind(synq: Synq) -> None:
    """After a viewer's write the list is what it was before."""
    write = synq.target.probe.write
    written = frozenset(texts(synq.request(json_body=write.json if write else None).body))
    if not written:
        raise NotAssessed("probe.write.json in the profile holds no text by which the write could be found")
    start = _times(synq, written)
    if not synq.write().exchange.accepted or (before := _times(synq, written)) <= start:
        raise NotAssessed("a permitted write does not show in probe.read, so no refused one could be missed there")
    answered = _write_as_viewer(synq)
    if answered.exchange.accepted:
        raise NotAssessed("the write was not refused: follows from role-forbidden")
    after = _times(synq, written)
    answered.must_hold(
        after <= before, "the refused write took effect", expected="no new resource", got=f"{after - before} new"
    )


def _times(synq: Synq, written: frozenset[str]) -> int:
    listed = synq.step(synq.request())
    found = [] if listed.response is None else list(texts(listed.response.body))
    return sum(found.count(text) for text in written)


@rule("foreign-resource")
def test_a_resource_of_another_organization_is_not_given_out(synq: Synq) -> None:
    """Whoever asks for what belongs to others is refused."""
    answered = synq.get(synq.target.probe.foreign_resource).beside(synq.documented())
    answered.must_be_refused(why="the resource belongs to another organization")


@rule("foreign-resource-status")
def test_a_resource_of_another_organization_is_forbidden(synq: Synq) -> None:
    """The answer to a request for what belongs to others is 403."""
    answered = synq.get(synq.target.probe.foreign_resource).beside(synq.documented())
    answered.must_be(403, why="the resource belongs to another organization")
