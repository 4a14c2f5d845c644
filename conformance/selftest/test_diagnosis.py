"""One likely cause of many openings, told after a few requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.http.raw import RawRequest
from conformance.mock.describe import describe
from conformance.mock.state import create
from conformance.server.harness.diagnosis import MADE_UP, TAIL, Diagnosis

TOKEN = describe(create(), "http://127.0.0.1:1")["tokens"]["valid"]
OLD = f"{TOKEN.rpartition('.')[0]}.{'B' * 342}"
"""A token of the issuer's that is no longer good."""
SIGNED = (TOKEN, OLD)
GET = Request("GET", "/products", (("Authorization", f"Bearer {TOKEN}"), ("X-Tenant-ID", "tnt"), ("X-Org-ID", "org")))
BARE = GET.without("Authorization")
Lets = Callable[[Request], bool]


class Asked:
    """A target that lets in what `lets` says, and the genuine token."""

    def __init__(self, lets: Lets) -> None:
        self.lets, self.asked = lets, 0
        self.answered: set[str] = set()

    def documented(self) -> Request:
        return GET

    def step(self, request: Request) -> Exchange:
        self.asked += 1
        accepted = _token(request) == TOKEN or self.lets(request)
        return Exchange(request, Response(200 if accepted else 401), None, "", 0.0, 0.0)


def _token(request: Request) -> str | None:
    return next((value.removeprefix("Bearer ") for value in request.values("Authorization")), None)


class Cached(Asked):
    """A target whose cache is asked before the token."""

    def step(self, request: Request) -> Exchange:
        exchange = super().step(request)
        if exchange.accepted:
            self.answered.add(request.target)
        return exchange


def _bearing(token: str, request: Request = GET) -> Request:
    return request.having(("Authorization", f"Bearer {token}"))


def _cause(diagnosis: Diagnosis, opened: Request, status: int = 200, octets: RawRequest | None = None) -> str | None:
    return diagnosis.cause_of(Exchange(opened, Response(status), None, "", 0.0, 0.0), octets)


def _unguarded(request: Request) -> bool:
    return not request.values("X-Org-ID") or _token(request) != TOKEN


def _unguarded_but_for_scope(request: Request) -> bool:
    return _token(request) is None and bool(request.values("X-Org-ID"))


def _of_a_prober(request: Request) -> bool:
    return "kube-probe/1.31" in request.values("User-Agent")


def _with_end(request: Request) -> bool:
    return (_token(request) or "").endswith(TOKEN[-TAIL:])


def _with_beginning(request: Request) -> bool:
    return (_token(request) or "").startswith(TOKEN[:TAIL])


def _with_claims(request: Request) -> bool:
    return (_token(request) or "").startswith(TOKEN.rpartition(".")[0])


@pytest.mark.parametrize(
    ("lets", "words"),
    [
        pytest.param(lambda request: _token(request) is None, "not guarded at all", id="unguarded"),
        pytest.param(_with_end, "known by its end", id="end"),
        pytest.param(_with_beginning, "known by its beginning", id="beginning"),
        pytest.param(_with_claims, "signature is not looked at", id="signature"),
        pytest.param(_of_a_prober, "health check", id="sender"),
    ],
)
def test_a_cause_is_named(lets: Lets, words: str) -> None:
    """Each by the request that tells it from the others."""
    assert [cause for cause in Diagnosis(Asked(lets), SIGNED).causes() if words in cause]


def _cached() -> Cached:
    """A target that answers any caller from what it answered another one at the same URL."""
    cached = Cached(lambda request: request.target in cached.answered)
    return cached


def test_a_cache_is_named() -> None:
    """The same URL is refused before, and accepted after another caller was answered there."""
    assert [cause for cause in Diagnosis(_cached(), SIGNED).causes() if "answers come from a cache" in cause]


