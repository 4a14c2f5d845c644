"""A 401 in all the forms that servers, gateways and proxies give it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from conformance.client.fake_api.framing import FramedResponse, Framing
from conformance.client.fake_api.service import FakeApi, Handler
from conformance.http.message import Field, Request, Response
from conformance.mock.problems import body, challenge

LARGE = 2**20
_JSON: Field = ("Content-Type", "application/problem+json")
_HTML: Field = ("Content-Type", "text/html; charset=utf-8")
_TEXT: Field = ("Content-Type", "text/plain; charset=utf-8")
_BEARER: Field = ("WWW-Authenticate", challenge("invalid_token"))
_BASIC: Field = ("WWW-Authenticate", 'Basic realm="gateway"')
_PROBLEM = body(401, "The token is expired, malformed, revoked or not Synq's.")
_PAGE = b"<!doctype html><title>401</title><h1>401 Authorization Required</h1><p>Ple\xc3\xa1se sign in.</p>"


def _of(content: bytes, *fields: Field, framing: Framing = Framing.LENGTH) -> FramedResponse:
    return FramedResponse(401, fields, content, framing)


PLAIN_401: FramedResponse = _of(_PROBLEM, _JSON, _BEARER)
FORMS_OF_401: Mapping[str, FramedResponse] = {
    "empty": _of(b"", _BEARER),
    "html": _of(_PAGE, _HTML, _BEARER),
    "plain-text": _of(b"Unauthorized\n", _TEXT, _BEARER),
    "broken-json": _of(_PROBLEM[:-9], _JSON, _BEARER),
    "1-MiB": _of(_PAGE + b"<!-- -->" * (LARGE // 8), _HTML, _BEARER),
    "gzip": _of(gzip.compress(_PROBLEM, mtime=0), _JSON, _BEARER, ("Content-Encoding", "gzip")),
    "chunked": _of(_PAGE * 40, _HTML, _BEARER, framing=Framing.CHUNKED),
    "http-1.0": _of(_PROBLEM, _JSON, _BEARER, framing=Framing.HTTP_1_0),
    "connection-closes": _of(_PROBLEM, _JSON, _BEARER, framing=Framing.CLOSES),
    "connection-ends": _of(_PROBLEM, _JSON, _BEARER, framing=Framing.ENDS),
}
"""By what is unusual about it; each has the challenge that a 401 must have (RFC 9110 §15.5.2)."""
CHALLENGES_OF_401: Mapping[str, FramedResponse] = {
    "lower-case-challenge": _of(_PROBLEM, _JSON, (_BEARER[0], _BEARER[1].replace("Bearer", "bearer"))),
    "second-challenge": _of(_PROBLEM, _JSON, _BASIC, _BEARER),
    "challenges-in-a-list": _of(_PROBLEM, _JSON, (_BASIC[0], f"{_BASIC[1]}, {_BEARER[1]}")),
    "no-challenge": _of(_PROBLEM, _JSON),
}


def refusing_as(form: FramedResponse) -> Handler:
    """Synq's own answer, its 401 in this form; a coding that the client does not take is left away."""
    plain = FramedResponse(form.status, tuple(one for one in form.headers if one[0] != "Content-Encoding"), _PROBLEM)

    def refuse(fake_api: FakeApi, request: Request) -> Response:
        response = fake_api.reference_answer_to(request)
        if response.status != form.status:
            return response
        return form if _takes(request, form) else plain

    return refuse


def _takes(request: Request, form: Response) -> bool:
    coding = form.value("Content-Encoding")
    accepted = ", ".join(request.values("Accept-Encoding"))
    return coding is None or not accepted or coding in accepted or "*" in accepted
