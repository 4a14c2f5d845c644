"""A host of several addresses is reached as long as one of them answers, and a dead one costs only a moment."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from conformance.http.message import Request
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.selftest.dull_servers import always

HOST = "127.0.0.1"
TIMEOUT_S = 3.0


@pytest.fixture
def dead() -> Iterator[int]:
    """A port that drops what would connect: its queue is full."""
    with contextlib.ExitStack() as held, socket.create_server((HOST, 0), backlog=0) as listener:
        for _ in range(4):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def alive() -> Iterator[int]:
    with always(200) as base_url:
        yield int(base_url.rpartition(":")[2])


@pytest.fixture
def closed() -> int:
    """A port at which nothing listens."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def resolves_to(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Every name has these addresses, in this order."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (HOST, port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)


def seconds_for(*sent: SocketTransport) -> tuple[list[str], float]:
    """What each was answered, and how long that took."""
    began = time.monotonic()
    outcomes = []
    for transport in sent:
        with contextlib.closing(transport):
            outcomes.append(str(transport.send(Request("GET", "/")).outcome))
    return outcomes, time.monotonic() - began


def test_a_dead_address_before_the_good_one_costs_a_moment(
    dead: int, alive: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only once: the next connection goes to the one that answered."""
    resolves_to(monkeypatch, dead, alive)
    route = Route("http://synq.test", TIMEOUT_S)
    outcomes, took_s = seconds_for(*(SocketTransport(route) for _ in range(4)))
    assert (outcomes, took_s < TIMEOUT_S / 3) == (["200"] * 4, True)


def test_an_address_that_refuses_is_passed_over(closed: int, alive: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, as where a name has an IPv6 address and the server only listens on IPv4."""
    resolves_to(monkeypatch, closed, alive)
    outcomes, took_s = seconds_for(SocketTransport(Route("http://synq.test", TIMEOUT_S)))
    assert (outcomes, took_s < 0.2) == (["200"], True)


def test_what_answered_last_and_is_gone_is_left(alive: int, closed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other addresses are tried again."""
    route = Route("http://synq.test", TIMEOUT_S)
    resolves_to(monkeypatch, alive)
    assert seconds_for(SocketTransport(route))[0] == ["200"]
    resolves_to(monkeypatch, closed, alive)
    assert seconds_for(SocketTransport(route))[0] == ["200"]


def test_addresses_that_are_all_dead_end_with_the_deadline(
    dead: int, closed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal beside silence is no reason to wait for less."""
    resolves_to(monkeypatch, dead, closed)
    outcomes, took_s = seconds_for(SocketTransport(Route("http://synq.test", 0.5)))
    assert (outcomes, 0.4 < took_s < 1.0) == (["no answer in time"], True)


def test_a_host_that_refuses_is_unreachable(closed: int) -> None:
    """With the system's own words."""
    exchange = SocketTransport(Route(f"http://{HOST}:{closed}", TIMEOUT_S)).send(Request("GET", "/"))
    assert (str(exchange.failure), "refused" in exchange.detail) == ("no connection", True)
