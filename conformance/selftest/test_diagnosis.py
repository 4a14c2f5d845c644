"""One likely cause of many openings, told after a few requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.mock.describe import describe
from conformance.mock.state import create
from conformance.server.harness.diagnosis import TAIL, Diagnosis

TOKEN = describe(create(), "http://127.0.0.1:1")["tokens"]["valid"]
Lets = Callable[[Request], bool]


class Asked:
    """A target that lets in what `lets` says, and the genuine token."""

    def __init__(self, lets: Lets) -> None:
        self.lets, self.asked = lets, 0
        self.answered: set[str] = set()

    def documented(self) -> Request:
        return Request("GET", "/products", (("Authorization", f"Bearer {TOKEN}"),))

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
        pytest.param(lambda request: "kube-probe/1.31" in request.values("User-Agent"), "health check", id="sender"),
    ],
)
def test_a_cause_is_named(lets: Lets, words: str) -> None:
    """Each by the request that tells it from the others."""
    assert words in str(Diagnosis(Asked(lets)).cause())


def test_a_cache_is_named() -> None:
    """The same URL is refused before, and accepted after another caller was answered there."""
    cached = Cached(lambda request: request.target in cached.answered)
    assert "answers come from a cache" in str(Diagnosis(cached).cause())


def test_a_right_target_has_no_cause_and_is_asked_once() -> None:
    """Nothing is made up, and nothing is asked twice."""
    asked = Asked(lambda _request: False)
    diagnosis = Diagnosis(asked)
    assert diagnosis.cause() is None
    count = asked.asked
    assert diagnosis.cause() is None
    assert asked.asked == count < 20
