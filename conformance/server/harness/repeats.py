"""The same request again: under conditions, by other callers, with the same key, and from other origins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from conformance.evidence.judge import NotAssessed
from conformance.http.message import Field, Response, with_query
from conformance.server.harness.cases import NOT_A_TOKEN, UNKNOWN_ID
from conformance.server.harness.json_body import json_values
from conformance.server.harness.marking import WriteMark
from conformance.server.harness.resource import sent
from conformance.server.harness.response_assertion import ANY_STATUS, ResponseAssertion
from conformance.server.harness.target_api import TargetApi

REFUSED_PLAINLY = ANY_STATUS - frozenset(range(200, 300)) - {304, 412, 416}
"""Every status but those that say something of the resource."""
_AHEAD = "Fri, 31 Dec 2100 23:59:59 GMT"

CONDITIONS: dict[str, Callable[[Response], tuple[Field, ...]]] = {
    "same-etag": lambda known: (("If-None-Match", known.value("ETag") or 'W/"1"'),),
    "any-etag": lambda _: (("If-None-Match", "*"),),
    "same-date": lambda known: (("If-Modified-Since", known.value("Last-Modified") or known.value("Date") or _AHEAD),),
    "date-ahead": lambda _: (("If-Modified-Since", _AHEAD),),
    "another-etag": lambda _: (("If-Match", '"no-such-etag"'),),
    "range": lambda _: (("Range", "bytes=0-15"),),
    "range-if-same": lambda known: (("Range", "bytes=0-15"), ("If-Range", known.value("ETag") or 'W/"1"')),
}
"""Fields that ask something of the resource before it is given out, made of the answer with credentials."""

WRONG_CALLERS: dict[str, dict[str, Any]] = {
    "no-authorization": {"authorization": None},
    "not-a-token": {"token": NOT_A_TOKEN},
    "tenant-unknown": {"tenant": UNKNOWN_ID},
    "org-unknown": {"org": UNKNOWN_ID},
}
"""What is wrong with a caller who must not get another's answer."""

ORIGINS: dict[str, Callable[[TargetApi], str]] = {
    "another-site": lambda _: "https://attacker.example",
    "null": lambda _: "null",
    "name-that-begins-alike": lambda synq: f"{synq.target.origin}.attacker.example",
    "name-that-ends-alike": lambda synq: f"https://attacker-{synq.target.origin.partition('://')[2]}",
}


def conditions(synq: TargetApi, name: str) -> tuple[Field, ...]:
    """The fields of this condition, made of what the documented request brings; raises NotAssessed if it is refused."""
    exchange = synq.step(synq.documented())
    if exchange.response is None or not exchange.accepted:
        raise NotAssessed(f"the documented request got {exchange.outcome}, so there is nothing to make a condition of")
    return CONDITIONS[name](exchange.response)


def fresh_url(synq: TargetApi) -> str:
    """The protected path with a query that was not sent before, in this run or in any other."""
    return with_query(synq.target.probe.read, f"conformance={uuid4().hex}")


LOOKS_STATIC = {"segment": "{path}/{new}.css", "parameter": "{path};{new}.css"}
"""Spellings of the protected path that look like a static file, by a name for reports."""


def static_url(synq: TargetApi, form: str) -> str:
    """The protected path in a spelling that looks like a static file, and that was not sent before."""
    return LOOKS_STATIC[form].format(path=synq.target.probe.read.partition("?")[0], new=uuid4().hex)


@dataclass(frozen=True, slots=True)
class KeyedWrite:
    """A write that was accepted under an idempotency key, and what only its answer says: an id, a moment.

    A slug of the name is none of that: who sends the same name may have the same.
    """

    key: Field
    mark: WriteMark | None
    told: frozenset[str]


def keyed_write(synq: TargetApi) -> KeyedWrite:
    """Write under a new key; raises NotAssessed if that is refused, or if its answer says nothing of its own."""
    key, mark = ("Idempotency-Key", str(uuid4())), synq.marks.new()
    request = synq.write_request(mark=mark, headers=(key,))
    exchange = synq.step(request)
    if exchange.response is None or not exchange.accepted:
        raise NotAssessed(f"the write got {exchange.outcome}, so there is no answer that could be repeated")
    usual = synq.step(synq.write_request(mark=synq.marks.new()))
    common = set(_said_in(usual.response))
    new = (one for one in _said_in(exchange.response) if one not in common and not sent(request, one))
    told = frozenset(one for one in new if not (mark and mark.is_source_of(one)))
    if not told:
        raise NotAssessed("the answer to a write says nothing by which it could be told from another")
    return KeyedWrite(key, mark, told)


def _said_in(response: Response | None) -> Iterator[str]:
    """The path of what was created, and every text and number in a JSON body, as a text."""
    if response is None:
        return
    yield from response.values("Location")
    for value in json_values(response.body):
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield str(value)


def must_not_repeat(synq: TargetApi, first: KeyedWrite, **changes: Any) -> None:  # noqa: ANN401 - the parameters of `request`
    """The same write under the same key by another caller brings nothing of the first answer."""
    request = synq.write_request(mark=first.mark, headers=(first.key,), **changes)
    answered = synq.send(request, control=synq.documented())
    refused = not answered.exchange.accepted  # a matter of another rule
    said = set() if refused else set(_said_in(answered.exchange.response))
    repeated = sorted(first.told & said)
    answered.must_hold(
        not repeated, f"the answer to another caller's write was repeated: it holds {', '.join(repeated)}",
        expected="an answer of the caller's own, or a refusal", got=answered.exchange.outcome,
    )  # fmt: skip


def reflecting(synq: TargetApi, origin: str) -> tuple[ResponseAssertion, str | None]:
    """The answer that allows this origin with credentials, and what it allows; the last one, and None, if none does."""
    field = ("Origin", origin)
    preflight = (("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"))
    requests = [
        synq.request(authorization=None).having(field),
        synq.request("OPTIONS", authorization=None).having(field, *preflight),
        synq.request().having(field),
    ]
    answers = [synq.send(request, control=synq.documented()) for request in requests]
    for answered in answers:
        allowed = answered.header("Access-Control-Allow-Origin")
        with_credentials = (answered.header("Access-Control-Allow-Credentials") or "").strip().lower() == "true"
        if allowed == origin and with_credentials:
            return answered, allowed
    return answers[-1], None
