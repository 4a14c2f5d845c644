"""What stands before a target and refuses a text for how it looks, whatever it is for: a firewall for web applications.

Its 403, its challenge page or its closed connection is not the target's answer to a credential. It is told apart by the
documented request, which bears the same text in a place that means nothing: what is refused there is refused in front.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Request, path_of
from conformance.server.harness.documented import THREE_HEADERS
from conformance.server.harness.json_body import json_in
from conformance.server.harness.resource import Resource

MEANINGLESS = "X-Conformance-Text"
"""No server reads a field of this name."""
HARMLESS = "text"
NOWHERE = "there-is-nothing-here"


class AskedInFront(Protocol):
    """The part of the target API that is needed to look for what stands in front."""

    def documented(self) -> Request: ...

    def resource(self) -> Resource: ...

    def step(self, request: Request) -> Exchange: ...


def must_come_from_the_target(synq: AskedInFront, exchange: Exchange) -> None:
    """Raises NotAssessed if the documented request gets the same once it bears the texts of this exchange's request,
    and is accepted if it bears harmless ones in their places; or if an accepted page is no more than any path has."""
    if exchange.accepted and synq.resource().given_in(exchange):
        return
    _must_be_no_page_of_any_path(synq, exchange)
    documented = synq.documented()
    texts = unlike(exchange.request, documented)
    if not texts or any(end in text for text in texts for end in "\r\n"):
        return
    if not _alike(synq, exchange, synq.step(bearing(documented, texts))):
        return
    harmless = synq.step(bearing(documented, (HARMLESS,) * len(texts)))
    if harmless.accepted and synq.resource().given_in(harmless):
        as_long = tuple("x" * len(text) for text in texts)
        if _alike(synq, exchange, synq.step(bearing(documented, as_long))):
            raise NotAssessed(
                f"{exchange.outcome}, and the same if the documented request bears as many harmless characters: it is "
                "too long for the target, or for what stands before it; let longer ones pass there, or run behind it"
            )
        raise NotAssessed(
            f"{exchange.outcome}, and the same if the documented request bears this text in {MEANINGLESS}-1, which no "
            "server reads: something before the target, such as a web application firewall, refuses the text as such; "
            "let this run pass there, or run behind it"
        )


def _must_be_no_page_of_any_path(synq: AskedInFront, exchange: Exchange) -> None:
    """Raises NotAssessed if a method or a body brings a page in HTML for a path that stands for nothing, too.

    It is asked for without credentials, so that it has no effect. A GET without a body is judged: who answers that with
    a page in place of a 401 may well be the target.
    """
    request = exchange.request
    if (request.method in {"GET", "HEAD"} and not request.body) or not _is_page(exchange):
        return
    nowhere = replace(request.without(*THREE_HEADERS), target=f"{path_of(request.target)}/{NOWHERE}")
    if json_in(synq.resource().body) is not None and _is_page(synq.step(nowhere)):
        raise NotAssessed(
            f"{exchange.outcome} with a page in HTML, and the same for a path that stands for nothing: something "
            "before the target, such as a web application firewall, refuses the method or the body as such; let this "
            "run pass there, or run behind it"
        )


def _is_page(exchange: Exchange) -> bool:
    """Whether this is an accepted answer for people."""
    return exchange.accepted and exchange.is_html


def comes_from_the_target(synq: AskedInFront, exchange: Exchange) -> bool:
    """Whether `must_come_from_the_target` raises nothing."""
    try:
        must_come_from_the_target(synq, exchange)
    except NotAssessed:
        return False
    return True


def unlike(request: Request, documented: Request) -> tuple[str, ...]:
    """The values of the request's fields, and its target, that the documented request does not have."""
    usual = {value for _, value in documented.headers}
    values = tuple(value for _, value in request.headers if value and value not in usual)
    return (*values, request.target) if request.target != documented.target else values


def bearing(documented: Request, texts: tuple[str, ...]) -> Request:
    """The documented request with these texts in fields that mean nothing."""
    return documented.having(*((f"{MEANINGLESS}-{number}", text) for number, text in enumerate(texts, start=1)))


def _alike(synq: AskedInFront, one: Exchange, other: Exchange) -> bool:
    """Whether neither was answered, or both with the same status and without the resource."""
    return one.status == other.status and not (other.accepted and synq.resource().given_in(other))
