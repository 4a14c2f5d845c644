"""What a run leaves behind on its target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.contract.rules import load_contract
from conformance.selftest.commands import synq_conformance

MOST_WRITES = 24
"""The contract asks about writes in a few cases; every other case has to do without."""
OF_OPERATIONS = {rule.id for rule in load_contract().rules if rule.section.key == "operations"}
PRODUCTS = "/api/v1/pim/products"


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every exchange of a run on the embedded Synq."""
    folder = tmp_path_factory.mktemp("run")
    synq_conformance("server", "--mock", folder=folder)
    lines = (folder / "reports" / "exchanges.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _answered(exchanges: list[dict[str, Any]], method: str, status: int) -> Iterator[dict[str, Any]]:
    for one in exchanges:
        if (one["request"]["method"], (one["response"] or {}).get("status")) == (method, status):
            yield one


def test_a_run_writes_a_few_times_at_most(exchanges: list[dict[str, Any]]) -> None:
    """A target's shelves are not filled by controls, nor by generated courses."""
    written = [
        f"{one['rule']}: {one['case']} ({one['part']})"
        for one in _answered(exchanges, "POST", 201)
        if one["rule"] not in OF_OPERATIONS
    ]
    assert 1 <= len(written) <= MOST_WRITES, written


def test_what_the_rules_on_operations_created_is_deleted_again(exchanges: list[dict[str, Any]]) -> None:
    """By whichever operation it came to be, and in whose scope."""
    created = {
        product["id"]
        for one in _answered(exchanges, "POST", 201)
        if one["rule"] in OF_OPERATIONS and not one["request"]["target"].endswith("/notes")
        for body in [json.loads(one["response"]["body"])]
        for product in body.get("items", [body])
    }
    deleted = {one["request"]["target"].rpartition("/")[2] for one in _answered(exchanges, "DELETE", 204)}
    assert len(created) > 50
    assert created - deleted == set()
