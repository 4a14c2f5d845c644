"""Guide, "Common authentication errors", 403: the tenant, the organization and the role of a valid token."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from conformance.contract.marks import alternative, needs, rule
from conformance.contract.oracle import TokenFacts
from conformance.evidence.judge import Inapplicable
from conformance.http.exchange import Exchange
from conformance.server.harness.attacked import presented
from conformance.server.harness.cases import NOT_A_TOKEN, UNKNOWN_ID
from conformance.server.harness.claiming import CLAIMS, OTHER_WAYS, claiming_a_role, written_otherwise
from conformance.server.harness.foreign import Foreign, other_tenant_of
from conformance.server.harness.in_flight import answered_together
from conformance.server.harness.marking import WriteMark
from conformance.server.harness.neighbours import (
    BELOW_THE_LIST,
    FORMS,
    below_the_list,
    object_of,
    path_of_object,
    searching,
    there,
)
from conformance.server.harness.objects import is_said_of, like_no_other
from conformance.server.harness.openings import must_change_nothing
from conformance.server.harness.response_assertion import ResponseAssertion
from conformance.server.harness.shelf import NeighboursShelf, Shelf
from conformance.server.harness.strays import stray_in
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import OpenTarget
from conformance.tokens import HALF_SCOPES, named

IN_FLIGHT = 48
UNPROVISIONED = TokenFacts(None, frozenset(), inf)
"""Valid, without tenant or organization."""


@rule("tenant-foreign")
def test_a_tenant_that_is_nobodys_is_forbidden(synq: TargetApi) -> None:
    """A well-formed tenant that the token does not name is answered 403."""
    synq.get(tenant=UNKNOWN_ID).must_be(403, why="the token does not name this tenant")


@rule("tenant-foreign")
@needs("scope.other_tenant_id")
def test_another_real_tenant_is_forbidden(synq: TargetApi) -> None:
    """A real tenant that the token does not name is answered 403."""
    synq.get(tenant=synq.target.scope.other_tenant_id).must_be(403, why="the token does not name this tenant")


@rule("org-foreign")
def test_an_organization_that_is_nobodys_is_forbidden(synq: TargetApi) -> None:
    """A well-formed organization outside the token's is answered 403."""
    synq.get(org=UNKNOWN_ID).must_be(403, why="the organization is outside the token's scope")


@rule("org-foreign")
@needs("scope.other_org_id")
def test_another_real_organization_is_forbidden(synq: TargetApi) -> None:
    """A real organization outside the token's is answered 403."""
    org = synq.target.scope.other_org_id
    synq.get(org=org).must_be(403, why="the organization is outside the token's scope")


@rule("org-of-other-tenant")
@pytest.mark.parametrize("with_tenant", [False, True], ids=["alone", "with-its-tenant"])
def test_an_organization_of_another_tenant_is_forbidden(synq: TargetApi, with_tenant: bool) -> None:
    """Neither under one's own tenant nor under its own does another tenant's organization open."""
    scope = synq.target.scope
    org = scope.other_tenant_org_id or scope.other_org_id
    tenant = scope.other_tenant_id if with_tenant else scope.tenant_id
    synq.get(tenant=tenant, org=org).must_be(403, why="the organization belongs to another tenant")


@rule("token-unprovisioned")
@alternative("a token without scope", by="a minted token")
@needs("keys.signing")
def test_a_minted_token_without_scope_is_forbidden(synq: TargetApi) -> None:
    """A valid token that carries no tenant and no organization is answered 403."""
    answered = presented(synq, named("without-scope"))
    answered.must_be(403, why="the token is valid and carries no tenant or organization", facts=UNPROVISIONED)


def _write_as_viewer(synq: TargetApi, mark: WriteMark | None) -> ResponseAssertion:
    answered = synq.write(mark=mark, token=synq.target.tokens.viewer)
    return answered.with_control(synq.request(token=synq.target.tokens.viewer))


@rule("token-unprovisioned")
@alternative("a token without scope", by="a minted token")
@needs("keys.signing")
@pytest.mark.parametrize("half", HALF_SCOPES)
def test_a_minted_token_with_half_a_scope_is_refused(synq: TargetApi, half: str) -> None:
    """A tenant without organizations is no scope, and neither are organizations without a tenant."""
    presented(synq, named(half)).must_be_refused(why=f"the token {HALF_SCOPES[half][0]}")


@rule("role-forbidden")
def test_a_viewer_may_not_write(synq: TargetApi) -> None:
    """The viewer's token reads, and is answered 403 when it writes."""
    scope = synq.target.scope
    viewer = TokenFacts(scope.tenant_id, frozenset({scope.org_id}), inf, writes=False)
    _write_as_viewer(synq, synq.marks.new()).must_be(403, why="the role may not use this endpoint", facts=viewer)


@rule("role-forbidden")
@pytest.mark.parametrize("place", CLAIMS)
def test_a_role_that_a_viewer_claims_is_none(synq: TargetApi, place: str) -> None:
    """The token alone says which role its holder has: no header, query, cookie or body does."""
    answered = synq.send(claiming_a_role(synq, place), control=synq.request(token=synq.target.tokens.viewer))
    answered.must_be_refused(why="the token is a viewer's, whatever the request says of its role")


