"""What the documented request gives out, and how to tell whether any of it stands in another answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.server.harness.json_body import json_values
from conformance.server.harness.telling import SHORTEST_MARKER, is_counted, shared_names

SHORTEST_MARKER_ALONE = 8
"""Characters of a marker if no second object shows which texts are an object's own."""
MOST_MARKERS = 64


@dataclass(frozen=True, slots=True)
class Resource:
    """The body of the documented answer, and the texts in it that nothing but the resource would say."""

    body: bytes
    markers: tuple[tuple[str, str], ...]
    """Each text as it is, and as JSON in ASCII writes it."""

    def seen_in(self, exchange: Exchange) -> str | None:
        """A text of the resource in this answer's body that the request did not send itself; None if there is none."""
        if exchange.response is None or not exchange.response.body:
            return None
        text = exchange.response.body.decode("utf-8", "replace")
        found = (marker for marker, escaped in self.markers if says(text, marker) or says(text, escaped))
        return next((marker for marker in found if not sent(exchange.request, marker)), None)

    def given_in(self, exchange: Exchange) -> bool:
        """Whether this is an accepted answer with the resource in it, or a change of the protocol (101) and then it."""
        if exchange.response is None or not exchange.let_through:
            return False
        body = exchange.response.body
        return (bool(body) and body == self.body) or self.seen_in(exchange) is not None


@lru_cache(maxsize=16)
def resource(body: bytes, path: str = "") -> Resource:
    """The resource that this body gives out, which was asked for at the path: a link to that is none of its secrets."""
    own = (marker for marker in _markers(body) if not _leads_to(path, marker))
    markers = sorted(own, key=len, reverse=True)[:MOST_MARKERS]
    return Resource(body, tuple((marker, json.dumps(marker)[1:-1]) for marker in markers))


def _markers(body: bytes) -> Iterator[str]:
    """Texts that stand in one object alone: a name or an id, and not a status or a type, which several share.

    If there are any others, without dates and numbers, and without the members that say one of a few things.
    """
    objects = [set(texts) for texts in _texts_of_objects(body) if texts]
    counts = Counter(text for texts in objects for _, text in texts)
    shortest = SHORTEST_MARKER if len(objects) > 1 else SHORTEST_MARKER_ALONE
    shared = shared_names(body)
    once = {one for texts in objects for one in texts if counts[one[1]] == 1 and len(one[1]) >= shortest}
    own = {text for name, text in once if name not in shared and not is_counted(text)}
    return iter(own or {text for _, text in once})


def _texts_of_objects(body: bytes) -> Iterator[list[tuple[str, str]]]:
    for value in json_values(body):
        if isinstance(value, dict):
            yield [(name, text) for name, text in value.items() if isinstance(text, str)]


def _leads_to(path: str, text: str) -> bool:
    """Whether the text is a link to this path, or to one above it."""
    try:
        linked = urlsplit(text).path
    except ValueError:
        return False
    return linked.startswith("/") and f"{path}/".startswith(linked.rstrip("/") + "/")


def sent(request: Request, text: str) -> bool:
    """Whether the request itself said so: an answer may repeat that."""
    values = [value for name, value in request.headers if name.lower() != "authorization"]
    said = (request.target, unquote(request.target), *values, request.body.decode("utf-8", "replace"))
    return any(says(one, text) for one in said)


def says(text: str, said: str) -> bool:
    """Whether this is said in the text, and not a longer word that begins or ends with it: p1 is not said in p10."""
    if said not in text:
        return False
    before, behind = (r"(?<![^\W_])" if said[:1].isalnum() else ""), (r"(?![^\W_])" if said[-1:].isalnum() else "")
    return re.search(before + re.escape(said) + behind, text) is not None
