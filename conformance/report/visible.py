"""What is on the wire, made visible: what a reader cannot see or cannot count is written out in angle brackets.

For people alone: formats that machines read keep the exact value.
"""

from __future__ import annotations

import re

VALUE_SHOWN = 200
"""Characters of a field value, a request target or a command line beyond which it is cut in the middle."""

LOOKED_AT = 1_000
"""Characters at the begin and at the end of a value, beyond which it is long in any case: megabytes cost no time."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_ODD = re.compile(r"^ +| {2,}| +$|[\x00-\x1f\x7f]")
_NOT_ASCII = re.compile("[\x80-\xff]")
_NAMES = {"\t": "tab", "\0": "NUL", "\r": "CR", "\n": "LF"}
_MARK_CUT_AT_ITS_END, _MARK_CUT_AT_ITS_BEGIN = re.compile("⟨[^⟨⟩]{0,20}$"), re.compile("^[^⟨⟩]{0,20}⟩")


def unseen(text: str) -> str:
    """The text with its invisible characters written out as ⟨U+202E⟩; blanks and line ends stay."""
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def blanks(text: str) -> str:
    """The text on one line, with ⟨2 blanks⟩, ⟨tab⟩, ⟨NUL⟩ and the like written out.

    A single blank between words stays one.
    """
    return unseen(_ODD.sub(_written_out, text))


def visible_octets(text: str) -> str:
    """The same of a text that stands for octets, a character each: those beyond ASCII are written out as ⟨0xE9⟩."""
    return blanks(_NOT_ASCII.sub(_written_out, text))


def _written_out(match: re.Match[str]) -> str:
    found = match[0]
    if found.startswith(" "):
        return "⟨blank⟩" if len(found) == 1 else f"⟨{len(found)} blanks⟩"
    return f"⟨{_NAMES.get(found) or f'0x{ord(found):02X}'}⟩"


def value(raw: str) -> str:
    """A value of octets, as a reader sees it: written out, and cut in the middle if it is long."""
    if len(raw) <= 2 * LOOKED_AT:
        return shortened(visible_octets(raw), length=len(raw))
    return _cut(visible_octets(raw[:LOOKED_AT]), visible_octets(raw[-LOOKED_AT:]), VALUE_SHOWN, len(raw))


def is_long(raw: str) -> bool:
    """Whether `value` cuts it."""
    return len(raw) > 2 * LOOKED_AT or len(visible_octets(raw)) > VALUE_SHOWN


def apart(one: str, other: str) -> tuple[str, str]:
    """Two values of octets, each as a reader sees it, and cut so that the place where they differ is seen in both."""
    seen, beside = visible_octets(one), visible_octets(other)
    begin = _agree(seen, beside)
    end = _agree(seen[begin:][::-1], beside[begin:][::-1])
    return _in_three(seen, begin, end, len(one)), _in_three(beside, begin, end, len(other))


def _agree(one: str, other: str) -> int:
    """How many characters both texts begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


def _in_three(text: str, begin: int, end: int, length: int) -> str:
    if len(text) <= VALUE_SHOWN:
        return text
    parts = text[:begin], text[begin : len(text) - end], text[len(text) - end :]
    return "".join(shortened(part, VALUE_SHOWN // 3, length) for part in parts)


def shortened(text: str, limit: int = VALUE_SHOWN, length: int | None = None) -> str:
    """Begin and end of a text that is longer than the limit, and between them how long it is.

    `length` is that of the value as it was sent, if the text has it written out, or is a part of it.
    """
    if len(text) <= limit:
        return text
    return _cut(text, text, limit, len(text) if length is None else length)


def _cut(text: str, last: str, limit: int, length: int) -> str:
    begin = _MARK_CUT_AT_ITS_END.sub("", text[: limit * 2 // 3])
    end = _MARK_CUT_AT_ITS_BEGIN.sub("", last[max(0, len(last) - limit // 3) :])
    return f"{begin}…⟨{length:,} characters⟩…{end}"
