"""What an adapter has to do, step by step; each step says what it saw, or raises Wrong with what is to be done."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from conformance.client.adapters.driver import Answer, ApiCall, Raised, Returned, Values
from conformance.client.adapters.process import AdapterProcess
from conformance.client.fake_api.handlers import Barrier, answered, dropped
from conformance.client.fake_api.service import ReceivedRequest, reference_answer
from conformance.client.harness.session import Done, Session
from conformance.contract.durations import MINUTE_S

IN_FLIGHT = 64
"""Requests that an adapter has to take before the first is answered."""
TOGETHER_WITHIN_S = 1.0
LONG_LINE = 5 * 2**20 - 200
"""Characters of the longest string that is sent; with what stands around it, the line has five MiB."""
ANSWERS_WITHIN_S = 5.0
CLOCK_OFF_S = 10.0
"""How far a clock that is right may be off: the question takes its time."""
TEXT = {"name": "Grüße, ☃ and \u2028", "many": [1, True, None, {"deep": ""}]}


class Wrong(Exception):
    """What an adapter gets wrong, and what is right."""


@dataclass(frozen=True, slots=True)
class SmokeStep:
    """One thing that an adapter has to do."""

    name: str
    play: Callable[[Session], str]
    """Returns what was seen; raises Wrong."""
    capability: str | None = None
    """Without which it is left out."""
    configured: bool = True
    """Whether the client is configured before."""


def plain_call(session: Session) -> str:
    """One call, one answer, with the body that the server sent."""
    done = _arrived(session, ApiCall())
    answer = _success(done)
    response = done.attempts[-1].exchange.response
    if answer.status_told and response is not None and answer.body != response.body.decode():
        raise Wrong(f"`body` is the body of the response as text, not {answer.body[:60]!r}")
    return str(answer)


def listed_query(session: Session) -> str:
    """A value is a string, or a list under one name."""
    wanted: Mapping[str, Values] = {"tag": ("a", "b"), "text": "x y&z=ü/+"}
    pairs = [("tag", "a"), ("tag", "b"), ("text", "x y&z=ü/+")]
    target = _last(_arrived(session, ApiCall(query=wanted))).request.target
    if sorted(parse_qsl(urlsplit(target).query, keep_blank_values=True)) != pairs:
        raise Wrong(f'of "query": {json.dumps(wanted)} came {target}: the name stands once for each value of a list')
    return target


def encoded_path(session: Session) -> str:
    """It is percent-encoded already."""
    wanted = "/api/v1/pim/products/a%2Fb%20%C3%BC"
    target = _last(_arrived(session, ApiCall(path=wanted))).request.target
    if target != wanted:
        raise Wrong(f"of the path {wanted} came {target}: it is percent-encoded already, and stays as it is")
    return target


def own_headers(session: Session) -> str:
    """Fields of the application's own."""
    values = _last(_arrived(session, ApiCall(headers={"X-Smoke": "a; b"}))).request.values("X-Smoke")
    if list(values) != ["a; b"]:
        raise Wrong(f'of "headers": {{"X-Smoke": "a; b"}} came {len(values)} fields {values}: each is sent once')
    return "X-Smoke: a; b"


def posted_json(session: Session) -> str:
    """Any JSON value, in UTF-8."""
    received = _last(_arrived(session, ApiCall("POST", json=TEXT)))
    _json_must_be(received, TEXT)
    if not any("json" in value for value in received.request.values("Content-Type")):
        raise Wrong('a body of "json" is sent with Content-Type: application/json')
    return f"{len(received.request.body)} octets of JSON"


def json_null(session: Session) -> str:
    """A body of four octets."""
    _json_must_be(_last(_arrived(session, ApiCall("POST", json=None))), None)
    return "the body was null"


def no_body(session: Session) -> str:
    """No "json", no body."""
    received = _last(_arrived(session, ApiCall("DELETE")))
    if received.request.body:
        raise Wrong(f'without "json" there is no body, but {received.request.body[:40]!r} came')
    return "no body"