@pytest.mark.parametrize(
    ("lets", "opened", "words"),
    [
        pytest.param(_unguarded, BARE, "not guarded at all", id="unguarded"),
        pytest.param(_unguarded, _bearing("a.b.c"), "not guarded at all", id="unguarded-bad-token"),
        pytest.param(_unguarded, GET.without("X-Org-ID"), "not guarded at all", id="unguarded-no-org"),
        pytest.param(_with_end, _bearing(f"e30.e30.{TOKEN[-TAIL:]}"), "known by its end", id="end"),
        pytest.param(_with_beginning, _bearing(f"{TOKEN[:-3]}AAA"), "known by its beginning", id="beginning"),
        pytest.param(_with_claims, _bearing(f"{TOKEN.rpartition('.')[0]}.{MADE_UP[1:]}"), "signature", id="signature"),
        pytest.param(_of_a_prober, BARE.having(("User-Agent", "kube-probe/1.31")), "health check", id="sender"),
    ],
)
def test_an_opening_is_put_down_to_its_cause(lets: Lets, opened: Request, words: str) -> None:
    """Without the cause the same request is refused."""
    assert words in str(_cause(Diagnosis(Asked(lets), SIGNED), opened))


def test_an_opening_is_put_down_to_a_cache() -> None:
    """The same request under a query that is new is refused."""
    cached = _cached()
    diagnosis = Diagnosis(cached, SIGNED)
    cached.step(GET)
    assert "answers come from a cache" in str(_cause(diagnosis, BARE))


@pytest.mark.parametrize(
    ("lets", "opened"),
    [
        pytest.param(_with_end, BARE, id="end"),
        pytest.param(_with_beginning, _bearing("x.y.z"), id="beginning"),
        pytest.param(_with_claims, GET.without("X-Org-ID"), id="signature-scope"),
        pytest.param(_with_claims, _bearing(OLD), id="signature-of-the-issuer"),
        pytest.param(_with_claims, _bearing("no-token"), id="signature-no-claims"),
        pytest.param(_of_a_prober, BARE.having(("X-Original-URL", "/")), id="sender"),
        pytest.param(_unguarded_but_for_scope, GET.without("X-Org-ID"), id="unguarded-but-for-scope"),
        pytest.param(_unguarded, Request("DELETE", "/products/1"), id="a-write-is-not-sent-again"),
    ],
)
def test_an_opening_of_another_kind_stays_on_its_own(lets: Lets, opened: Request) -> None:
    """A server may have two faults, and one says nothing of the other."""

    def with_another(request: Request) -> bool:
        return request == opened or lets(request)

    diagnosis = Diagnosis(Asked(with_another), SIGNED)
    assert diagnosis.causes()
    assert _cause(diagnosis, opened) is None


@pytest.mark.parametrize(("lets", "told"), [(_with_claims, True), (_with_end, False)], ids=["signature", "end"])
def test_claims_that_were_read_and_refused_come_from_an_unread_signature(lets: Lets, told: bool) -> None:
    """403 is no opening, and says that a forged token's claims were believed."""
    forged = _bearing(f"{TOKEN[: -TAIL - 3]}AAA{TOKEN[-TAIL:]}")
    assert (_cause(Diagnosis(Asked(lets), SIGNED), forged, 403) is not None) is told


def test_an_opening_that_is_no_cache_stays_on_its_own() -> None:
    """Under a new query it is open as well."""
    cached = Cached(lambda request: request.target in cached.answered or _token(request) == "a.b.c")
    assert _cause(Diagnosis(cached, SIGNED), _bearing("a.b.c")) is None


def test_octets_are_put_down_to_a_cause_only_if_a_plain_request_opens_the_same() -> None:
    """What the octets did may be another fault."""
    octets = RawRequest((b"GET /products HTTP/1.1\r\nUser-Agent: x\r\n\r\n",), BARE)
    cached = _cached()
    diagnosis = Diagnosis(cached, SIGNED)
    assert _cause(diagnosis, BARE, octets=octets) is None
    cached.step(GET)
    assert _cause(diagnosis, BARE, octets=octets) is not None


def test_a_right_target_has_no_cause_and_is_asked_once() -> None:
    """Nothing is made up, and nothing is asked twice."""
    asked = Asked(lambda _request: False)
    diagnosis = Diagnosis(asked, SIGNED)
    assert _cause(diagnosis, BARE) is None
    count = asked.asked
    assert _cause(diagnosis, BARE) is None
    assert asked.asked == count < 20
