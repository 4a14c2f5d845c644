"""Objects that all tenants share: each may read them, and they are nobody's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.evidence.judge import NotAssessed
from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Steps
from conformance.mock.resources import as_json
from conformance.mock.variants import OF_THE_HOUSE, VARIANTS
from conformance.openapi.operation import Operation
from conformance.selftest.test_server_freedom import doing
from conformance.server.harness.objects import foreign_object
from conformance.server.harness.operations import DocumentedOperations
from conformance.server.harness.target_api import TargetApi


def reading_a_product(synq: TargetApi) -> Operation:
    """GET of a product by its id."""
    return next(one for one in synq.target.operations if one.label == "GET /api/v1/pim/products/{product_id}")


def test_what_the_other_tenant_has_alone_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands first in its list stands in the caller's own as well."""
    with doing(VARIANTS["shared-products"].vary, monkeypatch) as synq:
        operations = DocumentedOperations(synq)
        with foreign_object(operations, reading_a_product(synq)) as thing:
            assert thing.site.values[-1] not in OF_THE_HOUSE
            assert not synq.step(synq.request("GET", thing.site.object)).accepted


def listing_what_is_shared(steps: Steps) -> Steps:
    """A list holds products of the house alone."""

    def list_products(_call: Call, _caller: Caller) -> Response:
        return as_json(200, {"items": list(OF_THE_HOUSE.values())})

    return replace(VARIANTS["shared-products"].vary(steps), list_products=list_products)


def test_what_all_share_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """That it is given out is no breach, and no proof that another's would be refused."""
    with doing(listing_what_is_shared, monkeypatch) as synq:
        thing = foreign_object(DocumentedOperations(synq), reading_a_product(synq))
        with pytest.raises(NotAssessed, match="stands in the caller's own list as well"):
            thing.__enter__()
