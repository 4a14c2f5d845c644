"""What the suite's server can be told to do with a request in place of answering it as Synq does."""

from __future__ import annotations

import threading
import time
from http import HTTPStatus

from conformance.client.fake_api.service import FakeApi, Handler, reference_answer
from conformance.http.message import Field, Request, Response
from conformance.mock.problems import body, challenge
from conformance.mock.resources import as_json

LONGEST_HOLD_S = 10.0
_CODES = {401: "invalid_token", 403: "insufficient_scope"}


def answered(status: int) -> Handler:
    """A refusal or failure with this status; 401 and 403 carry a challenge, for which some clients look."""
    headers: tuple[Field, ...] = (("Content-Type", "application/problem+json"),)
    if status in _CODES:
        headers += (("WWW-Authenticate", challenge(_CODES[status])),)
    response = Response(status, headers, body(status, HTTPStatus(status).description or "No."))
    return lambda _fake_api, _request: response


def redirected(location: str, status: int = 302) -> Handler:
    """A redirect to another place."""
    response = Response(status, (("Location", location),))
    return lambda _fake_api, _request: response


def plain_success(_fake_api: FakeApi, _request: Request) -> Response:
    """200 to every request, with or without credentials: what a stranger's server would say."""
    return as_json(200, {"items": []})


def page(_fake_api: FakeApi, _request: Request) -> Response:
    """200 with a page for people, as a proxy or a captive portal has it."""
    content = b"<!doctype html><title>Sign in</title><p>Please sign in to this network.</p>"
    return Response(200, (("Content-Type", "text/html; charset=utf-8"),), content)


def json_answer(value: object) -> Handler:
    """200 with this JSON."""
    response = as_json(200, value)
    return lambda _fake_api, _request: response


def dropped(after_s: float = 0.0) -> Handler:
    """No answer: the connection is closed, after a while."""

    def drop(_fake_api: FakeApi, _request: Request) -> None:
        time.sleep(after_s)

    return drop


def delayed(seconds: float) -> Handler:
    """What Synq answers now, a while later."""

    def answer_later(fake_api: FakeApi, request: Request) -> Response:
        response = fake_api.reference_answer_to(request)
        time.sleep(seconds)
        return response

    return answer_later


def slow(seconds: float) -> Handler:
    """Synq's own answer, late."""

    def answer_late(fake_api: FakeApi, request: Request) -> Response:
        time.sleep(seconds)
        return fake_api.reference_answer_to(request)

    return answer_late


class Barrier:
    """Holds requests until as many as expected are there, or until no other has come for a while."""

    def __init__(self, size: int, patience_s: float) -> None:
        self._size, self._patience_s = size, patience_s
        self._there = 0
        self._in_vain = False
        self._change = threading.Condition()

    @property
    def complete(self) -> bool:
        """Whether no request waited in vain so far."""
        return not self._in_vain

    def wait(self) -> None:
        with self._change:
            self._there += 1
            self._change.notify_all()
            while self._there < self._size and not self._in_vain:
                seen = self._there
                self._change.wait(self._patience_s)
                if self._there == seen:
                    self._in_vain = True
                    self._change.notify_all()

    def then(self, handler: Handler) -> Handler:
        """Hold the request here, and go on with this handler, or as Synq does if not all came together."""

        def gathered(fake_api: FakeApi, request: Request) -> Response | None:
            return handler(fake_api, request) if self.complete else reference_answer(fake_api, request)

        return self.gather(gathered)

    def gather(self, handler: Handler) -> Handler:
        """Hold the request here, and go on with this handler, whether all came together or not."""

        def hold(fake_api: FakeApi, request: Request) -> Response | None:
            self.wait()
            return handler(fake_api, request)

        return hold


def after(event: threading.Event, handler: Handler) -> Handler:
    """Hold the request until the event, and go on with another handler."""

    def hold(fake_api: FakeApi, request: Request) -> Response | None:
        event.wait(LONGEST_HOLD_S)
        return handler(fake_api, request)

    return hold


def clock_set_right(fake_api: FakeApi, request: Request) -> Response:
    """The server's clock is right from now on, and the answer is Synq's own."""
    fake_api.synq.clock.reset()
    return fake_api.reference_answer_to(request)
