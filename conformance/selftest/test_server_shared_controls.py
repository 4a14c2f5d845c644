"""A control between two refusals serves both, if nothing else lies between: CONTRACT, "just before or after"."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.judge import Expectation, NotAssessed, Violation
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.mock.clock import Clock
from conformance.selftest.commands import synq_conformance
from conformance.selftest.test_server_controls import Answer, Script, synq
from conformance.server.harness.controls import MOST_REGAINS
from conformance.server.harness.target_api import TargetApi

WHY = "there is no Authorization"
LONG_AGO_S = 3_600.0


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.server.harness.controls.time.sleep", lambda _seconds: None)


def refused(made: TargetApi, **changes: Any) -> None:  # noqa: ANN401 - the parameters of `request`
    """A case: a request without credentials is refused."""
    made.begin()
    made.get(**{"authorization": None} | changes).must_be(401, 403, why=WHY)


def controls(script: Script) -> list[bool]:
    """Of each request that was sent, whether it was the documented one."""
    return [request.values("Authorization") == ("Bearer a-token",) for request in script.asked]


def test_a_control_between_two_refusals_serves_both() -> None:
    """Refused, control, refused; the third refusal gets a control of its own again."""
    made, script = synq(401, 200, 401, 401, 200)
    refused(made)
    refused(made)
    assert controls(script) == [False, True, False]
    refused(made)
    assert controls(script) == [False, True, False, False, True]


def _a_step(made: TargetApi) -> None:
    made.step(made.documented())


@pytest.mark.parametrize(
    ("between", "changes"),
    [
        pytest.param(_a_step, {}, id="a-request-lay-between"),
        pytest.param(None, {"path": "/elsewhere"}, id="the-control-is-another-request"),
        pytest.param(None, {"authorization": "Bearer a\x00b"}, id="the-target-may-have-died-of-it"),
    ],
)
def test_a_control_follows_if(between: Callable[[TargetApi], None] | None, changes: dict[str, Any]) -> None:
    """Anything is not as it was when the control before was accepted."""
    made, script = synq(401, 200, *([200] if between else []), 401, 200)
    refused(made)
    if between is not None:
        between(made)
    refused(made, **changes)
    assert controls(script)[-1]


@pytest.mark.parametrize("status", [200, 404, 500, 429], ids=["accepted", "wrong", "broken", "rate-limited"])
def test_a_control_follows_an_answer_that_is_no_right_refusal(status: Answer) -> None:
    """What is held against a target has a control of its own, and so has what can not be judged."""
    made, script = synq(401, 200, status, 200)
    refused(made)
    with pytest.raises((Violation, NotAssessed)):
        refused(made)
    assert controls(script)[:4] == [False, True, False, True]


def test_a_control_follows_a_server_error_that_is_right() -> None:
    """The target may be down, and then nothing that it answers is a refusal."""
    made, script = synq(401, 200, 500, 200)
    refused(made)
    made.begin()
    made.get(authorization=None).must(Expectation(frozenset({500}), WHY))
    assert controls(script) == [False, True, False, True]


def test_a_control_of_long_ago_serves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token may have ended since."""
    made, script = synq(401, 200, 401, 200)
    refused(made)
    send = script.send
    monkeypatch.setattr(script, "send", lambda request: replace(send(request), started=LONG_AGO_S))
    refused(made)
    assert controls(script) == [False, True, False, True]


def test_a_control_from_before_the_clock_was_moved_serves_nothing() -> None:
    """It was accepted at another time."""
    clock = Clock(time.time)
    made, script = synq(401, 200, 401, 200, clock=clock)
    refused(made)
    clock.advance(3_601)
    refused(made)
    assert controls(script) == [False, True, False, True]


def test_a_target_that_goes_by_turns_is_not_believed() -> None:
    """It accepts two of five requests, whatever they hold: the run ends, and says what to look at."""
    turns = cycle([200, 401, 401, 200, 401])
    made, _ = synq(*islice(turns, 10_000))
    for _ in range(100 * MOST_REGAINS):
        try:
            refused(made)
        except (NotAssessed, Violation):
            if made.gate.cause is not None:
                break
    assert "refused 13 times during the run and accepted again a moment later" in str(made.gate.cause)
    assert "whether all instances behind this address know the same keys" in str(made.gate.cause)


def test_a_target_that_bans_now_and_then_is_judged_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in a hundred good requests is refused: oftener than twelve times, and what is judged is judged again."""
    made, script = synq(200)
    send, good_ones = script.send, count(1)

    def banning(request: Request) -> Exchange:
        good = request.values("Authorization") == ("Bearer a-token",)
        script.answers = [401 if not good else 403 if next(good_ones) % 100 == 0 else 200]
        return send(request)

    monkeypatch.setattr(script, "send", banning)
    for _ in range(250 * MOST_REGAINS):
        with suppress(NotAssessed):
            refused(made)
    assert (made.gate.cause, made.controls.wavered[403] > MOST_REGAINS) == (None, True)


def _rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "exchanges.jsonl").read_text("utf-8").splitlines()]


def _status(row: dict[str, Any]) -> int:
    return int((row["response"] or {}).get("status", 0))


def _beside(rows: Sequence[dict[str, Any]], place: int, way: int) -> bool:
    """Whether an accepted control is next to this row, steps of its own case aside."""
    case = rows[place]["case"]
    while 0 <= (place := place + way) < len(rows):
        row = rows[place]
        if row["part"] == "control":
            return 200 <= _status(row) < 300
        if row["part"] != "step" or row["case"] != case:
            return False
    return False


def test_every_lone_refusal_of_a_run_stands_beside_an_accepted_control(tmp_path: Path) -> None:
    """The record of a whole run shows it: just before, or just after, with nothing of another case between."""
    ended = synq_conformance("server", "--embedded", "--depth", "quick", "--report-dir", "report", folder=tmp_path)
    assert ended.code == 0, ended.err
    rows = _rows(tmp_path / "report")
    subjects: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row["part"] == "subject":
            subjects[row["rule"], row["case"]].append(place)
    lone = [places[0] for places in subjects.values() if len(places) == 1 and 400 <= _status(rows[places[0]]) < 500]
    before, after = ({place for place in lone if _beside(rows, place, way)} for way in (-1, 1))
    assert [rows[place]["case"] for place in lone if place not in before | after] == []
    assert len(before - after) > len(lone) / 5, "hardly a control was shared"
