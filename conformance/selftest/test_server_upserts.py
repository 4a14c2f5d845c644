"""A PUT that creates what is not there: under another tenant's id it creates the caller's own, or it overwrites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.evidence.judge import Inapplicable, Violation
from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Steps
from conformance.mock.resources import as_json, json_body, name_in
from conformance.mock.variants import VARIANTS
from conformance.mock.world import Product
from conformance.openapi.operation import Operation
from conformance.selftest.test_server_freedom import doing
from conformance.server import test_operations
from conformance.server.harness.objects import NO_UUID, like_no_other
from conformance.server.harness.operations import DocumentedOperations
from conformance.server.harness.target_api import TargetApi

upserting = VARIANTS["upserted-products"].vary


def putting_a_product(synq: TargetApi) -> Operation:
    """PUT of a product under its id."""
    return next(one for one in synq.target.operations if one.label == "PUT /api/v1/pim/products/{product_id}")


def test_what_is_created_under_another_s_id_is_the_caller_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tenant's object is as it was, and nothing of it is said."""
    with doing(upserting, monkeypatch) as synq:
        test_operations.test_no_method_opens_a_foreign_object(DocumentedOperations(synq), putting_a_product(synq))


def saying_nothing(steps: Steps) -> Steps:
    """What is created is not shown."""

    def replace_product(call: Call, caller: Caller, product_id: str) -> Response:
        upserting(steps).replace_product(call, caller, product_id)
        return Response(204)

    return replace(upserting(steps), replace_product=replace_product)


@pytest.mark.parametrize("bend", [upserting, saying_nothing], ids=["shown", "not-shown"])
def test_what_is_created_is_deleted_again(
    bend: Callable[[Steps], Steps], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the other tenant's id, and under the one that stands for nothing."""
    with doing(bend, monkeypatch) as synq:
        before = synq.step(synq.request()).body
        test_operations.test_no_method_opens_a_foreign_object(DocumentedOperations(synq), putting_a_product(synq))
        assert synq.step(synq.request()).body == before


def test_it_is_no_operation_on_the_other_tenant_s_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """That rule has nothing to ask then."""
    with doing(upserting, monkeypatch) as synq, pytest.raises(Inapplicable, match="creates the caller's own"):
        test_operations.test_no_operation_takes_what_belongs_to_others(
            DocumentedOperations(synq), putting_a_product(synq), "other-tenant"
        )


def in_one_table(steps: Steps) -> Steps:
    """A PUT looks for the id alone, and creates what it does not find."""

    def replace_product(call: Call, caller: Caller, product_id: str) -> Response:
        product = Product(product_id, name_in(json_body(call)), f"PUT-{product_id}")
        owners = [own for own in call.synq.products.values() if product_id in own]
        (owners or [call.synq.products[caller.org_id]])[0][product_id] = product
        return as_json(201, product.members())

    return replace(steps, replace_product=replace_product)


def showing_what_was_there(steps: Steps) -> Steps:
    """A PUT is answered with what stood under the id before, with any tenant."""

    def replace_product(call: Call, caller: Caller, product_id: str) -> Response:
        before = [own[product_id].members() for own in call.synq.products.values() if product_id in own]
        upserting(steps).replace_product(call, caller, product_id)
        return as_json(201, {"id": product_id, "before": before})

    return replace(upserting(steps), replace_product=replace_product)


@pytest.mark.parametrize("bend", [in_one_table, showing_what_was_there])
def test_another_s_object_that_is_overwritten_or_shown_is_found(
    bend: Callable[[Steps], Steps], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although an id that stands for nothing is taken as well."""
    with doing(bend, monkeypatch) as synq, pytest.raises(Violation):
        test_operations.test_no_method_opens_a_foreign_object(DocumentedOperations(synq), putting_a_product(synq))


@pytest.mark.parametrize(
    ("value", "other"),
    [
        pytest.param("0b8f6a5e-3c1d-4e2f-8a9b-0c1d2e3f4a5b", NO_UUID, id="uuid"),
        pytest.param("prd_0000000101", "prd_9999999999999", id="numbered"),
        pytest.param("tent", "tent-none", id="word"),
    ],
)
def test_an_id_of_nothing_is_of_the_same_kind(value: str, other: str) -> None:
    """So that it is looked for, and not refused for its form."""
    assert like_no_other(value) == other
