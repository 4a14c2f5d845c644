"""Targets that take no write twice: what a refused write did is found all the same, or the rule is left open."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from conformance.config.profile import Probe, Scope, Target, Write
from conformance.evidence.judge import Unmet, Violation
from conformance.http.message import Response
from conformance.mock import world
from conformance.mock.call import Call, Caller, Refused, Steps
from conformance.mock.faults.bending import ANYBODY
from conformance.mock.resources import json_body, name_in
from conformance.mock.variants import VARIANTS
from conformance.selftest.test_server_freedom import doing
from conformance.server import test_scope, test_sharing
from conformance.server.harness.foreign import foreign_of, other_tenant_of
from conformance.server.harness.marking import WriteMarks
from conformance.server.harness.repeats import keyed_write
from conformance.server.harness.shelf import NeighboursShelf, Shelf

LONGEST_NAME = len("probe 01234567")
Bend = Callable[[Steps], Steps]
unique = VARIANTS["unique-names"].vary
respelled = VARIANTS["respelled-names"].vary


def of_short_names(steps: Steps) -> Steps:
    """A name has no room for a mark behind it."""

    def create_product(call: Call, caller: Caller) -> Response:
        if len(name_in(json_body(call))) > LONGEST_NAME:
            raise Refused(422, "A product's name is short.")
        return steps.create_product(call, caller)

    return replace(steps, create_product=create_product)


def writing_although_refused(steps: Steps) -> Steps:
    """A write that is refused for its token is done all the same."""

    def refuse(call: Call, refused: Refused) -> Response:
        if refused.status == 401 and call.request.method == "POST":
            with suppress(Refused):
                call.steps.create_product(call, ANYBODY)
        return steps.refuse(call, refused)

    return replace(steps, refuse=refuse)


def believing_a_role_in_the_body(steps: Steps) -> Steps:
    """Who says in the body that he is an administrator may write."""

    def check_role(call: Call, caller: Caller, allowed: frozenset[str]) -> None:
        if b'"admin"' not in call.request.body:
            steps.check_role(call, caller, allowed)

    return replace(steps, check_role=check_role)


def composed(*bends: Bend) -> Bend:
    """All of them, the first one innermost."""

    def bend(steps: Steps) -> Steps:
        for one in bends:
            steps = one(steps)
        return steps

    return bend


@pytest.mark.parametrize(
    "bends",
    [
        pytest.param((writing_although_refused,), id="plain"),
        pytest.param((unique, writing_although_refused), id="no-name-twice"),
        pytest.param((of_short_names, writing_although_refused), id="no-room-for-a-mark"),
        pytest.param((respelled, writing_although_refused), id="names-in-capitals"),
    ],
)
def test_a_write_that_took_effect_is_found(bends: tuple[Bend, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Although the same write was made before, and a second one of its kind would be refused."""
    with doing(composed(*bends), monkeypatch) as synq:
        shelf = Shelf(synq)
        with pytest.raises(Violation, match="took effect"):
            test_scope.test_a_write_without_the_right_credentials_leaves_nothing_behind(
                synq, shelf, "no-authorization"
            )


def writing_into_both_tenants(steps: Steps) -> Steps:
    """What is created shows in the other tenant's list as well."""

    def create_product(call: Call, caller: Caller) -> Response:
        steps.create_product(call, replace(caller, org_id=world.OTHER_TENANT_ORG))
        return steps.create_product(call, caller)

    return replace(steps, create_product=create_product)


