"""The judge against tables written by hand: what is right, what is a finding, and how a finding reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from conformance.evidence.judge import (
    BODY_KEPT,
    FIELDS_KEPT,
    Expectation,
    ServiceDied,
    Violation,
    described,
    evidence,
    judge,
    ranges,
)
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Field, Request, Response
from conformance.results.data import Finding

REQUEST = Request("GET", "/products?q=1", (("Authorization", "Bearer t"), ("X-Tenant-ID", "tenant-a")), b"asked")
WHY = "there is no Authorization"


def answered(status: int, *headers: Field, body: bytes = b"") -> Exchange:
    """An exchange that brought this response."""
    return Exchange(REQUEST, Response(status, headers, body), None, "", 0.0, 0.012_345)


def failed(failure: Failure, detail: str = "so it said") -> Exchange:
    """An exchange that brought none."""
    return Exchange(REQUEST, None, failure, detail, 0.0, 1.5)


# ------------------------------------------------------------------ what is right


@pytest.mark.parametrize(
    ("exchange", "expectation"),
    [
        pytest.param(answered(401), Expectation(frozenset({401}), WHY), id="the-one-status"),
        pytest.param(answered(403), Expectation(frozenset({401, 403}), WHY), id="one-of-several"),
        pytest.param(failed(Failure.CLOSED), Expectation(frozenset({401}), WHY, may_close=True), id="may-close"),
        pytest.param(failed(Failure.TIMEOUT), Expectation(frozenset({401}), WHY, may_wait=True), id="may-wait"),
    ],
)
def test_what_is_expected_is_no_finding(exchange: Exchange, expectation: Expectation) -> None:
    """A status among the right ones, and a silence or a closed connection if that is right."""
    assert judge(exchange, expectation) is None


@pytest.mark.parametrize(
    ("exchange", "expectation", "summary", "got"),
    [
        pytest.param(
            answered(200), Expectation(frozenset({401}), WHY), f"answered 200, although {WHY}", 200, id="status"
        ),
        pytest.param(
            answered(403), Expectation(frozenset({401}), WHY, may_close=True, may_wait=True),
            f"answered 403, although {WHY}", 403, id="closing-excuses-no-status",
        ),
        *(
            pytest.param(
                failed(failure), Expectation(frozenset({401}), WHY, may_close=may_close, may_wait=may_wait),
                f"{failure}, although {WHY}", str(failure), id=f"{failure.name}-{may_close}-{may_wait}".lower(),
            )
            for failure in Failure for may_close in (True, False) for may_wait in (True, False)
            if not (failure is Failure.CLOSED and may_close) and not (failure is Failure.TIMEOUT and may_wait)
        ),
    ],
)  # fmt: skip
def test_anything_else_is_a_finding(exchange: Exchange, expectation: Expectation, summary: str, got: int | str) -> None:
    """It says what came, what would have been right and why, and holds the exchange."""
    finding = judge(exchange, expectation)
    assert finding is not None
    assert (finding.summary, finding.expected, finding.got) == (summary, (401,), got)
    assert finding.exchange == evidence(exchange)


# ------------------------------------------------------------------ how it reads


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        pytest.param({401}, (401,), id="one"),
        pytest.param({403, 401, 404}, (401, 403, 404), id="in-order"),
        pytest.param(range(200, 300), ("2xx",), id="a-class"),
        pytest.param([*range(400, 500), 501, 100], ("4xx", 100, 501), id="a-class-and-more"),
        pytest.param(range(100, 600), ("1xx", "2xx", "3xx", "4xx", "5xx"), id="all"),
        pytest.param([*range(100, 200), *range(300, 600)], ("anything but 2xx",), id="all-but-success"),
        pytest.param([*range(100, 201), *range(300, 600)], ("1xx", "3xx", "4xx", "5xx", 200), id="and-a-success"),
        pytest.param(range(200, 600), ("2xx", "3xx", "4xx", "5xx"), id="all-but-1xx"),
        pytest.param(range(100), tuple(range(100)), id="below-any-class"),
        pytest.param(range(600, 700), tuple(range(600, 700)), id="beyond-any-class"),
        pytest.param(range(200, 299), tuple(range(200, 299)), id="nearly-a-class"),
        pytest.param(range(201, 300), tuple(range(201, 300)), id="a-class-but-its-first"),
        pytest.param((), (), id="none"),
    ],
)
def test_a_whole_class_of_statuses_is_one_word(statuses: Iterable[int], said: tuple[int | str, ...]) -> None:
    """The rest are numbers, the least first."""
    assert ranges(frozenset(statuses)) == said


def test_evidence_holds_the_exchange_whole() -> None:
    """Request, response and time, as JSON data."""
    assert evidence(answered(401, ("WWW-Authenticate", "Bearer"), body=b"\xc3\xa9")) == {
        "request": {
            "method": "GET",
            "target": "/products?q=1",
            "headers": [["Authorization", "Bearer t"], ["X-Tenant-ID", "tenant-a"]],
            "body": "asked",
        },
        "response": {"status": 401, "headers": [["WWW-Authenticate", "Bearer"]], "body": "é"},
        "failure": None,
        "duration_ms": 12.35,
    }


def test_evidence_of_a_failure_says_what_it_was() -> None:
    """There is no response, and the transport's own words stand in brackets."""
    found = evidence(failed(Failure.TIMEOUT, "after 10 s"))
    assert (found["response"], found["failure"]) == (None, "no answer in time (after 10 s)")
    assert found["duration_ms"] == 1500.0


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"\xff", "\\xff", id="not-utf-8"),
        pytest.param(b"a" * BODY_KEPT, "a" * BODY_KEPT, id="just-as-long"),
        pytest.param(b"a" * (BODY_KEPT + 1), "a" * BODY_KEPT + f"… ({BODY_KEPT + 1} octets)", id="longer"),
    ],
)
def test_a_body_is_kept_as_text_and_cut(body: bytes, kept: str) -> None:
    """What was cut off is counted."""
    assert evidence(answered(200, body=body))["response"]["body"] == kept


