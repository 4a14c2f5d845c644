"""Which texts of an answer nothing else says by chance: an id or a name, and no status, date or price."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from conformance.server.harness.json_body import json_in, json_values

ID_NAMES = ("id", "_id", "uuid", "guid")
SHORTEST_MARKER = 4
NamedText = tuple[str, str]
"""A text, and the name of the member that it is the value of, or one of the values."""
_ONE_OF_FEW = re.compile(r"[^\W\d]+(?:-[^\W\d]+)*")
"""One word, or several that are joined: `draft`, `in_stock`, `out-of-stock`."""
_COUNTED = re.compile(r"[\d\s.,:;/%+TZ-]*")


def telling(theirs: bytes, own: bytes, ids: Iterable[str]) -> frozenset[str]:
    """The texts of their answer that tell it from one's own; these ids are, if they stand in it.

    What may be said of an object that is not theirs is left out: what stands in one's own answer, dates and numbers,
    and, if anything else is there, what members say that say one of a few things, and words that stand alone.
    """
    said_here = {text for _, text in named_texts(own)}
    said = [one for one in named_texts(theirs) if len(one[1]) >= SHORTEST_MARKER and one[1] not in said_here]
    shared = shared_names(theirs, own)
    of_ids = {text for name, text in said if name in ID_NAMES or text in ids}
    others = [(name, text) for name, text in said if not is_counted(text)]
    of_one = {text for name, text in others if name not in shared}
    of_words = {text for text in of_one if not _ONE_OF_FEW.fullmatch(text)}
    return frozenset(of_ids | of_words or of_one or {text for _, text in others})


def is_counted(text: str) -> bool:
    """Whether this is a date, a time, a price or the like."""
    return _COUNTED.fullmatch(text) is not None


def shared_names(*bodies: bytes) -> frozenset[str]:
    """The names of members that say one of a few things: in these answers each comes twice on the average, or more."""
    objects = [one for body in bodies for one in json_values(body) if isinstance(one, dict)]
    said = Counter(one for value in objects for one in set(_of_object(value)))
    different = Counter(name for name, _ in said)
    times = Counter[str]()
    for (name, _), count in said.items():
        times[name] += count
    return frozenset(name for name, count in times.items() if count >= 2 * different[name])


def named_texts(body: bytes) -> Iterator[NamedText]:
    """Every text in a JSON body with its name; none if the body is not JSON."""
    yield from _named("", json_in(body))


def _named(name: str, value: object) -> Iterator[NamedText]:
    match value:
        case str():
            yield name, value
        case list():
            for one in value:
                yield from _named(name, one)
        case dict():
            for key, one in value.items():
                yield from _named(str(key), one)


def _of_object(value: dict[str, object]) -> Iterator[NamedText]:
    """The object's own texts, and not those of objects in it."""
    for name, one in value.items():
        for text in one if isinstance(one, list) else [one]:
            if isinstance(text, str):
                yield name, text