@rule("role-forbidden")
@needs("tokens.viewer")
@pytest.mark.parametrize("way", OTHER_WAYS)
def test_a_viewer_writes_by_no_other_way(synq: TargetApi, shelf: Shelf, way: str) -> None:
    """The viewer's write by another method, or in another form, is not kept."""
    viewer = synq.request(token=synq.target.tokens.viewer)
    shelf.must_not_keep(lambda mark: synq.send(written_otherwise(synq, way, mark), control=viewer))


WRITERS_WITHOUT_RIGHT: dict[str, dict[str, Any]] = {
    "no-authorization": {"authorization": None},
    "not-a-token": {"token": NOT_A_TOKEN},
    "tenant-missing": {"tenant": None},
    "tenant-unknown": {"tenant": UNKNOWN_ID},
    "org-unknown": {"org": UNKNOWN_ID},
}


@rule("role-no-effect")
@pytest.mark.parametrize("wrong", WRITERS_WITHOUT_RIGHT)
def test_a_write_without_the_right_credentials_leaves_nothing_behind(synq: TargetApi, shelf: Shelf, wrong: str) -> None:
    """After a refused write the list holds nothing that it did not hold before."""
    shelf.must_not_grow_by(lambda mark: synq.write(mark=mark, **WRITERS_WITHOUT_RIGHT[wrong]))


@rule("role-no-effect")
@needs("tokens.viewer")
def test_a_viewer_s_refused_write_leaves_nothing_behind(synq: TargetApi, shelf: Shelf) -> None:
    """After a viewer's write the list is what it was before."""
    shelf.must_not_grow_by(lambda mark: _write_as_viewer(synq, mark))


REFUSED: dict[str, dict[str, Any]] = {
    **WRITERS_WITHOUT_RIGHT,
    "empty-authorization": {"authorization": ""},
    "other-scheme": {"authorization": "Basic dTpw"},
    "org-missing": {"org": None},
}


@rule("refusal-without-data")
@pytest.mark.parametrize("wrong", REFUSED)
def test_the_body_of_a_refusal_holds_nothing_of_the_resource(synq: TargetApi, wrong: str) -> None:
    """The body of a 401 or 403 holds no part of what it refuses."""
    answered = synq.get(**REFUSED[wrong]).must_have_been(401, 403)
    text = synq.resource().seen_in(answered.exchange)
    answered.must_hold(
        text is None, f"the body of the refusal holds {text!r}, which belongs to the resource",
        expected="a body without any of the resource", got=answered.exchange.outcome,
    )  # fmt: skip


REFUSALS = (401, 403, 404)
OF_ANOTHER: dict[str, tuple[str, ...]] = {
    "another-tenant": ("tenant", "org"),
    "another-organization": ("org",),
    "without-a-token": ("tenant", "org", "authorization"),
}
"""What of a request is the other tenant's, or missing, by a name for reports."""


@rule("refusal-without-data")
@needs("tokens.other_tenant")
@pytest.mark.parametrize("wrong", OF_ANOTHER)
def test_the_body_of_a_refusal_holds_nothing_of_the_other_tenant(synq: TargetApi, foreign: Foreign, wrong: str) -> None:
    """The body of the refusal of another tenant's data holds no part of it."""
    changes = {"tenant": foreign.tenant_id, "org": foreign.org_id, "authorization": None}
    answered = synq.get(**{name: changes[name] for name in OF_ANOTHER[wrong]}).must_have_been(401, 403)
    foreign.must_not_leak_in(answered)


@rule("foreign-resource")
def test_a_resource_of_another_organization_is_not_given_out(synq: TargetApi) -> None:
    """A request for what belongs to others is refused."""
    answered = synq.get(synq.target.probe.foreign_resource).with_control(synq.documented())
    answered.must_be_refused(why="the resource belongs to another organization")


@rule("foreign-resource")
def test_no_head_of_a_resource_of_another_organization_is_accepted(synq: TargetApi) -> None:
    """A request for the fields alone is refused as the whole is."""
    request = synq.request("HEAD", synq.target.probe.foreign_resource)
    answered = synq.send(request, control=synq.documented())
    above, slash, value = request.target.rpartition("/")
    if answered.exchange.accepted and is_said_of(synq, answered, f"{above}{slash}{like_no_other(value)}"):
        raise Inapplicable("HEAD tells nothing: an id that stands for nothing is answered alike")
    answered.must_be_refused(why="the resource belongs to another organization")


@rule("foreign-resource")
@pytest.mark.parametrize("name", ["ids", "id", "filter[id]"])
def test_an_id_in_the_query_brings_nothing_of_another_organization(
    synq: TargetApi, neighbour: Foreign | None, name: str
) -> None:
    """A list that can be asked for by ids gives out those of the caller's own alone."""
    foreign_id = (synq.target.probe.foreign_resource or "").rpartition("/")[2]
    answered = synq.get(f"{synq.target.probe.read}?{name}={foreign_id}").with_control(synq.documented())
    must_change_nothing(synq, [answered], neighbour, why="the id is one of another organization")