@pytest.mark.parametrize(("octets", "more"), [(BODY_KEPT, ""), (BODY_KEPT + 1, f"… ({BODY_KEPT + 1} octets)")])
def test_a_long_value_of_a_response_is_cut(octets: int, more: str) -> None:
    """What was cut off is counted."""
    fields = evidence(answered(200, ("X-A", "a" * octets)))["response"]["headers"]
    assert fields == [["X-A", "a" * BODY_KEPT + more]]


@pytest.mark.parametrize(("number", "more"), [(FIELDS_KEPT, []), (FIELDS_KEPT + 1, [["…", "1 more fields"]])])
def test_of_many_fields_of_a_response_some_are_kept(number: int, more: list[list[str]]) -> None:
    """The others are counted."""
    fields = evidence(answered(200, *(("X-A", str(one)) for one in range(number))))["response"]["headers"]
    assert fields == [["X-A", str(one)] for one in range(FIELDS_KEPT)] + more


def test_evidence_shows_by_which_id_the_target_knows_the_request() -> None:
    """Behind the other fields of the request."""
    exchange = replace(answered(200), request_id="run.rule.case.1")
    assert evidence(exchange)["request"]["headers"][-1] == ["X-Request-ID", "run.rule.case.1"]


FINDING = Finding("answered 200, although it is wrong", (401, "4xx"), 200)


def test_a_finding_reads_as_lines() -> None:
    """The least that there is: what, what would have been right, what came."""
    assert described(FINDING).splitlines() == [
        "answered 200, although it is wrong",
        "  expected  401 or 4xx",
        "  got       200",
    ]


def test_a_full_finding_reads_as_lines() -> None:
    """Case, meaning, request, answer and the command, each on its line; of a long body the beginning."""
    exchange = evidence(answered(200, ("Content-Type", "text/plain"), body=b"b" * 400))
    finding = Finding(
        "s", (401,), 200, curl="curl -i x", exchange=exchange, case="a-case", explanation="It is a hole.",
        cause="a cache",
    )  # fmt: skip
    assert described(finding).splitlines() == [
        "s",
        "  case      a-case",
        "  meaning   It is a hole.",
        "  cause     likely: a cache",
        "  expected  401",
        "  got       200",
        "  request   GET /products?q=1",
        "            Authorization: Bearer t",
        "            X-Tenant-ID: tenant-a",
        "  answer    200",
        "            Content-Type: text/plain",
        "            " + "b" * 300,
        "  repeat    curl -i x",
    ]


def test_a_finding_without_an_answer_reads_as_lines() -> None:
    """There is a request and no answer."""
    finding = Finding("s", (401,), "no connection", exchange=evidence(failed(Failure.UNREACHABLE)))
    assert described(finding).splitlines()[3:] == [
        "  request   GET /products?q=1",
        "            Authorization: Bearer t",
        "            X-Tenant-ID: tenant-a",
    ]


def test_a_breach_holds_its_findings_and_says_them_all() -> None:
    """It fails a pytest test as an assertion does, and keeps the request as it was sent."""
    violation = Violation(FINDING, FINDING, request=REQUEST)
    assert isinstance(violation, AssertionError)
    assert (violation.findings, violation.request) == ((FINDING, FINDING), REQUEST)
    assert str(violation) == f"{described(FINDING)}\n\n{described(FINDING)}"


def test_a_service_that_died_breaks_the_rule_against_dying() -> None:
    """Whatever the case was about."""
    assert ServiceDied(FINDING).rule == "service-survives"
