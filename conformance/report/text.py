"""What a target said, made harmless to read: nothing in it can move a cursor, hide itself or break a file."""

from __future__ import annotations

import re
from typing import Any

SHOWN = 2000
"""Characters of a body that a report shows; the record keeps more."""
COMMAND_SHOWN = 8000
"""Characters of a command that a report shows."""

READ = 4
"""Of a text that is cut at n characters, so many times n are looked at: megabytes cost no time."""
HEADERS_SHOWN = 60

_WORD = re.compile(r"[a-z]+(?![\w.:/=-])")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(value: object) -> str:
    """A text without terminal escapes, whose invisible characters are written out as ⟨U+202E⟩."""
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", _ANSI.sub("", str(value)))


def one_line(value: object, limit: int = 300) -> str:
    """The same on one line, cut at the limit."""
    raw = str(value)
    return cut(" ".join(plain(raw[: limit * READ]).split()), limit, len(raw))


def some_of(value: object, limit: int) -> str:
    """The same on as many lines as it has, cut at the limit."""
    raw = str(value)
    return cut(plain(raw[: limit * READ]), limit, len(raw))


def cut(text: str, limit: int, length: int = 0) -> str:
    """The text, or its beginning and how long it was; `length` where the text is a beginning itself."""
    if max(len(text), length // READ) <= limit:
        return text
    return f"{text[:limit]}… ({max(len(text), length):,} characters)"


def sentence(text: str) -> str:
    """The text with a full stop, and an upper-case first letter where it begins with a word and not with a name."""
    tidy = text.strip()
    if not tidy:
        return ""
    first = tidy[0].upper() if _WORD.match(tidy) else tidy[0]
    return first + tidy[1:] + ("" if tidy[-1] in ".!?…" else ".")


def either(expected: tuple[int | str, ...]) -> str:
    """Right answers in words: "401 or 403"."""
    return " or ".join(plain(item) for item in expected) or "nothing"


def got(value: int | str | None) -> str:
    return "no answer" if value is None else one_line(value)


def command(curl: str) -> str:
    """A shell line to copy; one that is too long to be of use is only measured."""
    if len(curl) > COMMAND_SHOWN:
        return f"# a command of {len(curl):,} characters: too long to show here, report.json has it"
    return plain(curl)


def request_text(exchange: dict[str, Any] | None, limit: int = SHOWN) -> str:
    """The request as it reads on the wire, its body cut at the limit."""
    request = (exchange or {}).get("request") or {}
    first = f"{one_line(request.get('method', ''), SHOWN)} {one_line(request.get('target', ''), SHOWN)}".strip()
    return _message(first, request, limit)


def response_text(exchange: dict[str, Any] | None, limit: int = SHOWN) -> str:
    """The answer as it reads on the wire, its body cut at the limit, or why there was none."""
    response = (exchange or {}).get("response")
    if not response:
        return plain((exchange or {}).get("failure") or "no answer")
    return _message(f"HTTP {plain(response.get('status', ''))}", response, limit)


def _message(first: str, message: dict[str, Any], limit: int) -> str:
    fields = message.get("headers") or ()
    lines = [cut(first, SHOWN)]
    lines += [f"{one_line(name)}: {one_line(value, SHOWN)}" for name, value in fields[:HEADERS_SHOWN]]
    if len(fields) > HEADERS_SHOWN:
        lines.append(f"… and {len(fields) - HEADERS_SHOWN} more header fields")
    if body := message.get("body"):
        lines += ["", some_of(body, limit)]
    return "\n".join(lines)
