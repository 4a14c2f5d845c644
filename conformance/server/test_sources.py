"""Guide, "Required request headers": the three headers alone say who calls and for whom."""

from __future__ import annotations

import pytest

from conformance.contract.inputs import ScopeName, Surrounding
from conformance.contract.marks import needs, rule
from conformance.http.raw import RawRequest, head
from conformance.server.harness.besides import (
    cookies_of_sign_in,
    identifiers_of_token,
    must_not_be_let_in_by,
    texts_of_sign_in,
)
from conformance.server.harness.browsers import BROWSERS, must_be_told
from conformance.server.harness.documented import ORG, TENANT
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.input_cases import surrounding_fields
from conformance.server.harness.neighbours import (
    object_of,
    there,
    under_its_host,
    with_every_scope_empty,
)
from conformance.server.harness.openings import (
    CONNECTIONS,
    attempts_with,
    in_other_fields,
    must_all_open_nothing,
    must_change_nothing,
    with_every_scope_beside,
    with_every_scope_twice,
    with_scope_beside,
)
from conformance.server.harness.shelf import NeighboursShelf, in_a_list
from conformance.server.harness.target_api import TargetApi


@rule("scope-beside-headers")
def test_a_scope_beside_the_headers_changes_nothing(
    synq: TargetApi, neighbour: Foreign | None, scope_name: ScopeName
) -> None:
    """Beside good headers, another tenant and organization in another place bring no other data."""
    answers = [
        synq.send(request, control=synq.documented()) for request in with_scope_beside(synq, scope_name, synq.request())
    ]
    must_change_nothing(synq, answers, neighbour, why=f"the headers name the scope, and no {scope_name.place} does")


@rule("scope-beside-headers")
def test_the_name_of_the_host_chooses_no_scope(synq: TargetApi, neighbour: Foreign | None) -> None:
    """Under a host that is named after another tenant the headers say whose data is asked for."""
    answered = synq.send(under_its_host(synq), control=synq.documented())
    must_change_nothing(synq, [answered], neighbour, why="the headers name the scope, and no host does")


@rule("scope-beside-headers")
def test_an_empty_scope_in_the_query_changes_nothing(synq: TargetApi, neighbour: Foreign | None) -> None:
    """A filter without a value does not take the scope's place."""
    answered = synq.send(with_every_scope_empty(synq), control=synq.documented())
    must_change_nothing(synq, [answered], neighbour, why="the headers name the scope")


@rule("scope-beside-headers")
@pytest.mark.parametrize("own_first", [True, False], ids=["own-first", "foreign-first"])
def test_a_scope_twice_in_the_query_changes_nothing(
    synq: TargetApi, neighbour: Foreign | None, own_first: bool
) -> None:
    """One program may look at the first of two, and another at the last: neither takes the headers' place."""
    other = there(neighbour)
    request = with_every_scope_twice(synq, synq.documented(), other, own_first=own_first)
    other.must_not_leak_in(synq.send(request, control=synq.documented()))


@rule("scope-beside-write")
def test_a_scope_in_a_list_of_writes_changes_nothing(synq: TargetApi, neighbours_shelf: NeighboursShelf) -> None:
    """A write that comes in a list, with another tenant's names in it, leaves nothing with that tenant."""
    neighbours_shelf.must_not_grow_by(lambda mark: in_a_list(synq, neighbours_shelf, mark))


@rule("scope-beside-write")
def test_an_id_in_the_body_of_a_write_overwrites_nothing(
    synq: TargetApi, foreign: Foreign, neighbours_shelf: NeighboursShelf
) -> None:
    """A write with the id of another tenant's object in its body leaves that object as it is, and with its tenant."""
    other = object_of(synq, foreign)
    neighbours_shelf.must_stay_as_it_is(other.id_name, other.id)


@rule("scope-beside-write")
def test_a_scope_in_the_body_of_a_write_changes_nothing(
    synq: TargetApi, neighbours_shelf: NeighboursShelf, scope_in_body: ScopeName
) -> None:
    """A write with another tenant's names in its body leaves nothing with that tenant."""
    members = neighbours_shelf.members(scope_in_body)
    neighbours_shelf.must_not_grow_by(lambda mark: synq.write_request(members, mark))


