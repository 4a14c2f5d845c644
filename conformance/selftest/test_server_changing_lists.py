"""Lists that change by themselves: what else is in an answer is told by the ids, if these stay what they are."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.evidence.judge import NotAssessed
from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Steps
from conformance.mock.resources import as_json
from conformance.selftest.test_server_freedom import doing
from conformance.server.harness.openings import OwnList
from conformance.server.harness.target_api import TargetApi

Item = dict[str, Any]
STRANGER = {"id": "prd_0000009999", "name": "Paraffin lamp of the neighbours", "sku": "NB-1"}


def new_each_time(*names: str) -> Callable[[Steps], Steps]:
    """These members of an item are new in each answer; a query brings an item more."""

    def shown(item: Item) -> Item:
        return item | {name: secrets.token_hex(8) for name in names}

    def bend(steps: Steps) -> Steps:
        def list_products(call: Call, caller: Caller) -> Response:
            items = json.loads(steps.list_products(call, caller).body)["items"]
            more = [STRANGER] if "?" in call.request.target else []
            return as_json(200, {"items": [shown(item) for item in [*items, *more]]})

        return replace(steps, list_products=list_products)

    return bend


def strangers(synq: TargetApi) -> list[str]:
    """What the list with a query has that the plain one has not."""
    own = OwnList(synq)
    return own.strangers(synq.step(synq.request("GET", f"{synq.target.probe.read}?all=1")))


def test_by_its_id_a_stranger_is_told_from_what_has_a_new_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the one item whose id the plain list never shows."""
    with doing(new_each_time("link"), monkeypatch) as synq:
        assert [json.loads(one)["id"] for one in strangers(synq)] == [STRANGER["id"]]


def test_ids_that_are_new_each_time_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where they are enciphered anew for each answer: one's own items are no strangers because of it."""
    with doing(new_each_time("id"), monkeypatch) as synq, pytest.raises(NotAssessed, match="changes by itself"):
        strangers(synq)
