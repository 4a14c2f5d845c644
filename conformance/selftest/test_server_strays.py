"""What of others stands in the caller's own list, and what only looks like it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.config.profile import Target, from_mapping
from conformance.mock.describe import describe
from conformance.mock.state import create
from conformance.server.harness.strays import stray_in


@pytest.mark.parametrize(
    ("foreign_id", "body", "found"),
    [
        ("p-9", [{"id": "p-1"}, {"id": "p-9"}], "the resource p-9 of another organization"),
        ("9", {"items": [{"id": 1}, {"id": 9}]}, "the resource 9 of another organization"),
        ("a b", {"_embedded": {"products": [{"uuid": "a b"}]}}, "the resource a b of another organization"),
        ("p-9", {"items": [{"id": "p-1", "tenantId": "globex"}]}, "an object of the tenant globex"),
        ("9", {"items": [{"id": 1, "category": {"id": 9}, "tags": [{"id": 9}]}]}, None),
        ("9", {"items": [{"id": 1}], "categories": [{"id": 9}]}, None),
        ("p-9", {"items": [{"id": "p-1", "maker": {"tenant_id": "globex"}}]}, None),
        ("p-9", {"items": [{"id": "p-10"}, "p-9", None]}, None),
    ],
    ids=[
        "item", "numbered-item", "deeper-list-and-encoded-id", "item-of-the-other-tenant", "within-an-item",
        "another-list-of-numbers", "tenant-within-an-item", "other-ids",
    ],
)  # fmt: skip
def test_an_item_of_others_is_told_from_what_looks_like_it(foreign_id: str, body: object, found: str | None) -> None:
    """By the item's own id and tenant alone."""
    target = _knowing(foreign_id.replace(" ", "%20"))
    assert stray_in(target, json.dumps(body).encode()) == found


def test_a_resource_elsewhere_is_not_looked_for() -> None:
    """What does not lie below the list has an id of another kind."""
    target = _knowing("7", below="/api/v1/orders")
    assert stray_in(target, b'[{"id": 7}]') is None


def _knowing(foreign_id: str, below: str | None = None) -> Target:
    target = from_mapping(describe(create(), "https://synq.example"), "profile.toml")
    probe = replace(target.probe, foreign_resource=f"{below or target.probe.read}/{foreign_id}")
    return replace(target, probe=probe, scope=replace(target.scope, other_tenant_id="globex"))