@rule("scope-beside-write")
@pytest.mark.parametrize("place", ["query", "cookie", "header"])
def test_a_scope_beside_a_write_changes_nothing(
    synq: TargetApi, foreign: Foreign, neighbours_shelf: NeighboursShelf, place: str
) -> None:
    """A write with another tenant's names in query, cookie or other fields leaves nothing with that tenant."""
    neighbours_shelf.must_not_grow_by(
        lambda mark: with_every_scope_beside(synq, place, synq.write_request(mark=mark), foreign)
    )


@rule("scope-field-name")
@pytest.mark.parametrize("missing", [TENANT, ORG])
def test_another_field_does_not_stand_in_for_the_header(synq: TargetApi, other_field: ScopeName, missing: str) -> None:
    """The genuine value under another name is not the header."""
    answered = synq.send(in_other_fields(synq, other_field, missing), control=synq.documented())
    answered = answered.unless("headers-missing", synq.request().without(missing))
    answered.must_be_refused(why=f"{missing} is missing, whatever stands in a field of another name")


@rule("connection-named-fields")
@pytest.mark.parametrize("named", CONNECTIONS)
def test_naming_a_field_in_connection_opens_nothing(synq: TargetApi, named: str) -> None:
    """A request that is wrong stays so if proxies are told to drop what is wrong with it."""
    connection, changes = CONNECTIONS[named]
    plain = synq.request(**changes)
    answered = synq.send(plain.having(("Connection", connection)), control=synq.documented())
    answered = answered.unless("header-combinations", plain)
    answered.must_be_refused(why=f"Connection: {connection} only tells proxies what not to hand on")


@rule("identity-token-only")
@pytest.mark.parametrize("part", ["id", "subject", "signature", "tenant"])
def test_what_the_token_is_known_by_is_no_credential(synq: TargetApi, part: str) -> None:
    """An identifier of the token, or a part of it, is not the token."""
    must_not_be_let_in_by(synq, [synq.request(token=text) for text in identifiers_of_token(synq, part)])


@rule("identity-token-only")
@pytest.mark.parametrize("kind", ["tokens", "texts"])
def test_what_signing_in_brings_besides_is_no_credential(synq: TargetApi, kind: str) -> None:
    """A refresh token, and whatever else the answer to a sign-in holds, is not the token."""
    must_not_be_let_in_by(synq, [synq.request(token=text) for text in texts_of_sign_in(synq, kind)])


@rule("identity-token-only")
def test_a_cookie_of_the_sign_in_is_no_credential(synq: TargetApi) -> None:
    """A request without Authorization is refused, whatever cookies the sign-in set."""
    cookies = cookies_of_sign_in(synq)
    must_not_be_let_in_by(synq, [synq.request(authorization=None, headers=(("Cookie", one),)) for one in cookies])


@rule("surroundings")
def test_no_surroundings_exempt_a_request(synq: TargetApi, neighbour: Foreign | None, surrounding: Surrounding) -> None:
    """The three headers are needed, no matter who seems to ask and for what kind of answer."""
    attempts = attempts_with(synq, surrounding_fields(synq, surrounding))
    must_all_open_nothing(
        synq, attempts, neighbour, why=f"the headers are wrong ({surrounding.name}: {surrounding.why})"
    )


@rule("surroundings")
@needs("socket")
@pytest.mark.parametrize("wrong", ["no-authorization", "bad-token"])
def test_a_request_that_says_nothing_of_its_sender_is_not_exempt(synq: TargetApi, wrong: str) -> None:
    """Neither User-Agent nor Accept: load balancers check health like this, and so can any caller."""
    plain = synq.request(authorization=None) if wrong == "no-authorization" else synq.request(token="not-a-token")  # noqa: S106 - wrong on purpose
    octets = head("GET", plain.target, (("Host", synq.authority), *synq.target.fields.items(), *plain.headers))
    answered = synq.send_raw(RawRequest((octets,), plain)).unless("authorization-missing", plain)
    answered.must_open_nothing(why="there is no good token, no matter who asks")


@rule("unauthorized-for-browsers")
@pytest.mark.parametrize("authorization", [None, "Bearer not-a-token"], ids=["no-authorization", "not-a-token"])
@pytest.mark.parametrize("browser", BROWSERS)
def test_a_browser_is_told_401(synq: TargetApi, browser: str, authorization: str | None) -> None:
    """No redirect, and no page: a client that is sent elsewhere does not know that its token is over."""
    plain = synq.request(authorization=authorization)
    must_be_told(synq, plain.having(*BROWSERS[browser]), plain)
