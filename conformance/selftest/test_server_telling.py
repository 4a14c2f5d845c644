"""What tells another tenant's answer from one's own: nothing that may be said of one's own objects as well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.config.profile import Scope
from conformance.http.message import Field, Request
from conformance.selftest.test_server_freedom import doing
from conformance.selftest.test_server_marked_writes import composed
from conformance.server.harness.mistaken import may_be_mistaken
from conformance.server.harness.resource import resource
from conformance.server.harness.telling import telling

SETTLED = {"state": "published", "price": "19.90", "since": "2025-02-03"}
OURS = [{"id": "p-101", "name": "Aurora Tent", **SETTLED}, {"id": "p-102", "name": "Fjord Kettle", **SETTLED}]
THEIRS = [{"id": "p-201", "name": "Cedar Canoe", "state": "draft", "price": "24.00", "since": "2026-12-01T10:00:00Z"}]


def told_by(theirs: Any, ours: Any = OURS) -> frozenset[str]:  # noqa: ANN401 - any JSON
    """What tells these two answers apart, of a tenant with this id."""
    return telling(json.dumps({"items": theirs}).encode(), json.dumps({"items": ours}).encode(), ("cascade",))


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        pytest.param(THEIRS, {"p-201", "Cedar Canoe"}, id="no-state-price-or-date"),
        pytest.param([{"id": "10020", "count": "7777"}], {"10020"}, id="an-id-of-digits"),
        pytest.param([{"id": 201, "name": "Canoe", "tenant": "cascade"}], {"cascade"}, id="the-tenant-s-id"),
        pytest.param([{"id": 201, "name": "Canoe", "since": "2026-12-01"}], {"Canoe"}, id="a-word-if-nothing-else"),
        pytest.param([{"id": 201, "since": "2026-12-01"}], set(), id="a-day-alone-is-nothing"),
        pytest.param(
            [{"id": 1, "name": "Red Canoe", "kind": "On sale"}, {"id": 2, "name": "Oar, long", "kind": "On sale"}],
            {"Red Canoe", "Oar, long"},
            id="nothing-that-two-objects-say",
        ),
        pytest.param([{"id": 1, "kind": "On sale"}, {"id": 2, "kind": "On sale"}], {"On sale"}, id="unless-it-is-all"),
        pytest.param([{"id": "p-101", "name": "Aurora Tent"}], set(), id="nothing-of-one-s-own"),
        pytest.param([{"name": "Cedar Canoe", "tags": ["draft", "on sale"]}], {"Cedar Canoe", "on sale"}, id="tags"),
    ],
)
def test_what_may_be_said_of_others_tells_nothing(theirs: Any, told: set[str]) -> None:  # noqa: ANN401 - any JSON
    """A run creates objects of its own, which may have the state and the day that only others' had before."""
    assert told_by(theirs) == told


def test_a_resource_is_known_by_no_date() -> None:
    """Unless it has nothing else to be known by."""
    items = [{"sku": "BO-0001", "since": "2026-12-01"}, {"sku": "BO-0002", "since": "2026-11-30"}]
    assert {marker for marker, _ in resource(json.dumps(items).encode()).markers} == {"BO-0001", "BO-0002"}
    days = [{"since": "2026-12-01"}, {"since": "2026-11-30"}]
    assert {marker for marker, _ in resource(json.dumps(days).encode()).markers} == {"2026-12-01", "2026-11-30"}


@pytest.mark.parametrize(
    ("changed", "mistaken"),
    [
        pytest.param(("Authorization", "Bearer aBc"), False, id="the-good-one"),
        pytest.param(("Authorization", "Bearer aBC"), True, id="token"),
        pytest.param(("authorization", "bearer aBc"), True, id="scheme"),
        pytest.param(("X-Tenant-ID", "ACME"), True, id="tenant"),
        pytest.param(("Authorization", "Bearer aBcd"), False, id="another-token"),
        pytest.param(("X-Other", "ACME-EU"), False, id="another-field"),
    ],
)
def test_a_field_may_be_mistaken_for_the_good_one_of_its_connection(changed: Field, mistaken: bool) -> None:
    """Jetty keeps the fields of a connection, and compares them without regard to case."""
    good = Request("GET", "/", (("Authorization", "Bearer aBc"), ("X-Tenant-ID", "acme"), ("X-Org-ID", "acme-eu")))
    request = good.without(changed[0]).having(changed)
    assert may_be_mistaken(request, {"other", "aBc"}, Scope("acme", "acme-eu")) is mistaken


@pytest.mark.parametrize(("token", "closed"), [("swapped", 1), ("other", 0)])
def test_what_may_be_mistaken_is_the_last_of_its_connection(
    token: str, closed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good request that follows it would be refused for it."""
    with doing(composed(), monkeypatch) as synq:
        closings: list[None] = []
        monkeypatch.setattr(synq._transport, "close", lambda: closings.append(None))
        synq.get(token=synq.credentials.valid().swapcase() if token == "swapped" else "no.token.this")
        assert len(closings) == closed