def long_line(session: Session) -> str:
    """A line of five MiB is read whole."""
    text = "x" * LONG_LINE
    _json_must_be(_last(_arrived(session, ApiCall("POST", json={"text": text}))), {"text": text})
    return "5 MiB"


def form_body(session: Session) -> str:
    """Fields of a form in place of JSON."""
    received = _last(_arrived(session, ApiCall("POST", form={"a": "1 2", "b": "ü"})))
    if parse_qsl(received.request.body.decode("latin-1")) != [("a", "1 2"), ("b", "ü")]:
        raise Wrong(f'of "form": {{"a": "1 2", "b": "ü"}} came the body {received.request.body[:60]!r}')
    return received.request.body.decode("latin-1")


def streamed_body(session: Session) -> str:
    """A body that comes from a file or an iterator."""
    _json_must_be(_last(_arrived(session, ApiCall("POST", json=TEXT, stream=True))), TEXT)
    return "the body came whole"


def in_flight(session: Session) -> str:
    """Requests are taken while others are open; answers may come in any order."""
    session.warm_up()
    meeting = Barrier(2, TOGETHER_WITHIN_S)
    session.fake_api.handlers.append(meeting.then(reference_answer))
    session.fake_api.handlers.append(meeting.then(reference_answer))
    dones = session.together([ApiCall()] * IN_FLIGHT)
    lacking = [done.answer for done in dones if not done.succeeded]
    if lacking:
        raise Wrong(f"of {IN_FLIGHT} requests, {len(lacking)} were not answered with success: {lacking[0]}")
    alone = "" if meeting.complete else ", although one at a time: right only if the library has it so"
    return f"{IN_FLIGHT} answers{alone}"


def final_401(session: Session) -> str:
    """Returned as it is, or raised as `auth`."""
    session.warm_up().fake_api.otherwise = answered(HTTPStatus.UNAUTHORIZED)
    return _handed_over(session.call().answer, 401, "auth")


def final_403(session: Session) -> str:
    """Returned as it is, or raised as `permission`."""
    session.warm_up().fake_api.otherwise = answered(HTTPStatus.FORBIDDEN)
    return _handed_over(session.call().answer, 403, "permission")


def final_404(session: Session) -> str:
    """Returned as it is, or raised."""
    session.warm_up().fake_api.otherwise = answered(HTTPStatus.NOT_FOUND)
    return _handed_over(session.call().answer, 404, "other")


def broken_connection(session: Session) -> str:
    """Raised as `transport`."""
    session.warm_up().fake_api.otherwise = dropped()
    return _raised_as(session.call().answer, "transport", "a connection that breaks")


def failed_sign_in(session: Session) -> str:
    """Raised as `auth`, at once or with the first request."""
    session.fake_api.sign_in.extend([answered(HTTPStatus.UNAUTHORIZED)] * 10)
    refused = session.configure().refusal or session.call().answer
    return _raised_as(refused, "auth", "a refused sign-in")


def clocks_shown(session: Session) -> str:
    """The clocks as the library sees them."""
    before = session.driver.now(ANSWERS_WITHIN_S)
    time.sleep(0.05)
    after = session.driver.now(ANSWERS_WITHIN_S)
    if abs(after.unix_s - time.time()) > CLOCK_OFF_S:
        raise Wrong(f"unix_s is in seconds since 1970, and now about {time.time():.0f}, not {after.unix_s:g}")
    if not before.monotonic_s < after.monotonic_s < before.monotonic_s + CLOCK_OFF_S:
        raise Wrong(f"monotonic_s goes on by the second, not from {before.monotonic_s:g} to {after.monotonic_s:g}")
    return f"unix_s {after.unix_s:.3f}"


def clock_moved(session: Session) -> str:
    """Moved forward."""
    session.driver.advance_clock(MINUTE_S, ANSWERS_WITHIN_S)
    return f"moved by {MINUTE_S} s"


def unknown_op(session: Session) -> str:
    """Answered, and not by dying."""
    if not isinstance(session.driver, AdapterProcess):
        return "not asked: there is no process"
    answer = session.driver.answer_to("no-such-op", ANSWERS_WITHIN_S)
    error = answer.get("error")
    if not isinstance(error, Mapping) or error.get("kind") != "unsupported":
        raise Wrong(f'an op that it does not know is answered {{"error": {{"kind": "unsupported", …}}}}, not {answer}')
    return "unsupported"


