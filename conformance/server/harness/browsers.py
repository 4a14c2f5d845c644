"""What browsers send besides, and what they must be told."""

from __future__ import annotations

from conformance.contract.oracle import UNAUTHORIZED
from conformance.evidence.judge import Expectation, NotAssessed
from conformance.http.message import Field, Request
from conformance.server.harness.target_api import TargetApi

_MOZILLA = ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
_PAGE = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")

NOT_ACCEPTABLE = frozenset({406})
"""An API that has no HTML may say so first (RFC 9110 §15.5.7): that is neither a redirect nor a page."""

BROWSERS: dict[str, tuple[Field, ...]] = {
    "page": (_MOZILLA, _PAGE),
    "html-alone": (("Accept", "text/html"),),
    "navigation": (
        _MOZILLA,
        _PAGE,
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Site", "none"),
        ("Upgrade-Insecure-Requests", "1"),
    ),
    "script": (_MOZILLA, ("Accept", "application/json, text/plain, */*"), ("X-Requested-With", "XMLHttpRequest")),
}
"""Fields of a request, by what in a browser sends them."""


def must_be_told(synq: TargetApi, request: Request, plain: Request) -> None:
    """The request is answered 401, as the plain one is.

    Raises NotAssessed if it is answered with the resource, which is a matter of the rule on surroundings, or if the
    plain request is not answered 401 either.
    """
    answered = synq.send(request, control=synq.documented())
    if synq.resource().given_in(answered.exchange):
        raise NotAssessed("follows from surroundings: the request is answered with the resource")
    told = synq.step(plain).status
    if answered.exchange.status not in UNAUTHORIZED and told not in UNAUTHORIZED:
        raise NotAssessed(f"answered {told} to every other client as well, which authorization-missing judges")
    why = "there is no good token, and a browser is a client like any other"
    answered.must(Expectation(UNAUTHORIZED | NOT_ACCEPTABLE, why))
