"""Ids that each tenant counts for itself: the path of another tenant's object leads the caller to one of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.evidence.judge import Inapplicable
from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Steps
from conformance.mock.resources import as_json
from conformance.mock.variants import VARIANTS
from conformance.openapi.operation import Operation
from conformance.selftest.test_server_freedom import doing
from conformance.server.harness.objects import foreign_object
from conformance.server.harness.operations import DocumentedOperations
from conformance.server.harness.target_api import TargetApi

PRODUCT = "/api/v1/pim/products/{product_id}"


def on_a_product(synq: TargetApi) -> Iterator[Operation]:
    """The operations whose path names a product by its id."""
    return (one for one in synq.target.operations if one.path == PRODUCT)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_one_s_own_object_of_the_same_number_is_left_alone(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no other tenant's, and what a method does to it would be done to the caller's own data."""
    with doing(VARIANTS["numbered-products"].vary, monkeypatch) as synq:
        for _ in range(2):
            synq.write()
        operation = next(one for one in on_a_product(synq) if one.method == method)
        thing = foreign_object(DocumentedOperations(synq), operation)
        with pytest.raises(Inapplicable, match="is an object of the caller's own as well"):
            thing.__enter__()


def showing_the_name_to_all(steps: Steps) -> Steps:
    """Of another tenant's product the name is given out, with a note in place of what else it has."""

    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        for org, own in call.synq.products.items():
            if product_id in own and org != caller.org_id:
                return as_json(200, {"name": own[product_id].name, "sku": "not for you", "state": "hidden"})
        return steps.read_product(call, caller, product_id)

    return replace(steps, read_product=read_product)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_tenant_s_object_that_is_shown_in_part_is_asked_for(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it is shown is what the rule is about: it is no object of the caller's own."""
    with doing(showing_the_name_to_all, monkeypatch) as synq:
        operations = DocumentedOperations(synq)
        operation = next(one for one in on_a_product(synq) if one.method == method)
        with foreign_object(operations, operation) as thing:
            shown = synq.step(synq.request("GET", thing.site.object)).response
            assert shown is not None
            assert json.loads(shown.body)["sku"] == "not for you"