@rule("foreign-resource")
def test_a_search_brings_nothing_of_another_tenant(synq: TargetApi, neighbour: Foreign | None) -> None:
    """A list that can be searched finds what is the caller's own."""
    other = there(neighbour)
    request = searching(synq, object_of(synq, other).name)
    other.must_not_leak_in(synq.send(request, control=synq.documented()))


@rule("foreign-resource")
def test_the_list_holds_what_is_the_caller_s_own(synq: TargetApi) -> None:
    """In the documented list is neither the resource of another organization nor an object of another tenant."""
    answered = synq.get()
    stray = stray_in(synq.target, answered.body)
    answered.must_hold(
        stray is None, f"the caller's own list holds {stray}", expected="the caller's own data",
        got=answered.exchange.outcome,
    )  # fmt: skip


@rule("foreign-resource")
@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_the_list_holds_what_is_another_tenant_s(
    synq: TargetApi, neighbour: Foreign | None, form: str
) -> None:
    """A list in another form, which another program may write, is the caller's own as well."""
    request = synq.request().having(("Accept", form))
    there(neighbour).must_not_leak_in(synq.send(request, control=synq.documented()))


@rule("foreign-resource")
@pytest.mark.parametrize("name", BELOW_THE_LIST)
def test_what_hangs_below_the_list_holds_nothing_of_another_tenant(
    synq: TargetApi, neighbour: Foreign | None, name: str
) -> None:
    """An export or a search of its own, if there is one, finds what is the caller's own."""
    other = there(neighbour)
    request = below_the_list(synq, name, object_of(synq, other).name)
    other.must_not_leak_in(synq.send(request, control=synq.documented()))


@rule("foreign-resource")
def test_what_is_written_shows_in_no_other_tenant_s_list(synq: TargetApi) -> None:
    """A write of the caller's own is the caller's own: another tenant's list does not hold it."""
    if synq.target.tokens.other_tenant is None or synq.target.probe.write is None:
        raise Inapplicable("the profile has no other tenant, or no write that could show there")
    NeighboursShelf(synq, other_tenant_of(synq)).must_not_show_what_is_written()


@rule("refusal-without-data")
@needs("tokens.other_tenant")
def test_the_refusal_of_another_tenant_s_resource_holds_nothing_of_it(synq: TargetApi, foreign: Foreign) -> None:
    """The refusal of an object by its id says nothing of the object, such as its name."""
    path = path_of_object(synq, object_of(synq, foreign))
    answered = synq.get(path).with_control(synq.documented())
    foreign.must_not_leak_in(answered.must_have_been(*REFUSALS))


@rule("foreign-resource-status")
def test_a_resource_of_another_organization_is_forbidden(synq: TargetApi) -> None:
    """The answer to a request for what belongs to others is 403."""
    answered = synq.get(synq.target.probe.foreign_resource).with_control(synq.documented())
    answered.must_be(403, why="the resource belongs to another organization")


@rule("answers-not-crossed")
@pytest.mark.synq_many
@pytest.mark.parametrize("requests", [16, IN_FLIGHT], ids=["16-in-flight", "48-in-flight"])
def test_answers_in_flight_together_are_not_crossed(
    synq: TargetApi, bench: OpenTarget, foreign: Foreign, requests: int
) -> None:
    """Of requests of two tenants and of none, each gets what belongs to it."""
    mine = synq.request()
    theirs = synq.request(token=foreign.token, tenant=foreign.tenant_id, org=foreign.org_id)
    nobodys = synq.request(authorization=None)
    synq.send(nobodys).must_have_been(401, 403)
    mixed = [(mine, theirs, nobodys)[number % 3] for number in range(requests)]
    exchanges = answered_together(synq, bench.send_concurrently, mixed)
    crossed = [
        one for one in exchanges
        if _is_crossed(one, foreign, own=one.request is mine, let_in=one.request is not nobodys)
    ]  # fmt: skip
    shown = crossed[0] if crossed else exchanges[0]
    synq.judged(shown, control=mine).must_hold(
        not crossed, "an answer in flight belonged to another caller", expected="each caller its own answer",
        got=f"{len(crossed)} of {len(exchanges)} answers crossed",
    )  # fmt: skip


def _is_crossed(exchange: Exchange, foreign: Foreign, *, own: bool, let_in: bool) -> bool:
    if exchange.response is None:
        return False
    holds_foreign = foreign.seen_in(exchange) is not None
    return (exchange.accepted and not let_in) or (holds_foreign and (own or not let_in))


@rule("token-unprovisioned")
@alternative("a token without scope", by="a supplied token")
@needs("tokens.unprovisioned")
def test_the_supplied_token_without_scope_is_forbidden(synq: TargetApi) -> None:
    """The token of an account without tenant and organization is valid, but is answered 403."""
    answered = synq.get(token=synq.target.tokens.unprovisioned)
    answered.must_be(403, why="the token is valid and carries no tenant or organization", facts=UNPROVISIONED)
