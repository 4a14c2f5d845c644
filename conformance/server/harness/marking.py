"""Writes that differ in a text: what each creates is told from all else, and clashes with nothing that is there."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.config.profile import Target
from conformance.config.run_mark import with_text_replaced
from conformance.server.harness.json_body import json_values

MOST_TRIED = 3
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class WriteMark:
    """What stands behind a text of the profile's write, in one request and in no other."""

    text: str
    own: str

    def on(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """The value with the mark wherever that text stands in it."""
        return with_text_replaced(value, self.text, f"{self.text}{self.own}")


    def stands_in(self, text: str) -> bool:
        """Whether the mark is said there, however the target spells it."""
        return says_in_its_spelling(text, self.own)

    def is_source_of(self, text: str) -> bool:
        """Whether this was made of what was sent: the whole of it, or its beginning if it was too long."""
        return says_in_its_spelling(text, self.text) or self.stands_in(text)


def says_in_its_spelling(text: str, mark: str) -> bool:
    """Whether the text says the mark, in capitals or with other characters between its words, as a slug does."""
    return _plainly(mark) in _plainly(text)


def _plainly(text: str) -> str:
    return _BETWEEN_WORDS.sub("-", text.casefold())


def another_mark(text: str) -> WriteMark:
    """A mark for this text that stands nowhere yet."""
    return WriteMark(text, secrets.token_hex(4))


def markable(target: Target) -> Iterator[str]:
    """Texts of the profile's write that may be another one each time, the likeliest first, and not more than a few.

    The run's id is meant to be; else it is the longest text, unless it names something.
    """
    write = target.probe.write
    values = json_values(json.dumps(None if write is None else write.json).encode())
    texts = [one for one in values if isinstance(one, str) and one]
    of_the_run = [target.run_id] if target.run_id and any(target.run_id in one for one in texts) else []
    yield from [*of_the_run, *sorted(texts, key=len, reverse=True)][:MOST_TRIED]


class WriteMarks:
    """The marks of the profile's write, by what the target takes: found out once, with two writes."""

    def __init__(self, target: Target, accepts: Callable[[WriteMark], bool]) -> None:
        self._target, self._accepts = target, accepts
        self._text: str | None = None
        """The text that bears them; empty if none may, None if that was not tried yet."""

    def new(self) -> WriteMark | None:
        """Another mark; None if the target takes no two writes that differ in one, so that each write is the same."""
        if self._text is None:
            self._text = next(filter(self._takes, markable(self._target)), "")
        return another_mark(self._text) if self._text else None

    def _takes(self, text: str) -> bool:
        return all(self._accepts(another_mark(text)) for _ in range(2))