@pytest.mark.parametrize("bends", [(), (respelled,)], ids=["plain", "names-in-capitals"])
def test_a_write_that_shows_in_another_tenant_s_list_is_found(
    bends: tuple[Bend, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in other letters than it was sent in."""
    with (
        doing(composed(*bends, writing_into_both_tenants), monkeypatch) as synq,
        pytest.raises(Violation, match="shows in another tenant's list"),
    ):
        NeighboursShelf(synq, other_tenant_of(synq)).must_not_show_what_is_written()


def of_idempotency_keys(steps: Steps) -> Steps:
    """The answer to a write is given again to every caller who sends its key."""
    kept: dict[str, Response] = {}

    def create_product(call: Call, caller: Caller) -> Response:
        key = "".join(call.request.values("Idempotency-Key"))
        answer = kept.get(key) or steps.create_product(call, caller)
        if key:
            kept[key] = answer
        return answer

    return replace(steps, create_product=create_product)


@pytest.mark.parametrize("bends", [(), (unique,), (respelled,)], ids=["plain", "no-name-twice", "names-in-capitals"])
def test_an_answer_that_is_repeated_for_another_tenant_is_found(
    bends: tuple[Bend, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other tenant's own write says is not taken for it."""
    with (
        doing(composed(*bends, of_idempotency_keys), monkeypatch) as synq,
        pytest.raises(Violation, match="was repeated"),
    ):
        test_sharing.test_a_key_repeats_nothing_for_others(synq, foreign_of(synq), "by-the-other-tenant")


@pytest.mark.parametrize("bends", [(), (unique,)], ids=["plain", "no-name-twice"])
def test_a_role_that_is_believed_is_found(bends: tuple[Bend, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A conflict with an earlier write is no refusal of the role."""
    with doing(composed(*bends, believing_a_role_in_the_body), monkeypatch) as synq:
        synq.write()
        with pytest.raises(Violation, match="answered 201"):
            test_scope.test_a_role_that_a_viewer_claims_is_none(synq, "in-the-body")


def test_what_can_be_written_once_only_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no text of the write may vary, and the same write is refused the second time, the rule is left open."""
    with (
        doing(composed(unique, of_short_names), monkeypatch) as synq,
        pytest.raises(Unmet, match="is refused the second time"),
    ):
        Shelf(synq)


def test_every_process_of_a_run_finds_its_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one's write is not in the second one's way."""
    with doing(unique, monkeypatch) as synq:
        for _ in range(2):
            shelf = Shelf(synq)
            test_scope.test_a_write_without_the_right_credentials_leaves_nothing_behind(
                synq, shelf, "no-authorization"
            )


def test_a_write_under_a_key_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before does not keep it from being judged."""
    with doing(unique, monkeypatch) as synq:
        synq.write()
        first, second = keyed_write(synq), keyed_write(synq)
    assert first.told.isdisjoint(second.told)


def of_location_alone(steps: Steps) -> Steps:
    """A write is answered with the path of what it created, and no body."""

    def create_product(call: Call, caller: Caller) -> Response:
        created = steps.create_product(call, caller)
        return Response(201, tuple(field for field in created.headers if field[0] == "Location"), b"")

    return replace(steps, create_product=create_product)


def test_a_write_is_told_by_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer with nothing but Location says which write it is of (RFC 9110 §15.3.2)."""
    with doing(of_location_alone, monkeypatch) as synq:
        told = keyed_write(synq).told
    assert [one for one in told if one.startswith("/api/v1/pim/products/prd_")]


@pytest.mark.parametrize("run_id", ["0123abcd", ""], ids=["with-the-run-s-id", "without"])
def test_a_mark_stands_where_the_run_s_id_does(run_id: str) -> None:
    """Else in the longest text; what is no text stays as it is."""
    sent = {"name": "probe 0123abcd", "sort": 7, "tags": ["of 0123abcd"], "text": "A longer description"}
    target = Target("Synq", "http://127.0.0.1", Scope("t", "o"), probe=Probe(write=Write(json=sent)), run_id=run_id)
    mark = WriteMarks(target, lambda _mark: True).new()
    assert mark is not None
    marked = mark.on(sent)
    at = {name for name, value in marked.items() if mark.own in json.dumps(value)}
    assert at == ({"name", "tags"} if run_id else {"text"})
    assert marked["sort"] == 7


def refusing_all_writes(status: int) -> Bend:
    """No product is created: something else than the credentials stands in its way."""

    def bend(steps: Steps) -> Steps:
        def create_product(_call: Call, _caller: Caller) -> Response:
            raise Refused(status, "Not like this.")

        return replace(steps, create_product=create_product)

    return bend


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        pytest.param(400, "mend probe.write in the profile: a permitted write was answered 400", id="not-taken"),
        pytest.param(409, "write {run_id} into a text of probe.write.json in the profile: .* 409", id="name-taken"),
    ],
)
def test_a_profile_s_write_that_is_refused_is_named_as_the_cause(
    status: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That nothing shows in the list says nothing of the list then."""
    with doing(refusing_all_writes(status), monkeypatch) as synq:
        with pytest.raises(Unmet, match=advice):
            Shelf(synq)
        with pytest.raises(Unmet, match=advice):
            NeighboursShelf(synq, other_tenant_of(synq)).must_not_show_what_is_written()
