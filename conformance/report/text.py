"""What a target said, made harmless to read: nothing in it can move a cursor, hide itself or break a file."""

from __future__ import annotations

import re
from typing import Any

from conformance.report import visible

SHOWN = 2000
"""Characters of a body that a report shows; the record of exchanges keeps more."""
COMMAND_SHOWN = 8000
"""Characters of a command that a report shows."""

COPIED = 100_000
"""Characters of a command, of a head and of a body that can be copied whole; the record of exchanges has all."""
READ = 4
"""How many times the limit of a text is looked at before it is cut: megabytes cost no time."""
HEADERS_SHOWN = 60

_WORD = re.compile(r"[a-z]+(?![\w.:/=-])")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


def plain(value: object) -> str:
    """A text without terminal escapes, whose invisible characters are written out as ⟨U+202E⟩."""
    return visible.unseen(_ANSI.sub("", str(value)))


def one_line(value: object, limit: int = 300) -> str:
    """The same on one line, cut at the limit."""
    raw = str(value)
    return cut(" ".join(plain(raw[: limit * READ]).split()), limit, len(raw))


def some_of(value: object, limit: int) -> str:
    """The same on as many lines as it has, cut at the limit."""
    raw = str(value)
    return cut(plain(raw[: limit * READ]), limit, len(raw))


def cut(text: str, limit: int, length: int = 0) -> str:
    """The text, or its beginning and how long it was; `length` is given if the text is a beginning itself."""
    if max(len(text), length // READ) <= limit:
        return text
    return f"{text[:limit]}… ({max(len(text), length):,} characters)"


def sentence(text: str) -> str:
    """The text with a full stop, and an upper-case first letter if it begins with a word and not with a name."""
    tidy = text.strip()
    if not tidy:
        return ""
    first = tidy[0].upper() if _WORD.match(tidy) else tidy[0]
    return first + tidy[1:] + ("" if tidy[-1] in ".!?…" else ".")


def either(expected: tuple[int | str, ...]) -> str:
    """Right answers in words: "401 or 403"."""
    return " or ".join(plain(item) for item in expected) or "nothing"


def got(value: int | str | None) -> str:
    return "no answer" if value is None else visible.shortened(visible.blanks(str(value)[:COPIED]), 300)


def command(curl: str, limit: int = COMMAND_SHOWN) -> str:
    """A shell line to copy; one that is too long to be of use is only measured."""
    if len(curl) > limit:
        where = "report.html" if len(curl) <= COPIED else "report.json"
        return f"# a command of {len(curl):,} characters: too long to show here, {where} has it"
    return plain(curl)


Part = tuple[str, str]
"""A line of a message's head: what it begins with, and the value, whose characters are octets."""


def request_head(exchange: dict[str, Any] | None) -> list[Part]:
    """The request line and the fields."""
    request = (exchange or {}).get("request") or {}
    method = visible.visible_octets(str(request.get("method", "")))
    return [(f"{method} " if method else "", str(request.get("target", ""))), *_fields(request)]


def request_body(exchange: dict[str, Any] | None, limit: int = SHOWN) -> list[str]:
    """The lines of the request's body, cut at the limit, after an empty one; none if there is no body."""
    return _body((exchange or {}).get("request"), limit)


def request_text(exchange: dict[str, Any] | None, limit: int = SHOWN) -> str:
    """The request as it reads on the wire: what cannot be seen is written out, long values are cut in the middle, and
    the body is cut at the limit."""
    return "\n".join([*_shown(request_head(exchange)), *request_body(exchange, limit)])


def response_text(exchange: dict[str, Any] | None, limit: int = SHOWN) -> str:
    """The answer in the same way, or why there was none."""
    response = (exchange or {}).get("response")
    return "\n".join([_status(exchange), *_shown(_fields(response)), *_body(response, limit)])


def whole_request(exchange: dict[str, Any] | None) -> str | None:
    """The request to be copied with all that `request_text` cuts out of its head; None if that is nothing, or is too
    much for a page."""
    return _whole([], request_head(exchange), request_body(exchange, COPIED))


def whole_response(exchange: dict[str, Any] | None) -> str | None:
    """The same of the answer."""
    response = (exchange or {}).get("response")
    return _whole([_status(exchange)], _fields(response), _body(response, COPIED))


def _status(exchange: dict[str, Any] | None) -> str:
    response = (exchange or {}).get("response")
    if not response:
        return plain((exchange or {}).get("failure") or "no answer")
    return f"HTTP {plain(response.get('status', ''))}"


def _fields(message: dict[str, Any] | None) -> list[Part]:
    fields = (message or {}).get("headers") or ()
    parts = [(f"{visible.value(str(name))}: ", str(value)) for name, value in fields[:HEADERS_SHOWN]]
    if len(fields) > HEADERS_SHOWN:
        parts.append((f"… and {len(fields) - HEADERS_SHOWN} more header fields", ""))
    return parts


def _shown(head: list[Part]) -> list[str]:
    return [label + visible.value(value) for label, value in head]


def _whole(first: list[str], head: list[Part], body: list[str]) -> str | None:
    if sum(len(value) for _, value in head) > COPIED or not any(visible.is_long(value) for _, value in head):
        return None
    return "\n".join([*first, *(label + visible.visible_octets(value) for label, value in head), *body])


def _body(message: dict[str, Any] | None, limit: int) -> list[str]:
    body = (message or {}).get("body")
    return ["", *some_of(body, limit).splitlines()] if body else []
