"""What an answer shows of the server's inside: stack traces and file paths."""

from __future__ import annotations

import re

from conformance.http.exchange import Exchange
from conformance.http.message import path_of

INTERNALS = re.compile(
    r"Traceback \(most recent|\bat [\w.$<>]+ ?\(?[\w/\\.:-]+:\d+:\d+\)?|File \"[^\"]+\", line \d+"
    r"|(?<![\w-])/(?:usr|home|srv|var|opt|app|root|node_modules)/[\w./-]+|\b[A-Z]:\\\\?\w+|\.(?:py|js|java|rb|go):\d+"
)
"""Behind the name of a host there is a page, such as one about the error, and no file."""


def shown_inside(exchange: Exchange) -> str | None:
    """The first trace or file path in the answer; the path that was asked for is none."""
    if exchange.response is None:
        return None
    text = exchange.response.body.decode("utf-8", "replace").replace(path_of(exchange.request.target), "")
    found = INTERNALS.search(text)
    return found[0] if found else None