def closed_on_request(session: Session) -> str:
    """The client is closed, and the adapter is not."""
    if not isinstance(session.driver, AdapterProcess):
        return "not asked: there is no process"
    session.warm_up()
    answer = session.driver.answer_to("close", ANSWERS_WITHIN_S)
    if "ok" not in answer:
        raise Wrong(f'`close` is answered {{"ok": {{}}}} once the client is closed, not {answer}')
    session.configure().warm_up()
    return "closed, and a fresh client works"


def configured_again(session: Session) -> str:
    """A fresh client, which has no token."""
    session.warm_up()
    before = len(session.sign_ins)
    session.configure().call()
    if len(session.sign_ins) == before:
        raise Wrong("`configure` came again, and the client went on with the token that it had: make a fresh one")
    return "signed in anew"


STEPS = (
    SmokeStep("request", plain_call),
    SmokeStep("request, query", listed_query),
    SmokeStep("request, encoded path", encoded_path),
    SmokeStep("request, headers", own_headers),
    SmokeStep("request, json", posted_json),
    SmokeStep("request, json null", json_null),
    SmokeStep("request, no json", no_body),
    SmokeStep("request, 5 MiB in a line", long_line),
    SmokeStep("request, form", form_body, "form"),
    SmokeStep("request, stream", streamed_body, "stream"),
    SmokeStep(f"{IN_FLIGHT} requests in flight", in_flight),
    SmokeStep("answer to a final 401", final_401),
    SmokeStep("answer to a 403", final_403),
    SmokeStep("answer to a 404", final_404),
    SmokeStep("answer to a broken connection", broken_connection),
    SmokeStep("answer to a failed sign-in", failed_sign_in, configured=False),
    SmokeStep("now", clocks_shown, "now"),
    SmokeStep("advance_clock", clock_moved, "clock"),
    SmokeStep("close", closed_on_request, "close"),
    SmokeStep("an op that is unknown", unknown_op),
    SmokeStep("configure again", configured_again),
)


def _arrived(session: Session, call: ApiCall) -> Done:
    """The call, of which an API request has arrived; raises Wrong if none has."""
    done = session.call(call)
    if not done.attempts:
        raise Wrong(f"no request arrived at base_url for it, although {done.answer}")
    return done


def _last(done: Done) -> ReceivedRequest:
    """The request that was sent last, of the right method."""
    received = done.attempts[-1]
    if received.request.method != done.call.method:
        raise Wrong(f"a {done.call.method} was asked for, and {received.request.method} came")
    return received


def _success(done: Done) -> Returned:
    if not isinstance(done.answer, Returned) or not done.succeeded:
        raise Wrong(f"the server answered {done.attempts[-1].status}, and {done.answer}")
    return done.answer


def _json_must_be(received: ReceivedRequest, wanted: object) -> None:
    octets = received.request.body
    try:
        same = json.loads(octets) == wanted
    except ValueError:
        same = False
    if not same:
        expected = json.dumps(wanted, ensure_ascii=False)
        raise Wrong(f"the body has to be {expected[:60]}, and {len(octets)} octets came: {octets[:60]!r}")


def _handed_over(answer: Answer, status: int, kind: str) -> str:
    if isinstance(answer, Raised) and answer.kind != kind:
        raise Wrong(f"a {status} that is raised is of kind `{kind}`, not `{answer.kind}`: {answer.message[:120]}")
    if isinstance(answer, Returned) and answer.status_told and answer.status != status:
        raise Wrong(f"the server answered {status}, and {answer}")
    return str(answer)


def _raised_as(answer: Answer, kind: str, what: str) -> str:
    if not isinstance(answer, Raised):
        raise Wrong(f"{what} is an error of kind `{kind}`, and {answer}")
    if answer.kind != kind:
        raise Wrong(f"{what} is an error of kind `{kind}`, not `{answer.kind}`: {answer.message[:120]}")
    return str(answer)
