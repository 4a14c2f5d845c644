"""What tells another tenant's answer from one's own: nothing that may be said of one's own objects as well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.server.harness.new_connection import REMEMBERED, sent_over_a_new_one_if_refused
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


class Remembering:
    """A connection on which every request is refused, and that is good once it is opened anew."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.closed = list(answers), 0

    def send(self, request: Request) -> Exchange:
        return Exchange(request, Response(self.answers.pop(0), (), b""), None, "", 0.0, 0.0)

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("answers", "status", "closed", "noted"),
    [
        pytest.param((200,), 200, 0, False, id="accepted"),
        pytest.param((401, 200), 200, 1, True, id="refused-for-what-the-connection-brought"),
        pytest.param((401, 401), 401, 1, False, id="refused"),
        pytest.param((500, 200), 500, 0, False, id="broken"),
    ],
)
def test_a_refused_control_is_sent_over_a_new_connection(
    answers: tuple[int, ...], status: int, closed: int, noted: bool
) -> None:
    """On Jetty a good token is taken for the bad one before it, if they differ in case alone and share a connection."""
    transport, recorder = Remembering(*answers), Recorder(None)
    exchange = sent_over_a_new_one_if_refused(transport, Request("GET", "/"), recorder)
    assert (exchange.status, transport.closed, recorder.notes == [REMEMBERED]) == (status, closed, noted)
