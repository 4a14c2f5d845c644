"""The suite's own server: it keeps requests octet for octet, and does what a scenario tells it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from conformance.client.adapters.driver import PRODUCTS
from conformance.client.fake_api import listening
from conformance.client.fake_api.handlers import (
    Barrier,
    after,
    answered,
    clock_set_right,
    dropped,
    json_answer,
    redirected,
)
from conformance.client.fake_api.listening import HOST, ApiListener, KeptPorts, origin_form, serving
from conformance.client.fake_api.service import FakeApi, reference_answer
from conformance.client.harness.concurrent import BurstKind, Bursts, Refusals
from conformance.contract.paths import SIGN_IN_PATH
from conformance.http.message import Request
from conformance.mock import world


@pytest.fixture
def listener() -> Iterator[ApiListener]:
    """A server on a loopback port."""
    with serving(FakeApi()) as listener:
        yield listener


def sign_in(fake_api: FakeApi) -> Request:
    """A request that a fresh token lets through."""
    body = f'{{"email": "{world.EDITOR}", "password": "{world.PASSWORDS[world.EDITOR]}"}}'
    response = fake_api.take(Request("POST", SIGN_IN_PATH, (("Content-Type", "application/json"),), body.encode()))
    assert response is not None
    assert response.status == 200
    token = list(fake_api.issued)[-1]
    scope = (("X-Tenant-ID", world.TENANT), ("X-Org-ID", world.ORG))
    return Request("GET", PRODUCTS, (("Authorization", f"Bearer {token}"), *scope))


def status(fake_api: FakeApi, request: Request) -> int | None:
    """What the request is answered; None if the connection would be dropped."""
    response = fake_api.take(request)
    return None if response is None else response.status


def said(listener: ApiListener, octets: bytes) -> bytes:
    """What comes back for these octets until the server has enough or pauses."""
    with socket.create_connection((HOST, listener.port), timeout=5) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_request_is_kept_as_it_was_sent(listener: ApiListener) -> None:
    """Target, names of fields, their order and the body."""
    said(listener, b"POST /a%2fb?q=%C3%A9 HTTP/1.1\r\nHost: h\r\nx-ONE: 1\r\nContent-Length: 2\r\n\r\n\x00\xff")
    (received_request,) = listener.fake_api.received_requests
    expected = Request("POST", "/a%2fb?q=%C3%A9", (("Host", "h"), ("x-ONE", "1"), ("Content-Length", "2")), b"\x00\xff")
    assert received_request.request == expected
    assert received_request.status == 401


@pytest.mark.parametrize(
    ("target", "known_as"),
    [
        ("http://127.0.0.1:80/a%2fb?q=http://x/", "/a%2fb?q=http://x/"),
        ("HTTP://h?q=1", "/?q=1"),
        ("http://h", "/"),
        ("//h/a", "//h/a"),
        ("http://user:secret@h/a", "http://user:secret@h/a"),
        ("/a?q=http://h/", "/a?q=http://h/"),
    ],
)
def test_a_target_in_absolute_form_is_taken_as_the_same_resource(target: str, known_as: str) -> None:
    """As a client with a proxy writes it; with a secret in its authority it is kept to be looked at."""
    assert origin_form(target) == known_as


def test_a_sign_in_by_its_whole_url_is_one(listener: ApiListener) -> None:
    """RFC 9112 §3.2.2: a server must take the absolute form."""
    said(listener, f"POST http://h{SIGN_IN_PATH} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n".encode())
    assert [one.is_sign_in for one in listener.fake_api.received_requests] == [True]


def test_two_requests_share_a_connection(listener: ApiListener) -> None:
    """The second is answered on the same connection."""
    one = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    assert said(listener, one + one).count(b"HTTP/1.1 401") == 2


def test_a_chunked_body_is_kept_whole(listener: ApiListener) -> None:
    """How it was framed makes no difference to what it is."""
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    said(listener, head + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    assert listener.fake_api.received_requests[0].request.body == b"abc"


def test_who_waits_for_100_continue_gets_it(listener: ApiListener) -> None:
    """curl asks so before it sends a large body."""
    with socket.create_connection((HOST, listener.port), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(b"x")
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


def test_garbage_ends_the_connection_and_nothing_else(listener: ApiListener) -> None:
    """The next connection is served."""
    said(listener, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
    assert b"401" in said(listener, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")


def test_a_stray_request_meets_a_closed_port(listener: ApiListener) -> None:
    """What a client sends after its scenario meets a closed port."""
    port = listener.port
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=5)


def test_no_other_server_gets_the_port_of_one_that_was_closed(listener: ApiListener) -> None:
    """A client's timer goes on for a while: its requests would be held against the client of the other server."""
    port = listener.port
    said(listener, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    listener.close()
    with pytest.raises(OSError, match="in use"):
        socket.create_server((HOST, port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), 1.0)


def test_ports_are_kept_for_a_while() -> None:
    """And not for ever: a machine has so many of them."""
    ports = []
    with contextlib.closing(KeptPorts(2)) as kept:
        for _ in range(3):
            with socket.create_server((HOST, 0)) as server:
                ports.append(server.getsockname()[1])
            kept.keep(ports[-1])
        socket.create_server((HOST, ports[0])).close()
        with pytest.raises(OSError, match="in use"):
            socket.create_server((HOST, ports[1]))
    socket.create_server((HOST, ports[1])).close()


def test_a_dropped_connection_has_no_answer(listener: ApiListener) -> None:
    """The client sees it closed, and the record says by whom."""
    listener.fake_api.handlers.append(dropped())
    connection = http.client.HTTPConnection(HOST, listener.port, timeout=5)
    connection.request("GET", PRODUCTS)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert listener.fake_api.received_requests[0].exchange.outcome == "connection closed without an answer"


def test_an_honest_answer_needs_a_token() -> None:
    """With one 200, without one 401."""
    fake_api = FakeApi()
    request = sign_in(fake_api)
    assert status(fake_api, request) == 200
    assert status(fake_api, request.without("Authorization")) == 401


@pytest.mark.parametrize("ending", ["expire", "revoke", "rotate"])
def test_tokens_really_end(ending: str) -> None:
    """The old one is refused however often it is sent, and a new one is not."""
    fake_api = FakeApi()
    old = sign_in(fake_api)
    getattr(fake_api, ending)()
    assert [status(fake_api, old), status(fake_api, old)] == [401, 401]
    assert status(fake_api, sign_in(fake_api)) == 200


def test_a_token_of_another_server_is_refused() -> None:
    """Its signature is right, and a client may have kept it for an address that was another server's."""
    request, fake_api = sign_in(FakeApi()), FakeApi()
    assert status(fake_api, request) == 401


def test_a_token_lives_to_the_moment() -> None:
    """Its end is not rounded to whole seconds."""
    fake_api = FakeApi(lifetime_s=5)
    request = sign_in(fake_api)
    fake_api.advance(4.9)
    assert status(fake_api, request) == 200
    fake_api.advance(0.1)
    assert status(fake_api, request) == 401


def test_a_write_of_any_shape_has_one_effect() -> None:
    """What is under test is how a client authenticates, not what it writes."""
    fake_api = FakeApi()
    request = sign_in(fake_api)
    assert fake_api.take(Request("POST", PRODUCTS, request.headers, b"x" * 2**20)) is not None
    assert fake_api.effects == 1


def test_reactions_are_used_up_in_order() -> None:
    """One each, and then the server keeps the contract again."""
    fake_api = FakeApi()
    request = sign_in(fake_api)
    fake_api.handlers.extend([answered(503), dropped(), redirected("http://elsewhere.example/"), json_answer({"a": 1})])
    assert [status(fake_api, request) for _ in range(5)] == [503, None, 302, 200, 200]
    assert fake_api.received_requests[-1].exchange.response != fake_api.received_requests[-2].exchange.response


def test_sign_ins_have_reactions_of_their_own() -> None:
    """An API request does not use them up."""
    fake_api = FakeApi()
    fake_api.sign_in.append(answered(500))
    assert status(fake_api, Request("GET", PRODUCTS)) == 401
    assert status(fake_api, Request("POST", SIGN_IN_PATH)) == 500


def test_a_401_always_carries_a_challenge() -> None:
    """Some clients sign in again only if there is one."""
    response = answered(401)(FakeApi(), Request("GET", "/"))
    assert response is not None
    assert (response.value("WWW-Authenticate") or "").startswith("Bearer ")


def test_no_server_gets_a_port_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that keeps tokens by their URL took the server for an earlier one, and sent it what was never issued."""
    with serving(FakeApi()) as first:
        had = first.port
    listening._KEPT.close()
    create, offered = socket.create_server, iter([had])

    def offering(address: tuple[str, int], **options: Any) -> socket.socket:  # noqa: ANN401 - as they come
        return create((address[0], next(offered, 0)), **options)

    monkeypatch.setattr(socket, "create_server", offering)
    with serving(FakeApi()) as second:
        assert second.port != had
    assert not list(offered)


def test_requests_gather_until_all_are_there() -> None:
    """None is answered before the last one has arrived."""
    fake_api, barrier = FakeApi(), Barrier(2, 5.0)
    fake_api.handlers.extend([barrier.then(answered(403))] * 2)
    first = threading.Thread(target=status, args=(fake_api, Request("GET", "/1")))
    first.start()
    assert status(fake_api, Request("GET", "/2")) == 403
    first.join(5.0)
    assert barrier.complete
    assert [received_request.status for received_request in fake_api.received_requests] == [403, 403]


def test_a_gathering_does_not_wait_for_ever() -> None:
    """A client that sends one request at a time is answered as Synq does."""
    fake_api, barrier = FakeApi(), Barrier(2, 0.05)
    fake_api.handlers.append(barrier.then(answered(403)))
    assert status(fake_api, Request("GET", "/")) == 401
    assert not barrier.complete


def test_what_gathers_in_vain_can_be_refused_all_the_same() -> None:
    """A client that sends one request at a time is not told of success under an endless 401."""
    fake_api, barrier = FakeApi(), Barrier(2, 0.05)
    fake_api.handlers.append(barrier.gather(answered(403)))
    assert status(fake_api, Request("GET", "/")) == 403
    assert not barrier.complete


def test_an_endless_401_begins_for_all_together() -> None:
    """A busy client's callers came one by one, so that none of them waited for the sign-in of another."""
    fake_api, barrier, kind = FakeApi(), Barrier(2, 5.0), BurstKind(2, Refusals.ENDLESS)
    fake_api.handlers.extend(Bursts(Mock(), 0)._handlers(kind, barrier, threading.Event()))
    first = threading.Thread(target=status, args=(fake_api, Request("GET", "/1")))
    first.start()
    first.join(0.1)
    assert first.is_alive()
    assert [status(fake_api, Request("GET", "/2")) for _ in range(3)] == [401, 401, 401]
    first.join(5.0)
    assert [one.status for one in fake_api.received_requests] == [401] * 4


def test_a_request_can_be_held_until_an_event() -> None:
    """It is answered once the event is there."""
    fake_api, event = FakeApi(), threading.Event()
    fake_api.handlers.append(after(event, answered(403)))
    held = threading.Thread(target=status, args=(fake_api, Request("GET", "/")))
    held.start()
    assert fake_api.received_requests == () or fake_api.received_requests[0].status is None
    event.set()
    held.join(5.0)
    assert fake_api.received_requests[0].status == 403


def test_a_wrong_clock_can_be_set_right() -> None:
    """So that a client that loops on it comes to an end."""
    fake_api = FakeApi(offset_s=-7200.0)
    fake_api.handlers.extend([reference_answer, clock_set_right])
    early = fake_api.synq.clock.now()
    status(fake_api, Request("GET", "/"))
    status(fake_api, Request("GET", "/"))
    assert fake_api.synq.clock.now() - early >= 7200
