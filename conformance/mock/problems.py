"""Error responses: problem details (RFC 9457) and the challenge that belongs to them (RFC 6750 §3)."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus

from conformance.http.message import Response
from conformance.mock.call import Call, Refused

REALM = "synq"


def unauthorized(detail: str, *, token_sent: bool) -> Refused:
    """401; the challenge names an error only if a token was sent (RFC 6750 §3.1)."""
    return Refused(401, detail, error="invalid_token" if token_sent else None)


def forbidden(detail: str) -> Refused:
    return Refused(403, detail, error="insufficient_scope")


def challenge(error: str | None) -> str:
    """The value of WWW-Authenticate."""
    return f'Bearer realm="{REALM}"' + (f', error="{error}"' if error else "")


def refuse(_call: Call, refused: Refused) -> Response:
    """The response that tells of the refusal, and repeats nothing of the request."""
    headers = (("Content-Type", "application/problem+json"), *refused.headers)
    if refused.status in (401, 403):
        headers += (("WWW-Authenticate", challenge(refused.error)),)
    return Response(refused.status, headers, body(refused.status, refused.detail))


@cache
def body(status: int, detail: str) -> bytes:
    """Problem details in JSON; the details are few and fixed."""
    title = HTTPStatus(status).phrase
    return json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
