"""HTTP Archive 1.2 of the kept exchanges, for the network panel of a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from conformance.http.address import origin
from conformance.report import view
from conformance.report.text import one_line, plain

if TYPE_CHECKING:
    from conformance.report.format import Evidence
    from conformance.results.data import Report

FILENAME = "exchanges.har"
NOWHERE = "http://target.invalid"
"""Stands in for the address of a target that was called without a socket."""


def render(report: Report, evidence: Evidence) -> str:
    """The archive: the rule and the case of an exchange are its comment."""
    where = _origin(report)
    log = {
        "version": "1.2",
        "creator": {"name": "synq-conformance", "version": one_line(report.run.suite_version)},
        "pages": [],
        "entries": [_entry(exchange, where) for exchange in evidence.exchanges],
        "comment": "; ".join(_comments(report, evidence)),
    }
    return json.dumps({"log": log}) + "\n"


def _comments(report: Report, evidence: Evidence) -> Iterator[str]:
    yield f"{one_line(report.subject.name)}: {report.verdict}, {view.judged_words(report)}"
    yield f"report.json has sha256 {evidence.sha256}"
    yield from (f"waived {one_line(what)}: {view.waiver_line(waiver)}" for _, what, waiver in view.waivers(report))


def _origin(report: Report) -> str:
    """What stands before a request target, which has the path of the base URL already."""
    address = report.subject.base_url or ""
    return origin(quote(address, safe=_KEPT)) if address.startswith(("http://", "https://")) else NOWHERE


_KEPT = ":/?#[]@!$&'()*+,;=%~"
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def _entry(exchange: dict[str, Any], where: str) -> dict[str, Any]:
    took = _number(exchange.get("duration_ms"))
    parts = (exchange.get("rule"), exchange.get("case"), exchange.get("part"))
    return {
        "startedDateTime": _moment(_number(exchange.get("started"))),
        "time": took,
        "request": _request(exchange.get("request") or {}, where),
        "response": _response(exchange.get("response"), exchange.get("failure")),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "comment": one_line(" ".join(str(part) for part in parts if part)),
    }


def _request(request: dict[str, Any], where: str) -> dict[str, Any]:
    url = where + _target(str(request.get("target") or "/"))
    body = plain(request.get("body") or "")
    data: dict[str, Any] = {
        "method": one_line(request.get("method") or ""),
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _fields(request),
        "queryString": [{"name": plain(k), "value": plain(v)} for k, v in _query(url)],
        "headersSize": -1,
        "bodySize": len(body.encode()),
    }
    if body:
        data["postData"] = {"mimeType": _media_type(request), "text": body}
    return data


def _target(target: str) -> str:
    """The request target as part of a valid URI, whatever was sent."""
    path = target if target.startswith("/") else f"/{target}"
    return _BAD_ESCAPE.sub("%25", quote(path.encode("utf-8", "replace"), safe=_KEPT.replace("[", "").replace("]", "")))


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=None)


def _response(response: dict[str, Any] | None, failure: str | None) -> dict[str, Any]:
    """Status 0 if no answer came, as browsers write it, and why."""
    answer = response or {}
    body = plain(answer.get("body") or "")
    return {
        "status": int(_number(answer.get("status"))),
        "statusText": "" if response else one_line(failure or "no answer"),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _fields(answer),
        "content": {"size": len(body.encode()), "mimeType": _media_type(answer), "text": body},
        "redirectURL": next((plain(v) for n, v in answer.get("headers") or () if str(n).lower() == "location"), ""),
        "headersSize": -1,
        "bodySize": len(body.encode()) if response else -1,
    }


def _fields(message: dict[str, Any]) -> list[dict[str, str]]:
    return [{"name": plain(name), "value": plain(value)} for name, value in message.get("headers") or ()]


def _media_type(message: dict[str, Any]) -> str:
    fields = message.get("headers") or ()
    return next((plain(value) for name, value in fields if str(name).lower() == "content-type"), "")


def _number(value: object) -> float:
    """Returns 0 for what is no number, or a number that JSON cannot express."""
    return float(value) if isinstance(value, int | float) and abs(value) < _MOST else 0.0


_MOST = 2**53


def _moment(seconds: float) -> str:
    """Since the epoch, as ISO 8601; the epoch itself for a time beyond all calendars."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC).isoformat()
