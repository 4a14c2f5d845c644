"""What is near a token and is none: its identifiers, and what else the answer to a sign-in brings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from conformance.evidence.judge import Inapplicable, NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.server.harness.credentials import no_token, token_in
from conformance.server.harness.json_body import json_values
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import decode

SHORTEST_SECRET = 16
"""Characters of a text that may stand for something: shorter ones are words and numbers."""
MOST_TEXTS = 8
_OPAQUE = re.compile(r"[A-Za-z0-9._~+/=-]+")


def identifiers_of_token(synq: TargetApi, part: str) -> list[str]:
    """The token's id, its subject, or one of its segments; raises Inapplicable if it has no such part."""
    token = synq.credentials.valid()
    parts = decode(token)
    claims = {} if parts is None else parts.claims
    finders: dict[str, Callable[[], object]] = {
        "id": lambda: claims.get("jti"),
        "subject": lambda: claims.get("sub"),
        "tenant": lambda: synq.target.scope.tenant_id,
        "signature": lambda: token.rpartition(".")[2] if parts is not None else None,
    }
    found = finders[part]()
    if not isinstance(found, str) or not _OPAQUE.fullmatch(found):
        raise Inapplicable(f"the token has no {part} that could be sent as a token")
    return [found]


def texts_of_sign_in(synq: TargetApi, kind: str) -> list[str]:
    """The other tokens, or other opaque texts, in the answer to a sign-in; raises Inapplicable if there are none."""
    exchange = _signed_in(synq)
    token = token_in(exchange, synq.credentials.account)
    found = [text for text in dict.fromkeys(_texts(exchange)) if text != token]
    chosen = [text for text in found if (decode(text) is not None) == (kind == "tokens")][:MOST_TEXTS]
    if not chosen:
        raise Inapplicable(f"signing in brings no {kind} besides the token")
    for text in chosen:
        synq.recorder.secret(text, "[from the sign-in's answer]")
    return chosen


def cookies_of_sign_in(synq: TargetApi) -> list[str]:
    """The cookies that a sign-in sets: each alone, and all together; raises Inapplicable if it sets none."""
    response = _signed_in(synq).response
    set_cookies = () if response is None else response.values("Set-Cookie")
    cookies = [one.partition(";")[0].strip() for one in set_cookies]
    for cookie in cookies:
        synq.recorder.secret(cookie.partition("=")[2] or cookie, "[from a cookie of the sign-in]")
    if not cookies:
        raise Inapplicable("signing in sets no cookie")
    return list(dict.fromkeys([*cookies, "; ".join(cookies)]))


def _signed_in(synq: TargetApi) -> Exchange:
    exchange = synq.credentials.sign_in()
    if not exchange.accepted:
        raise NotAssessed(no_token(synq.credentials, exchange))
    return exchange


def _texts(exchange: Exchange) -> Iterator[str]:
    """Every text in the answer's JSON that may stand for something."""
    for value in json_values(exchange.body):
        if isinstance(value, str) and len(value) >= SHORTEST_SECRET and _OPAQUE.fullmatch(value):
            yield value


def must_not_be_let_in_by(synq: TargetApi, requests: Sequence[Request]) -> None:
    """None of these requests is accepted; the finding shows the first that is."""
    answers = [synq.send(request, control=synq.documented()) for request in requests]
    shown = next((one for one in answers if one.exchange.accepted), answers[0])
    shown = shown.unless("authorization-missing", synq.request(authorization=None))
    shown.must_be_refused(why="what was sent is no identity token")
