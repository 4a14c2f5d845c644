"""What a load run takes for a wrong answer, and what it makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.http.message import Response
from conformance.load.answers import Ask, CallerToken, Strangers, altered, crossed, is_judged, problem_with, request_of
from conformance.load.outcome import LoadOutcome, read_outcome, write_outcome
from conformance.selftest.commands import synq_conformance

HELD = CallerToken("aaaa.bbbb.cccccccc", "tnt_1", "org_1", 1_000.0)
STRANGERS = Strangers("tnt_2", "org_2")
RIGHT = {
    Ask.DOCUMENTED: 200,
    Ask.NEW_TOKEN: 200,
    Ask.NO_TOKEN: 401,
    Ask.ALTERED_TOKEN: 401,
    Ask.OTHER_TENANT: 403,
    Ask.OTHER_ORG: 403,
}
SAID = {"unjudged": "not judged: 503", "wrong": "answered 500, right is 2xx"}
LATENCIES = {"0.5": 3.0, "0.95": 9.0, "0.99": 12.0, "1.0": 40.0}


@pytest.mark.parametrize("status", [200, 401, 403, 500])
@pytest.mark.parametrize("ask", Ask)
def test_one_answer_is_right(ask: Ask, status: int) -> None:
    """The oracle's, to each kind of request."""
    request = request_of(ask, "/api/v1/pim/products", HELD, STRANGERS)
    problem = problem_with(request, Response(status), HELD, now=500.0)
    assert (problem is None) == (status == RIGHT[ask]), problem


def test_after_its_end_a_token_is_refused() -> None:
    """So a caller whose token is over is not told that the server is wrong."""
    request = request_of(Ask.DOCUMENTED, "/api/v1/pim/products", HELD, STRANGERS)
    assert problem_with(request, Response(401), HELD, now=2_000.0) is None


@pytest.mark.parametrize("token", ["aaaa.bbbb.cccc", "aaaa.bbbb.AAAA", "opaque-token"])
def test_an_altered_token_is_another(token: str) -> None:
    """By one character, which is not its last."""
    other = altered(token)
    assert sum(one != two for one, two in zip(token, other, strict=True)) == 1
    assert other[-1] == token[-1]


@pytest.mark.parametrize(
    ("body", "found"), [(b"own", False), (b"theirs", True), (b"new", False)], ids=["own", "another-tenants", "changed"]
)
def test_another_tenants_list_has_crossed(body: bytes, found: bool) -> None:
    """A list that has changed meanwhile has not."""
    problem = crossed(Response(200, body=body), HELD, {"tnt_1": b"own", "tnt_2": b"theirs"})
    assert (problem is not None) == found


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_overload_is_no_verdict(status: int) -> None:
    """It is counted as not judged."""
    assert not is_judged(Response(status))


def outcome(requests: int = 100, **errors: int) -> LoadOutcome:
    """What comes of these counts."""
    told = {f"documented request: {SAID[kind]}": number for kind, number in errors.items()}
    return LoadOutcome.of(
        "http://127.0.0.1:1", requests=requests, errors=told, duration_s=10.0, latencies_ms=LATENCIES, by_kind={}
    )


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        pytest.param(outcome(), 0, "right under load", id="right"),
        pytest.param(outcome(wrong=1), 1, "1 answered wrongly", id="one-wrong"),
        pytest.param(outcome(unjudged=10), 0, "90 judged", id="a-tenth-unanswered"),
        pytest.param(outcome(unjudged=11), 3, "not assessed", id="more-unanswered"),
        pytest.param(outcome(requests=0), 3, "not assessed", id="nothing-sent"),
        pytest.param(outcome(unjudged=90, wrong=1), 1, "WRONG", id="wrong-and-unanswered"),
    ],
)
def test_an_outcome_has_its_exit_code(tmp_path: Path, found: LoadOutcome, code: int, says: str) -> None:
    """And is kept as it is."""
    assert found.exit_code == code
    assert says in found.told()
    write_outcome(found, tmp_path)
    assert read_outcome(tmp_path) == found


def test_a_load_of_nothing_is_wrong_usage(tmp_path: Path) -> None:
    """It says what to name."""
    ended = synq_conformance("load", folder=tmp_path)
    assert ended.code == 2, ended.out + ended.err
    assert ended.lines[0].startswith("synq-conformance load: environment: SYNQ_BASE_URL")
